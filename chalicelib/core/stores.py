"""What the volunteers' path asks of the stores. The real ones are in `store/`, the fakes in `tests/`; one suite tests
both."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from chalicelib.core.queueing import Entry
from chalicelib.core.seats import Answer, Move, Placing, Sheet
from chalicelib.core.tasks import Task, TaskRun


class Lease(Struct, frozen=True):
    """A live lease as a participation remembers it: a hint until the sheet agrees."""

    until: int
    sheet: str


class Participation(Struct, frozen=True):
    """What is remembered of one contributor in one project. All but `runs` are hints (heart.md §1, P)."""

    leases: Mapping[int, Lease] = {}
    done: frozenset[int] = frozenset()
    front: str | None = None
    sweep: str | None = None
    runs: int = 0


class Accuracy(Struct, frozen=True):
    """How many gold tasks of a project a contributor answered, and how many of them right; `user_id` of accounts."""

    contributor: str
    user_id: int | None
    answered: int
    right: int


class Hints(Struct, frozen=True):
    """What replaces the hints of a contributor with many answers on open tasks."""

    front: str | None
    sweep: str | None
    done: frozenset[int]


class Participations(Protocol):
    def get(self, contributor: str, project_id: int) -> Participation:
        """Consistent read; an empty one for a newcomer."""

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


class Sheets(Protocol):
    def key_of(self, task_id: int) -> str | None:
        """The key of a task's sheet, if it is known without asking."""

    def read(
        self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
    ) -> tuple[dict[str, Sheet], dict[int, Task]]:
        """Sheets by key and tasks by id, in one request; `consistent` is for the sheets."""

    def move(self, sheet: Sheet, me: str, move: Move) -> bool:
        """Carry out a move; False when the sheet changed since it was read."""

    def place(self, placing: Placing) -> bool:
        """List a sheet somewhere else; False when it changed since it was read."""


class Queue(Protocol):
    def near(self, queue: str, least: int = 0, after: str | None = None) -> Sequence[Entry]:
        """The first entries after key `after`, `least` or more if there are so many, up to a few seconds old."""

    def pages(
        self,
        queue: str,
        after: str | None = None,
        until: str | None = None,
        size: int = 0,
        backwards: bool = False,
    ) -> Iterator[Sequence[Entry]]:
        """Fresh pages in order, or from the end, after key `after` and up to key `until`; `size` 0: the usual size."""

    def learned(self, entry: Entry, ready: int | None) -> None:
        """A sheet said when this entry may have a seat; None takes it out of what is remembered."""


class Answers(Protocol):
    def record(self, sheet: Sheet, run: TaskRun, answer: Answer) -> None:
        """Seat to answer, run and participation in one transaction. Raises SeatChanged, AlreadyAnswered."""

    def find(self, project_id: int, contributor: str, task_id: int) -> TaskRun | None:
        """That contributor's run on the task, read consistently."""


class SeatChanged(Exception):
    """The sheet is no longer what was observed; nothing was stored."""


class AlreadyAnswered(Exception):
    """The contributor has a run on this task; nothing was stored."""
