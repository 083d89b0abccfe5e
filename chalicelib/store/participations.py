"""Participations: what is remembered of a contributor in a project, in one small item (heart.md §1, P)."""

from collections.abc import Mapping
from typing import Any

from pynamodb.expressions.operand import Path

from chalicelib.core.stores import Accuracy, Hints, Lease, Participation
from chalicelib.store.contention import persist
from chalicelib.store.tables import ParticipationItem

LEASE = "l#"
MOST_PROJECTS = 100  # of one contributor that are looked through for leases


def lease_path(task_id: int) -> Path:
    """The attribute that holds a contributor's lease of one task; top-level, so that two can change at once."""
    return Path([f"{LEASE}{task_id}"])


class ParticipationStore:
    """Participations of all contributors."""

    def get(self, contributor: str, project_id: int) -> Participation:
        """Consistent read; an empty one for a newcomer."""
        table = ParticipationItem._get_connection()
        item = table.get_item(contributor, str(project_id), consistent_read=True).get("Item")
        return _participation(item) if item else Participation()

    def remember(
        self,
        contributor: str,
        project_id: int,
        old: Participation,
        leases: Mapping[int, Lease],
        now: float,
        hints: Hints | None = None,
    ) -> None:
        """Add `leases`, drop those of `old` that ended before `now`, replace the hints if given: one update."""
        actions: list[Any] = [lease_path(task).set(f"{lease.until}:{lease.sheet}") for task, lease in leases.items()]
        ended = [task for task, lease in old.leases.items() if lease.until <= now and task not in leases]
        actions += [lease_path(task).remove() for task in ended]
        if hints is not None:
            actions += _hint_actions(hints)
        table = ParticipationItem._get_connection()
        persist(lambda: table.update_item(contributor, str(project_id), actions=actions, return_values="NONE"))

    def accuracies(self, project_id: int, last: str, limit: int) -> list[Accuracy]:
        """Up to `limit` contributors who have answered gold tasks of a project, ascending by key, above `last`."""
        place = ParticipationItem.contributor > last if last else None
        some = ParticipationItem.answered > 0  # all may have been taken back
        found = ParticipationItem.accuracy.query(project_id, place, some, limit=limit)
        return [Accuracy(item.contributor, item.user_id, item.answered, item.right) for item in found]

    def projects_of(self, contributor: str) -> list[int]:
        """The projects a contributor has been active in."""
        return [item.project_id for item in ParticipationItem.query(contributor)]

    def with_leases(self, contributor: str) -> dict[int, Participation]:
        """A contributor's participations in which leases are remembered, by project: of the hundred newest projects."""
        table = ParticipationItem._get_connection()
        items = table.query(contributor, limit=MOST_PROJECTS, scan_index_forward=False)["Items"]
        found = {int(item["project_id"]["N"]): _participation(item) for item in items}
        return {project_id: one for project_id, one in found.items() if one.leases}

    def runs_of(self, contributor: str) -> int:
        """How many runs a contributor has, over all projects."""
        return sum(item.runs for item in ParticipationItem.query(contributor))


def judged(right: bool | None, count: int) -> list[Any]:
    """What an answer to a gold task adds to its contributor's accuracy (`count` 1), or takes back (−1)."""
    if right is None:
        return []
    return [ParticipationItem.answered.add(count), ParticipationItem.right.add(count * right)]


def _hint_actions(hints: Hints) -> list[Any]:
    wanted = ((ParticipationItem.front, hints.front), (ParticipationItem.sweep, hints.sweep))
    actions = [attribute.set(value) if value else attribute.remove() for attribute, value in wanted]
    done: set[float] = set(hints.done)
    return [*actions, ParticipationItem.done.set(done) if done else ParticipationItem.done.remove()]


def _participation(item: Mapping[str, Any]) -> Participation:
    leases = {int(name[len(LEASE) :]): _lease(value["S"]) for name, value in item.items() if name.startswith(LEASE)}
    return Participation(
        leases=leases,
        done=frozenset(int(task) for task in item.get("done", {}).get("NS", [])),
        front=item.get("front", {}).get("S"),
        sweep=item.get("sweep", {}).get("S"),
        runs=int(item.get("runs", {}).get("N", 0)),
    )


def _lease(text: str) -> Lease:
    until, sheet = text.split(":", 1)
    return Lease(int(until), sheet)
