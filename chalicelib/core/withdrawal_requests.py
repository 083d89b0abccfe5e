"""What somebody asks to be withdrawn: an import, or a volunteer who is named by a column of their task runs."""

from collections.abc import Mapping
from typing import Any, Protocol

from chalicelib.core.errors import DataFault, TypeFault
from chalicelib.core.imports import Record
from chalicelib.core.tasks import TaskRun
from chalicelib.core.withdrawals import Withdrawal

KEYS = ("user_id", "user_ip", "external_uid", "taskrun_id")
MOST_NUMBER = 2**53
LONGEST_TEXT = 500


class Volunteers(Protocol):
    """The keys that volunteers contribute under."""

    def account_key(self, user_id: int) -> str: ...
    def external_key(self, project_id: int, uid: str) -> str: ...
    def keys_behind(self, project_id: int, address: str) -> list[str]: ...


class Runs(Protocol):
    def get(self, run_id: int) -> TaskRun | None: ...


def of_import(record: Record, force: bool) -> Withdrawal:
    """The tasks that an import made, `force`: those with task runs too. Raises DataFault for one that made none."""
    if record.project_id is None:
        raise DataFault(f"Import {record.id} is of no project: it made no tasks.")
    return _wanted(import_id=record.id, force=force)


def of_volunteer(given: Mapping[str, Any], project_id: int, volunteers: Volunteers, runs: Runs) -> Withdrawal:
    """The task runs of one volunteer: `given` has one of KEYS; `taskrun_id` means whoever made that run. Raises
    TypeFault, DataFault."""
    unknown = sorted(given.keys() - set(KEYS))
    if unknown:
        raise TypeFault(f"{unknown[0][:80]!r} is no key of a withdrawal; its keys are {', '.join(KEYS)}.")
    if len(given) != 1:
        raise DataFault(f"Name the volunteer by one of {', '.join(KEYS)}.")
    ((name, value),) = given.items()
    if name == "taskrun_id":
        return _author_of(_number(name, value), project_id, runs)
    if name == "user_id":
        return _wanted(user_id=_number(name, value), contributors=(volunteers.account_key(value),))
    text = _text(name, value)
    if name == "external_uid":
        return _wanted(external_uid=text, contributors=(volunteers.external_key(project_id, text),))
    return _wanted(user_ip=text, contributors=tuple(volunteers.keys_behind(project_id, text)))


def _author_of(run_id: int, project_id: int, runs: Runs) -> Withdrawal:
    run = runs.get(run_id)
    if run is None or run.project_id != project_id:
        raise DataFault(f"The project has no task run {run_id}.")
    names = {"user_id": run.user_id, "user_ip": run.user_ip, "external_uid": run.external_uid}
    return _wanted(**names, contributors=(run.contributor,))


def _wanted(**fields: Any) -> Withdrawal:
    """Ids and times are made when it is asked for."""
    return Withdrawal(project_id=0, id=0, asked="", asked_by=None, **fields)


def _number(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < MOST_NUMBER:
        raise DataFault(f"{name} must be a whole number above 0.")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT:
        raise DataFault(f"{name} must be a text of 1 to {LONGEST_TEXT} characters.")
    return value
