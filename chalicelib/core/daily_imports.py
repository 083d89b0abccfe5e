"""Imports that projects repeat every day (contract importers.md §5).

Once a day the schedule sends the first message of a *round*. A round goes through the list of projects with an
autoimporter, page by page, and sends one message for each: so what is wrong with one of them is tried again, and in the
end given up, without the others. A message begins the project's import of that day, which a guard keeps the only one
however often a schedule fires, a message comes or an owner presses the button.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from chalicelib.core.autoimporter import KEY, SEALED, TYPE, autoimporter, fields_of
from chalicelib.core.errors import DataFault
from chalicelib.core.imports import Origin, Record, guard_of
from chalicelib.core.moments import timestamp
from chalicelib.core.projects import Project
from chalicelib.core.users import User

BEGINS = (4, 23)  # hour and minute, UTC; far from midnight, so that what comes late is of the same day
ORIGIN: Origin = "daily"
PAGE = 100  # projects that one page of a round begins
MARGIN_SECONDS = 20.0  # left of a handler's time when it hands the round over; a page takes a second or two
MOST_A_DAY = 10  # imports of one project, those that its owners begin by hand among them
DAYS_SHOWN = 14
DAY_SECONDS = 86_400

Message = Mapping[str, Any]


class Projects(Protocol):
    def get(self, project_id: int) -> Project | None: ...
    def importing_daily(self, last_id: int, limit: int) -> list[int]: ...


class Users(Protocol):
    def get(self, user_id: int) -> User | None: ...


class Imports(Protocol):
    def start(self, wanted: Record) -> Record:
        """Begin it, or find the one under its guard."""

    def of_guards(self, guards: Sequence[str]) -> dict[str, Record]:
        """Those that there are, read consistently."""


class DailyImports:
    """`send` puts a message on the queue of imports, which `handle` is called with; `clock` gives epoch seconds;
    `pro_only`: for published projects whose owner is pro (contract settings.md §3)."""

    def __init__(
        self,
        projects: Projects,
        users: Users,
        imports: Imports,
        send: Callable[[Message], None],
        clock: Callable[[], float],
        pro_only: bool,
    ) -> None:
        self._projects = projects
        self._users = users
        self._imports = imports
        self._send = send
        self._clock = clock
        self._pro_only = pro_only

    def begin(self, day: str) -> None:
        """Begin the round of a day, such as `2026-11-23` (UTC). Repeated, its imports are found and not made again."""
        self._send({"day": day, "after": 0})

    def handle(self, message: Message, seconds_left: Callable[[], float]) -> None:
        """A message of a round: of the round itself, or of one of its projects."""
        if "after" in message:
            self._go_round(message["day"], message["after"], seconds_left)
        else:
            self._import(message["project_id"], message["day"])

    def _go_round(self, day: str, after: int, seconds_left: Callable[[], float]) -> None:
        """A handler that died has sent some projects' messages; the message that comes again sends them again."""
        while found := self._projects.importing_daily(after, PAGE):
            for project_id in found:
                self._send({"day": day, "project_id": project_id})
            after = found[-1]
            if seconds_left() < MARGIN_SECONDS:
                self._send({"day": day, "after": after})
                return

    def _import(self, project_id: int, day: str) -> None:
        """The list lags: what counts is what the project has now."""
        project = self._projects.get(project_id)
        if project is not None and autoimporter(project.info) and self._is_covered(project):
            self._imports.start(_wanted(project, _guard(project_id, day, 0), None))

    def _is_covered(self, project: Project) -> bool:
        if not self._pro_only:
            return True
        owner = self._users.get(project.owner_id)
        return project.published and owner is not None and owner.pro

    def run_now(self, project: Project, user_id: int | None) -> Record:
        """Today's import, or one more when it is over. Two who ask at once get the same one. Raises DataFault when
        nothing is configured, or for the eleventh import of a day."""
        if not autoimporter(project.info):
            raise DataFault("Choose first what is to be imported every day.")
        guards = [_guard(project.id, self._today, number) for number in range(MOST_A_DAY)]
        begun = self._imports.of_guards(guards)
        for guard in guards:
            if guard not in begun or not begun[guard].over:
                return self._imports.start(_wanted(project, guard, user_id))
        raise DataFault(f"It was imported {MOST_A_DAY} times today: come back tomorrow.")

    def recent(self, project: Project) -> list[Record]:
        """The project's daily imports of two weeks, and those that were begun by hand today, the newest first."""
        days = [timestamp(self._clock() - ago * DAY_SECONDS)[:10] for ago in range(DAYS_SHOWN)]
        guards = [_guard(project.id, day, 0) for day in days]
        guards += [_guard(project.id, days[0], number) for number in range(1, MOST_A_DAY)]
        return sorted(self._imports.of_guards(guards).values(), key=lambda record: -record.id)

    @property
    def _today(self) -> str:
        return timestamp(self._clock())[:10]


def _guard(project_id: int, day: str, number: int) -> str:
    return guard_of(ORIGIN, str(project_id), day, str(number))


def _wanted(project: Project, guard: str, user_id: int | None) -> Record:
    configured = project.info[KEY]
    return Record(
        id=0,
        project_id=project.id,
        source=None,
        created="",
        type=configured[TYPE],
        parameters=fields_of(configured),
        created_by=user_id,
        origin=ORIGIN,
        guard=guard,
        sealed=configured.get(SEALED, ""),
    )
