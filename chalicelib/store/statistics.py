"""Statistics: leaves that keep the newest facts of each task, marks and sums above them (core/statistics.py)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from pynamodb.expressions.operand import Path

from chalicelib.core.site_figures import Stored
from chalicelib.core.statistics import Known, Leaf, Node
from chalicelib.core.tallies import Tally
from chalicelib.core.task_facts import GONE
from chalicelib.store.conditions import update_if
from chalicelib.store.contention import persist
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.tables import StatisticItem

SITE = "site"
AFTER_ANY_FACTS = "~"  # an entry that begins with version and this is above all entries of the version


class StatisticStore:
    """The trees of all projects."""

    def write(self, leaf: Node, entries: Mapping[int, str], again: bool = False) -> None:
        """Usually one write, for all entries of the leaf; when one of them is old, the leaf is read to leave it out."""
        while entries:
            condition = None
            for task, entry in entries.items():
                older = _older(task, entry, again)
                condition = older if condition is None else condition & older
            if update_if(StatisticItem, _key("leaf", leaf), _actions(entries), condition):
                return
            stored = self._entries(leaf)
            entries = {task: one for task, one in entries.items() if _limit(one, again) > stored.get(task, "")}

    def _entries(self, leaf: Node) -> Mapping[int, str]:
        return _entries_in(_raw_leaf(leaf))

    def analyse(self, leaf: Node, task_id: int, gen: int, analysed: bool) -> None:
        generations, value = Path([f"r{task_id}"]), {"NS": [str(gen)]}
        action = generations.add(value) if analysed else generations.delete(value)
        update_if(StatisticItem, _key("leaf", leaf), [action], None)

    def analyses(self, leaf: Node, task_id: int) -> frozenset[int]:
        noted = _raw_leaf(leaf).get(f"r{task_id}", {"NS": ()})
        return frozenset(map(int, noted["NS"]))

    def unmarked(self, nodes: Sequence[Node]) -> list[Node]:
        keys = {_key("mark", node): node for node in nodes}
        found = read_together(Wanted(StatisticItem, list(keys), consistent=True))[StatisticItem]
        marked = {keys[item.place, item.node] for item in found if item.marked}
        return [node for node in nodes if node not in marked]

    def mark(self, node: Node) -> None:
        update_if(StatisticItem, _key("mark", node), [StatisticItem.marked.set(True)], None)

    def begin(self, node: Node) -> int:
        place, number = _key("mark", node)
        actions = [StatisticItem.marked.set(False), StatisticItem.epoch.add(1)]
        table = StatisticItem._get_connection()
        answer = persist(lambda: table.update_item(place, str(number), actions=actions, return_values="UPDATED_NEW"))
        return int(answer["Attributes"]["epoch"]["N"])

    def finish(self, node: Node, epoch: int, tally: Tally) -> None:
        later = StatisticItem.epoch.does_not_exist() | (StatisticItem.epoch < epoch)
        body = msgspec.json.encode(tally).decode()
        actions = [StatisticItem.epoch.set(epoch), StatisticItem.body.set(body)]
        update_if(StatisticItem, _key("sum", node), actions, later)

    def known(self, node: Node) -> Known:
        keys = [_key("mark", node), _key("sum", node)]
        found = read_together(Wanted(StatisticItem, keys, consistent=True))[StatisticItem]
        by_place = {(item.place, item.node): item for item in found}
        return _known(*(by_place.get(key) for key in keys))

    def children(self, node: Node) -> Mapping[Node, Known]:
        marks, sums = ({item.node: item for item in self._below(kind, node)} for kind in ("mark", "sum"))
        return {Node(node.project, node.level - 1, index): _known(marks[index], sums.get(index)) for index in marks}

    def _below(self, kind: str, node: Node) -> Iterator[StatisticItem]:
        return iter(StatisticItem.query(_place(kind, node), consistent_read=True))

    def leaves(self, node: Node) -> Mapping[Node, Leaf]:
        return {Node(node.project, 0, index): _leaf(item) for index, item in self._raw_leaves(node)}

    def _raw_leaves(self, node: Node) -> Iterator[tuple[int, Mapping[str, Any]]]:
        table, start = StatisticItem._get_connection(), None
        while True:
            page = table.query(_place("leaf", node), consistent_read=True, exclusive_start_key=start)
            yield from ((int(item["node"]["N"]), item) for item in page["Items"])
            start = page.get("LastEvaluatedKey")
            if not start:
                return


class FigureStore:
    """Figures of the whole site."""

    def figure(self, name: int) -> Stored:
        found = read_together(Wanted(StatisticItem, [(SITE, name)], consistent=True))[StatisticItem]
        return msgspec.json.decode(found[0].body, type=Stored) if found else Stored()

    def keep_figure(self, name: int, stored: Stored) -> None:
        body = msgspec.json.encode(stored).decode()
        update_if(StatisticItem, (SITE, name), [StatisticItem.body.set(body)], None)


def _place(kind: str, parent: Node) -> str:
    return f"{kind}:{parent.project}.{parent.level}.{parent.index}"


def _key(kind: str, node: Node) -> tuple[str, int]:
    """What lies below one node has one hash key, so that it is read together."""
    return _place(kind, node.parent), node.index


def _raw_leaf(leaf: Node) -> Mapping[str, Any]:
    place, node = _key("leaf", leaf)
    item: Mapping[str, Any] = StatisticItem._get_connection().get_item(place, str(node), consistent_read=True).get(
        "Item", {}
    )
    return item


def _older(task: int, entry: str, again: bool) -> Any:
    stored = Path([f"t{task}"])
    return stored.does_not_exist() | (stored < _limit(entry, again))


def _limit(entry: str, again: bool) -> str:
    """What the stored entry must be below: texts compare by version first. Of one version there is one entry, unless a
    rebuild corrects it."""
    return entry[:8] + (AFTER_ANY_FACTS if again else "")


def _actions(entries: Mapping[int, str]) -> list[Any]:
    actions = [Path([f"t{task}"]).set(entry) for task, entry in entries.items()]
    return actions + [Path([f"r{task}"]).remove() for task, entry in entries.items() if entry == GONE]


def _entries_in(item: Mapping[str, Any]) -> dict[int, str]:
    return {int(name[1:]): value["S"] for name, value in item.items() if name[0] == "t"}


def _leaf(item: Mapping[str, Any]) -> Leaf:
    analysed = sum(len(value["NS"]) for name, value in item.items() if name[0] == "r")
    return Leaf(_entries_in(item), analysed)


def _known(mark: StatisticItem | None, total: StatisticItem | None) -> Known:
    found = Known() if mark is None else Known(bool(mark.marked), mark.epoch or 0)
    if total is None:
        return found
    tally = msgspec.json.decode(total.body or "{}", type=Tally)
    return Known(found.marked, found.epoch, tally, total.epoch or 0)
