"""Withdrawing what one import made, or what one volunteer answered (reliability.md R15).

A withdrawal is a record with a checkpoint, which a handler of the walks' queue works off page by page. Before a page is
touched, the record says how far it reaches and how much of it is to go; so a page that a handler died in is met again,
whatever is left of it, and the counts are those of one pass. Two handlers on one record do the same work and count it
once. Withdrawals know nothing of each other, nor of a walk that changes all tasks: each step is a conditional write on
one task, tried again on the task as it then is.

What was withdrawn follows from the sheets by itself: their stream makes results and statistics.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.core.audit import NOTHING, Author, Change
from chalicelib.core.errors import NotFound
from chalicelib.core.moments import timestamp
from chalicelib.core.projects import Project
from chalicelib.core.walks import MARGIN_SECONDS, SOON_SECONDS, Overtaken

UNTOLD = ("contributors", "last_id", "until", "version")  # what is ours alone


class Withdrawal(Struct, frozen=True):
    """One withdrawal. Ids ascend with time, and with those of task runs: a run with a smaller id was made before it was
    asked for. `seen` is what it has found so far, `left` what stays of that; both are tasks of an import, or task runs
    of a volunteer, who is named by one of the columns of a run and found by `contributors`, the keys not yet done with.
    `last_id` is the last task that is done with, `until` the last of the page that is being worked on."""

    project_id: int
    id: int
    asked: str
    asked_by: int | None
    import_id: int | None = None
    force: bool = False
    user_id: int | None = None
    user_ip: str | None = None
    external_uid: str | None = None
    contributors: tuple[str, ...] = ()
    state: Literal["waiting", "running", "finished", "cancelled"] = "waiting"
    seen: int = 0
    left: int = 0
    last_id: int = 0
    until: int = 0
    finished: str | None = None
    version: int = 1

    @property
    def over(self) -> bool:
        return self.state in ("finished", "cancelled")

    @property
    def withdrawn(self) -> int:
        """How many are gone; of a page that is being worked on, how many will be."""
        return self.seen - self.left

    @property
    def subject(self) -> str:
        """What is withdrawn, in words."""
        if self.import_id is not None:
            return f"Import {self.import_id}" + (", with task runs" if self.force else "")
        names = (("user_id", self.user_id), ("user_ip", self.user_ip), ("external_uid", self.external_uid))
        return "Volunteer " + ", ".join(f"{name} {value}" for name, value in names if value is not None)


class Records(Protocol):
    def create(self, withdrawal: Withdrawal, project: Project, author: Author, changes: Sequence[Change]) -> None:
        """Store it with its entry in the audit log."""

    def get(self, project_id: int, withdrawal_id: int) -> Withdrawal | None:
        """Read consistently."""

    def put(self, new: Withdrawal) -> None:
        """Store the version after the stored one. Raises Overtaken."""

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[Withdrawal]:
        """From the newest down; below `last_id` if given; read consistently."""


class Page(NamedTuple):
    """Some of what is to be withdrawn; `last` is the last task that was looked at, None when there are no more."""

    last: int | None
    things: Sequence[Any]


class Work(Protocol):
    """What a withdrawal consists of, in order of the tasks."""

    def wait(self, withdrawal: Withdrawal) -> float:
        """Seconds until it may begin; 0 or less: now."""

    def page(self, withdrawal: Withdrawal, until: int | None) -> Page:
        """What comes after the checkpoint, `until` that task if given."""

    def withdraw(self, withdrawal: Withdrawal, things: Sequence[Any]) -> int:
        """Withdraw the things of a page; how many of them stay. May be repeated."""


class Withdrawals:
    """All withdrawals. `work_of` gives what one consists of; `go_on` asks for it to be continued after some seconds, by
    another handler; `next_id` makes ids, `clock` gives epoch seconds."""

    def __init__(
        self,
        records: Records,
        work_of: Callable[[Withdrawal], Work],
        go_on: Callable[[int, int, int], None],
        next_id: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        self._records = records
        self._work_of = work_of
        self._go_on = go_on
        self._next_id = next_id
        self._clock = clock

    def ask(self, project: Project, author: Author, wanted: Withdrawal) -> Withdrawal:
        """Have `wanted`, whose ids and times are made here, withdrawn. The message goes out first: should the caller
        die before the record is stored, nothing was asked for; a record without its message would wait for ever."""
        now = timestamp(self._clock())
        asked = replace(wanted, project_id=project.id, id=self._next_id(), asked=now, asked_by=author.user_id)
        self._go_on(project.id, asked.id, SOON_SECONDS)
        self._records.create(asked, project, author, [Change("create", "withdrawal", NOTHING, asked.subject)])
        return asked

    def get(self, project_id: int, withdrawal_id: int) -> Withdrawal | None:
        """Read consistently."""
        return self._records.get(project_id, withdrawal_id)

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[Withdrawal]:
        """From the newest down; below `last_id` if given."""
        return self._records.before(project_id, last_id, limit)

    def cancel(self, project_id: int, withdrawal_id: int) -> Withdrawal | None:
        """Let it end after the page that is being worked on; what is withdrawn stays so. None when there is none."""
        found = self._records.get(project_id, withdrawal_id)
        while found is not None and not found.over:
            try:
                return self._end(found, "cancelled")
            except Overtaken:
                found = self._records.get(project_id, withdrawal_id)
        return found

    def run(self, project_id: int, withdrawal_id: int, seconds_left: Callable[[], float]) -> Withdrawal:
        """Go on from the checkpoint until the end, or until another handler has to. Raises NotFound when there is no
        such record: it may be about to be stored."""
        while True:
            found = self._records.get(project_id, withdrawal_id)
            if found is None:
                raise NotFound(f"there is no withdrawal {withdrawal_id}")
            if found.over:
                return found
            try:
                return self._run(found, seconds_left)
            except Overtaken:
                continue

    def _run(self, now: Withdrawal, seconds_left: Callable[[], float]) -> Withdrawal:
        work = self._work_of(now)
        wait = work.wait(now)
        if wait > 0:
            self._go_on(now.project_id, now.id, int(wait) + 1)
            return now
        while not now.over:
            now = self._page(now, work)
            if not now.over and seconds_left() < MARGIN_SECONDS:
                self._go_on(now.project_id, now.id, 0)
                break
        return now

    def _page(self, now: Withdrawal, work: Work) -> Withdrawal:
        """Withdraw the page that was begun, or announce the next one and withdraw that. Raises Overtaken."""
        begun = now.until > now.last_id
        page = work.page(now, now.until if begun else None)
        if not begun:
            if page.last is None:
                return self._next_contributor(now)
            now = self._put(replace(now, state="running", until=page.last, seen=now.seen + len(page.things)))
        return self._put(replace(now, last_id=now.until, left=now.left + work.withdraw(now, page.things)))

    def _next_contributor(self, now: Withdrawal) -> Withdrawal:
        others = now.contributors[1:]
        if not others:
            return self._end(now, "finished")
        return self._put(replace(now, contributors=others, last_id=0, until=0))

    def _end(self, now: Withdrawal, state: Literal["finished", "cancelled"]) -> Withdrawal:
        return self._put(replace(now, state=state, contributors=(), finished=timestamp(self._clock())))

    def _put(self, new: Withdrawal) -> Withdrawal:
        stored = replace(new, version=new.version + 1)
        self._records.put(stored)
        return stored
