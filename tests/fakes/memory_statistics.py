"""The statistics' store in memory; the same suite tests it and the real one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from chalicelib.core.statistics import Known, Leaf, Node
from chalicelib.core.tallies import Tally
from chalicelib.core.task_facts import GONE


class MemoryStatistics:
    def __init__(self) -> None:
        self._entries: dict[Node, dict[int, str]] = defaultdict(dict)
        self._analysed: dict[Node, set[tuple[int, int]]] = defaultdict(set)
        self._marks: dict[Node, tuple[bool, int]] = {}
        self._sums: dict[Node, tuple[int, Tally]] = {}

    def write(self, leaf: Node, entries: Mapping[int, str], again: bool = False) -> None:
        for task, entry in entries.items():
            limit = entry[:8] + ("~" if again else "")
            if self._entries[leaf].get(task, "") < limit:
                self._entries[leaf][task] = entry
                if entry == GONE:
                    self._analysed[leaf] = {one for one in self._analysed[leaf] if one[0] != task}

    def analyse(self, leaf: Node, task_id: int, gen: int, analysed: bool) -> None:
        change = self._analysed[leaf].add if analysed else self._analysed[leaf].discard
        change((task_id, gen))

    def analyses(self, leaf: Node, task_id: int) -> frozenset[int]:
        return frozenset(gen for task, gen in self._analysed.get(leaf, ()) if task == task_id)

    def unmarked(self, nodes: Sequence[Node]) -> list[Node]:
        return [node for node in nodes if not self._marks.get(node, (False, 0))[0]]

    def mark(self, node: Node) -> None:
        self._marks[node] = True, self._marks.get(node, (False, 0))[1]

    def begin(self, node: Node) -> int:
        epoch = self._marks.get(node, (False, 0))[1] + 1
        self._marks[node] = False, epoch
        return epoch

    def finish(self, node: Node, epoch: int, tally: Tally) -> None:
        if self._sums.get(node, (0, Tally()))[0] < epoch:
            self._sums[node] = epoch, tally

    def known(self, node: Node) -> Known:
        epoch, tally = self._sums.get(node, (0, Tally()))
        return Known(*self._marks.get(node, (False, 0)), tally, epoch)

    def children(self, node: Node) -> Mapping[Node, Known]:
        return {child: self.known(child) for child in self._marks if child.parent == node}

    def leaves(self, node: Node) -> Mapping[Node, Leaf]:
        below = [leaf for leaf in {*self._entries, *self._analysed} if leaf.parent == node]
        return {leaf: Leaf(dict(self._entries[leaf]), len(self._analysed[leaf])) for leaf in below}
