"""Statistics of projects: facts of tasks in leaves, which the stream writes, and sums over them, which readers make.

The tree: a leaf holds the facts of three tasks (below 1 KB at 30 answers each), a node of level 1 sums up 50 leaves,
one of level 2 sixty of those, the root its project. The stream writes a leaf (one write unit for a run, fewer in
batches) and looks whether the nodes above are marked; the first change after a reader's sum marks them. Who reads sums
up what is marked, so that sums cost readers and not contributions, and no item is written by every contribution.

Why no change is lost: the stream writes the leaf, then looks at the marks from below; a reader takes a node's mark
away (a new epoch) before it reads what is below. So either the reader sees the leaf, or the stream sees a mark taken
away and sets it again. A sum is good while its node has no mark and its epoch is the node's, so that the sum of a
reader who was overtaken, or died, counts for nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

import msgspec

from chalicelib.core import task_facts
from chalicelib.core.remembered import Remembered
from chalicelib.core.tallies import Tally, summed, tally_of
from chalicelib.core.task_facts import Change

SPANS = (3, 150, 9_000)  # tasks' ids under a leaf and a node of level 1 and 2; the root is above
ROOT = len(SPANS)
REMEMBER_SECONDS = 1.0
BUDGET_SECONDS = 5.0


@dataclass(frozen=True, order=True)
class Node:
    """A place in a project's tree; a leaf has level 0."""

    project: int
    level: int
    index: int

    @property
    def parent(self) -> "Node":
        factor = SPANS[self.level + 1] // SPANS[self.level] if self.level + 1 < ROOT else 0
        return Node(self.project, self.level + 1, self.index // factor if factor else 0)

    @property
    def above(self) -> list["Node"]:
        """From the parent to the root."""
        return [self.parent, *self.parent.above] if self.level < ROOT else []


@dataclass(frozen=True)
class Leaf:
    """What a leaf holds: entries by task, and of which tasks how many results have an analysis."""

    entries: Mapping[int, str]
    analysed: int

    @property
    def tally(self) -> Tally:
        facts = map(task_facts.read, self.entries.values())
        return tally_of((one for one in facts if one is not None), self.analysed)


@dataclass(frozen=True)
class Known:
    """What is stored of a node: whether it is marked, its epoch, and the last sum with the epoch it was made in."""

    marked: bool = False
    epoch: int = 0
    tally: Tally = field(default_factory=Tally)
    tally_epoch: int = 0

    @property
    def good(self) -> bool:
        return not self.marked and self.tally_epoch == self.epoch


class Store(Protocol):
    """Every read is consistent."""

    def write(self, leaf: Node, entries: Mapping[int, str], again: bool = False) -> None:
        """Store those entries that are newer than the stored ones, `again`: as new or newer."""

    def analyse(self, leaf: Node, task_id: int, gen: int, analysed: bool) -> None:
        """Note whether that version of the task's result has an analysis."""

    def analyses(self, leaf: Node, task_id: int) -> frozenset[int]:
        """The versions of the task's result that are noted to have an analysis."""

    def unmarked(self, nodes: Sequence[Node]) -> list[Node]:
        """Those of the nodes that have no mark, in the same order."""

    def mark(self, node: Node) -> None: ...

    def begin(self, node: Node) -> int:
        """Take the mark away; the new epoch."""

    def finish(self, node: Node, epoch: int, tally: Tally) -> None:
        """Store a sum unless there is one of a later epoch."""

    def known(self, node: Node) -> Known: ...

    def children(self, node: Node) -> Mapping[Node, Known]:
        """What is stored of the nodes right below a node of level 2 or more."""

    def leaves(self, node: Node) -> Mapping[Node, Leaf]:
        """The leaves below a node of level 1."""


class Statistics:
    """`seconds_per_run` is a project's mean over its newest runs; `clock` is monotonic."""

    def __init__(self, store: Store, seconds_per_run: Callable[[int], float], clock: Callable[[], float]) -> None:
        self._store = store
        self._seconds_per_run = seconds_per_run
        self._clock = clock
        self._remembered: Remembered[int, Tally] = Remembered(REMEMBER_SECONDS, clock)

    def fold(self, changes: Iterable[Change], again: bool = False) -> None:
        """Store the changes of tasks below one node of level 1 (see `groups`); safe to repeat, in any order."""
        leaves: dict[Node, dict[int, str]] = defaultdict(dict)
        for change in changes:
            known = leaves[leaf_of(change.project_id, change.task_id)]
            if task_facts.newer(change.entry, known.get(change.task_id)):
                known[change.task_id] = change.entry
        for leaf, entries in leaves.items():
            self._store.write(leaf, entries, again)
        for leaf in {one.parent: one for one in leaves}.values():
            self._mark_above(leaf)

    def analysed(self, project_id: int, task_id: int, gen: int, analysed: bool) -> None:
        """An owner stored an analysis with a result, or took it away."""
        leaf = leaf_of(project_id, task_id)
        self._store.analyse(leaf, task_id, gen, analysed)
        self._mark_above(leaf)

    def analyses(self, project_id: int, task_id: int) -> frozenset[int]:
        """Which versions of a task's result are noted to have an analysis."""
        return self._store.analyses(leaf_of(project_id, task_id), task_id)

    def _mark_above(self, leaf: Node) -> None:
        for node in self._store.unmarked(leaf.above):
            self._store.mark(node)

    def of_project(self, project_id: int) -> Tally:
        """The project's sums, a second old at most. Where more has changed than can be read in a few seconds, as after
        a large import, the next calls go on; until then the sum is of what was read."""
        return self._remembered.get(project_id, lambda: self._fresh(project_id)) or Tally()

    def _fresh(self, project_id: int) -> Tally:
        root, deadline = Node(project_id, ROOT, 0), self._clock() + BUDGET_SECONDS
        return self._sum(root, self._store.known(root), deadline)[0]

    def _sum(self, node: Node, known: Known, deadline: float) -> tuple[Tally, bool]:
        """The sum of what is below, and whether it is whole."""
        if known.good:
            return known.tally, True
        if self._clock() > deadline:
            return known.tally, False
        epoch = self._store.begin(node)
        parts, whole = self._parts(node, deadline)
        tally = summed(parts)
        if node.level == ROOT and tally.runs:
            tally = msgspec.structs.replace(tally, seconds=self._seconds_per_run(node.project))
        if whole:  # else it is left without a sum of its epoch, and the next reader goes on
            self._store.finish(node, epoch, tally)
        return tally, whole

    def _parts(self, node: Node, deadline: float) -> tuple[list[Tally], bool]:
        if node.level == 1:
            return [leaf.tally for leaf in self._store.leaves(node).values()], True
        sums = [self._sum(child, known, deadline) for child, known in self._store.children(node).items()]
        return [tally for tally, _ in sums], all(whole for _, whole in sums)

    def tasks_of(self, project_id: int) -> Iterable[int]:
        """Ids of all tasks that the statistics count."""
        level: list[Node] = [Node(project_id, ROOT, 0)]
        for _ in range(ROOT - 1):
            level = [child for node in level for child in self._store.children(node)]
        found = chain.from_iterable(self._store.leaves(node).values() for node in level)
        return (task for leaf in found for task, entry in leaf.entries.items() if entry != task_facts.GONE)


def leaf_of(project_id: int, task_id: int) -> Node:
    return Node(project_id, 0, task_id // SPANS[0])


def groups(changes: Iterable[Change]) -> Iterable[list[Change]]:
    """The changes by what `fold` takes at once: what fails with one group leaves the others alone."""
    found: dict[Node, list[Change]] = defaultdict(list)
    for change in changes:
        found[leaf_of(change.project_id, change.task_id).parent].append(change)
    return found.values()
