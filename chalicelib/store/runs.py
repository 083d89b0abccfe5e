"""Task runs: stored with the seat they answer, found by contributor, by id and by project."""

from collections.abc import Sequence
from typing import Any

import orjson
from pynamodb.transactions import TransactWrite

from chalicelib.core.agreement import recounted
from chalicelib.core.queueing import queue_key
from chalicelib.core.seats import FREE, Answer, Sheet
from chalicelib.core.stores import AlreadyAnswered, SeatChanged
from chalicelib.core.tasks import TaskRun
from chalicelib.store.conditions import unchanged, update_if
from chalicelib.store.lookup import find_young
from chalicelib.store.participations import judged, lease_path
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.seating import listed_as, listing, seat, spare, spared_as, voted, voted_as
from chalicelib.store.tables import ParticipationItem, RunItem, SheetItem
from chalicelib.store.transactions import Cancelled, commit


def owner_of(project_id: int, contributor: str) -> str:
    """The hash key of a contributor's runs in a project."""
    return f"{project_id}-{contributor}"


class RunStore:
    """The runs of all tasks."""

    def record(self, sheet: Sheet, run: TaskRun, answer: Answer) -> None:
        """Seat to answer, run and participation in one transaction. Raises SeatChanged, AlreadyAnswered."""

        def fill(transaction: TransactWrite) -> None:
            transaction.save(_item(run), condition=RunItem.owner.does_not_exist())
            transaction.update(
                SheetItem(sheet.key), _answer_actions(sheet, run.contributor, answer), _seat_is_live(sheet, run, answer)
            )
            transaction.update(ParticipationItem(run.contributor, run.project_id), _participation_actions(run, answer))

        try:
            commit(fill)
        except Cancelled as cancelled:
            # The run is the first write. When both conditions failed, the run is the lasting reason.
            raise AlreadyAnswered() if 0 in cancelled.failed else SeatChanged() from cancelled

    def find(self, project_id: int, contributor: str, task_id: int) -> TaskRun | None:
        """That contributor's run on the task, read consistently."""
        found = read_together(Wanted(RunItem, [(owner_of(project_id, contributor), task_id)], consistent=True))
        return next((run_from(item) for item in found[RunItem]), None)

    def get(self, run_id: int) -> TaskRun | None:
        """The run with that id."""
        key = find_young(
            run_id, lambda: next(((item.owner, item.task_id) for item in RunItem.by_id.query(run_id)), None)
        )
        return next(iter(self._read([key])), None) if key else None

    def of_task(self, sheet: Sheet, consistent: bool = False) -> list[TaskRun]:
        """All runs of a task, ascending by id; the sheet knows whose they are."""
        answered = [contributor for contributor, held in sheet.seats.items() if held < 0]
        return self._read([(owner_of(sheet.project, contributor), sheet.task) for contributor in answered], consistent)

    def of_contributor(
        self, project_id: int, contributor: str, last_task: int, limit: int, consistent: bool = False
    ) -> list[TaskRun]:
        """Up to `limit` runs of one contributor in a project, ascending by task, on tasks above `last_task`."""
        owner, place = owner_of(project_id, contributor), RunItem.task_id > last_task
        return [run_from(item) for item in RunItem.query(owner, place, limit=limit, consistent_read=consistent)]

    def after(self, project_id: int, last_id: int, limit: int) -> list[TaskRun]:
        """Up to `limit` runs of a project with ids above `last_id`, ascending: keyset pagination."""
        found = RunItem.by_project.query(project_id, RunItem.id > last_id, limit=limit)
        return self._read([(item.owner, item.task_id) for item in found])

    def tasks_with_runs(self, project_id: int, last_id: int, limit: int) -> tuple[list[int], int | None]:
        """The tasks that the next `limit` runs with ids above `last_id` are of, and the last of these ids: from the
        index alone, which may still list what was just deleted. None: there are no more."""
        found = list(RunItem.by_project.query(project_id, RunItem.id > last_id, limit=limit))
        return list(dict.fromkeys(item.task_id for item in found)), found[-1].id if found else None

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[TaskRun]:
        """Up to `limit` runs of a project from the newest down, below `last_id` if given."""
        place = RunItem.id < last_id if last_id is not None else None
        found = RunItem.by_project.query(project_id, place, limit=limit, scan_index_forward=False)
        return self._read([(item.owner, item.task_id) for item in found])[::-1]

    def change(self, run: TaskRun, info: Any, media_url: str | None) -> bool:
        """Replace what a contributor may change of a run; False when it is gone. Its vote stays."""
        return update_if(RunItem, _key(run), _changes(info, media_url), RunItem.id == run.id)

    def change_vote(self, sheet: Sheet, run: TaskRun, info: Any, media_url: str | None, vote: str | None) -> None:
        """The same, and with it the vote, while the task is not complete. Raises SeatChanged when sheet or run changed.
        Together, for else a crash in between, or a withdrawal, would leave a vote that is nobody's."""

        def fill(transaction: TransactWrite) -> None:
            action = RunItem.vote.set(vote) if vote is not None else RunItem.vote.remove()
            transaction.update(RunItem(*_key(run)), [*_changes(info, media_url), action], _as_voted(run))
            votes = recounted(sheet.votes, run.vote, vote)
            still = (seat(run.contributor) == -run.id) & voted_as(sheet.votes) & (SheetItem.ans < SheetItem.n)
            transaction.update(SheetItem(sheet.key), [voted(votes)], still)

        try:
            commit(fill)
        except Cancelled as cancelled:
            raise SeatChanged() from cancelled

    def withdraw(self, sheet: Sheet, run: TaskRun) -> None:
        """Delete a run and free its seat in one transaction. Raises SeatChanged when the sheet or run changed."""

        def fill(transaction: TransactWrite) -> None:
            transaction.delete(RunItem(*_key(run)), condition=_as_voted(run))
            actions = [
                seat(run.contributor).remove(),
                SheetItem.ans.set(SheetItem.ans - 1),
                SheetItem.ver.set(SheetItem.ver + 1),
                *_listing_actions(sheet),
            ]
            if run.vote is not None:
                actions.append(voted(recounted(sheet.votes, run.vote, None)))
            same_counts = (SheetItem.n == sheet.n) & (SheetItem.ans == sheet.ans) & spared_as(sheet)
            same_counts &= voted_as(sheet.votes)
            same_place = (SheetItem.qk == sheet.qk) & listed_as(sheet)
            still = (seat(run.contributor) == -run.id) & same_counts & same_place
            transaction.update(SheetItem(sheet.key), actions, still)
            transaction.update(
                ParticipationItem(run.contributor, run.project_id),
                [
                    ParticipationItem.runs.add(-1),
                    ParticipationItem.done.delete({run.task_id}),
                    *judged(run.right, -1),
                ],
            )

        try:
            commit(fill)
        except Cancelled as cancelled:
            raise SeatChanged() from cancelled

    def _read(self, keys: Sequence[tuple[str, int]], consistent: bool = False) -> list[TaskRun]:
        found = read_together(Wanted(RunItem, keys, consistent))
        return sorted((run_from(item) for item in found[RunItem]), key=lambda run: run.id)


def run_from(item: RunItem) -> TaskRun:
    return TaskRun(
        id=item.id,
        project_id=item.project_id,
        task_id=item.task_id,
        contributor=item.owner.split("-", 1)[1],
        user_id=item.user_id,
        user_ip=item.user_ip,
        external_uid=item.external_uid,
        created=item.created,
        finish_time=item.finish_time,
        info=orjson.loads(item.info),
        timeout=item.timeout,
        calibration=item.calibration,
        media_url=item.media_url,
        idem=item.idem,
        vote=item.vote,
        right=item.right,
    )


def _item(run: TaskRun) -> RunItem:
    return RunItem(
        owner_of(run.project_id, run.contributor),
        run.task_id,
        id=run.id,
        project_id=run.project_id,
        user_id=run.user_id,
        user_ip=run.user_ip,
        external_uid=run.external_uid,
        created=run.created,
        finish_time=run.finish_time,
        info=_json(run.info),
        timeout=run.timeout,
        calibration=run.calibration,
        media_url=run.media_url,
        idem=run.idem,
        vote=run.vote,
        right=run.right,
    )


def _key(run: TaskRun) -> tuple[str, int]:
    return owner_of(run.project_id, run.contributor), run.task_id


def _as_voted(run: TaskRun) -> Any:
    """The run is there, with the vote that was read."""
    return (RunItem.id == run.id) & unchanged(_item(run), "vote")


def _answer_actions(sheet: Sheet, me: str, answer: Answer) -> list[Any]:
    actions = [
        seat(me).set(-answer.run_id),
        SheetItem.ans.set(SheetItem.ans + 1),
        SheetItem.ver.set(SheetItem.ver + 1),
    ]
    if answer.qk is not None:
        actions.append(SheetItem.qk.set(answer.qk))
    if answer.extra:
        actions.append(SheetItem.gen.set(SheetItem.gen + 1))
    if answer.voting is not None:
        actions.append(voted(answer.voting.votes))
    if answer.spared:
        actions += [SheetItem.n.set(sheet.ans + 1), *spare(sheet, answer.spared)]
    return actions + (listing(None, None) if answer.last else [])


def _seat_is_live(sheet: Sheet, run: TaskRun, answer: Answer) -> Any:
    """The seat is as observed and the count still says whether this answer is the last: were the count free to move,
    two answers could both think the other one unlists the task."""
    live = (seat(run.contributor) == answer.observed) & (SheetItem.n == answer.n) & listed_as(sheet)
    counted = live & SheetItem.ans.between(answer.least, answer.most)
    if answer.voting is not None:
        counted &= voted_as(answer.voting.observed)
    # A new place is made of the priority that was read: one changed meanwhile must not come back (failure 10).
    return counted if answer.qk is None else counted & (SheetItem.prio == sheet.prio)


def _listing_actions(sheet: Sheet) -> list[Any]:
    """How a sheet is listed once one of its runs is withdrawn. A task that was complete becomes a new generation, as
    its result rests on the run: either it wants an answer again and is listed again (left out, it would be open and yet
    never be offered: heart.md §3, 1), or the other runs suffice and make another version of the result. What its
    answers' agreement had spared is wanted again."""
    actions: list[Any] = [SheetItem.gen.set(SheetItem.gen + 1)] if sheet.completed else []
    if sheet.ans > sheet.ceiling:
        return actions
    actions.append(SheetItem.qk.set(queue_key(sheet.queue, sheet.prio, sheet.task, sheet.ans - 1)))
    if sheet.ans == sheet.n and sheet.spared:
        actions += [SheetItem.n.set(sheet.n + sheet.spared), *spare(sheet, 0)]
    if sheet.closed:
        return actions + listing(sheet.queue, FREE)
    # Of more seats than answers are wanted one lease less has to end now. When that is depends on seats that are not
    # pinned here, so the task is offered at once: at worst it is looked at too often, until somebody sits down.
    return [*actions, SheetItem.ready.set(FREE)]


def _participation_actions(run: TaskRun, answer: Answer) -> list[Any]:
    actions: list[Any] = [lease_path(run.task_id).remove(), ParticipationItem.runs.add(1)]
    if not answer.last:
        actions.append(ParticipationItem.done.add({run.task_id}))
    return actions + _judgement(run)


def _judgement(run: TaskRun) -> list[Any]:
    if run.right is None:
        return []
    whose = [ParticipationItem.judged_in.set(run.project_id)]
    if run.user_id is not None:
        whose.append(ParticipationItem.user_id.set(run.user_id))
    return [*judged(run.right, 1), *whose]


def _changes(info: Any, media_url: str | None) -> list[Any]:
    return [RunItem.info.set(_json(info)), *_media(media_url)]


def _media(media_url: str | None) -> list[Any]:
    return [RunItem.media_url.set(media_url) if media_url is not None else RunItem.media_url.remove()]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
