"""What an import came to, told to the project's owner by mail (contract importers.md §2.3, §2.4, §5).

| it was begun | mail |
|---|---|
| by the daily autoimport | when it made tasks, also if it failed then |
| by a request, and went on in the background | always, with the reason when it failed |
| by an object in the import bucket | never: a folder of a thousand files would be a thousand mails |

An import that was withdrawn is told by nobody: the owner did it.
"""

from collections.abc import Sequence
from typing import Protocol

from chalicelib.core.imports import LONGEST_REASON, Record, RowError
from chalicelib.core.mails import Mail, Mails, one_line
from chalicelib.core.projects import Project
from chalicelib.core.users import User

LONGEST_NAME = 100  # characters of a project's name in a subject
ERRORS_TOLD = 5


class Projects(Protocol):
    def get(self, project_id: int) -> Project | None: ...


class Users(Protocol):
    def get(self, user_id: int) -> User | None: ...


def report(tasks_made: int) -> str:
    """What PYBOSSA says of an import (§2.3): of tasks that were made, whatever was skipped."""
    if not tasks_made:
        return "There was nothing new to import."
    return "1 new task was imported." if tasks_made == 1 else f"{tasks_made:,} new tasks were imported."


def is_told(record: Record) -> bool:
    """Whether a record that is over, and that a handler in the background ended, is worth a mail."""
    if record.state not in ("finished", "failed"):
        return False
    return record.origin == "request" or (record.origin == "daily" and record.tasks_made > 0)


class Reports:
    """Tells owners. `base_url` is the site's address, "" when it is not known outside of requests: then a mail has no
    links."""

    def __init__(self, mails: Mails, projects: Projects, users: Users, brand: str, base_url: str) -> None:
        self._mails = mails
        self._projects = projects
        self._users = users
        self._brand = brand
        self._base_url = base_url.rstrip("/")

    def send(self, record: Record, errors: Sequence[RowError]) -> None:
        """The mail about a record that is over, if there is one to send: to the project's owner, not to co-owners, nor
        to whoever began it (§2.4), nor to restricted accounts (events.md §10). Raises when it was not accepted."""
        project = self._projects.get(record.project_id) if record.project_id is not None else None
        if project is None or not is_told(record):
            return
        owner = self._users.get(project.owner_id)
        if owner is not None and not owner.restrict:
            self._mails.send(
                Mail(owner.email_addr, self._subject(record, project), self._body(record, project, errors))
            )

    def _subject(self, record: Record, project: Project) -> str:
        what = "import failed" if record.state == "failed" else report(record.tasks_made).rstrip(".")
        return one_line(f"{one_line(project.name, LONGEST_NAME)}: {what}")

    def _body(self, record: Record, project: Project, errors: Sequence[RowError]) -> str:
        told = [f"Import {record.id} into {one_line(project.name)}:", *_figures(record), *_reasons(record, errors)]
        return "\n".join([*told, "", *self._links(record, project), "-- ", one_line(self._brand), ""])

    def _links(self, record: Record, project: Project) -> list[str]:
        if not self._base_url:
            return []
        tasks = f"{self._base_url}/project/{project.short_name}/tasks"
        lines = [f"The import: {tasks}/import/{record.id}"]
        if record.origin == "daily":
            lines.append(f"What is imported every day, and how to end it: {tasks}/autoimporter")
        return [*lines, ""]


def _figures(record: Record) -> list[str]:
    lines = [report(record.tasks_made)]
    if record.state == "failed":
        lines.insert(0, "The import failed before its end.")
    if record.duplicates:
        lines.append(f"Records that are tasks already: {record.duplicates:,}.")
    return lines


def _reasons(record: Record, errors: Sequence[RowError]) -> list[str]:
    if not record.error_count:
        return []
    first = [one_line(_reason(error), LONGEST_REASON) for error in errors[:ERRORS_TOLD]]
    more = record.error_count - len(first)
    return ["", f"What was wrong ({record.error_count:,}):", *first, *([f"… and {more:,} more."] if more else [])]


def _reason(error: RowError) -> str:
    return error.reason if error.line is None else f"Line {error.line:,}: {error.reason}"
