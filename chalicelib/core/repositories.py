"""What routes and triggers ask of the stores, one protocol per aggregate; the real ones are in `store/`.

`after` methods are keyset pagination: ids above `last_id`, ascending, at most `limit`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from chalicelib.core.announcements import Announcement
from chalicelib.core.audit import Author
from chalicelib.core.blogposts import BlogPost
from chalicelib.core.categories import Category
from chalicelib.core.projects import Card, Project
from chalicelib.core.results import Result
from chalicelib.core.seats import Placing, Redundancy, Sheet
from chalicelib.core.stores import Accuracy
from chalicelib.core.tasks import NewTask, Task, TaskRun
from chalicelib.core.users import User

Thing = TypeVar("Thing")
Passed = Callable[[int], None]  # is told how many rows were read and not given; may raise


def nobody(rows: int) -> None:
    """Nobody wants to know how much is read."""


class Changed(Exception):
    """The stored object is no longer the one that was read; nothing was stored. Read it again."""


class Projects(Protocol):
    def next_id(self) -> int: ...

    def create(self, project: Project, author: Author) -> None:
        """Raises IntegrityFault when a name is taken."""

    def get(self, project_id: int) -> Project | None: ...

    def by_short_name(self, short_name: str) -> Project | None: ...

    def card(self, project_id: int) -> Card | None:
        """What a contribution needs, up to a few seconds old."""

    def many(self, ids: Sequence[int]) -> list[Project]: ...

    def ids(self, owner_id: int | None, last_id: int, limit: int) -> list[int]:
        """The ids that `after` would give."""

    def importing_daily(self, last_id: int, limit: int) -> list[int]:
        """Ids of projects with an autoimporter, up to a few seconds old."""

    def before(self, owner_id: int | None, last_id: int | None, limit: int) -> list[Project]:
        """From the newest down; below `last_id` if given."""

    def after(self, owner_id: int | None, last_id: int, limit: int) -> list[Project]:
        """Of one owner, or of all."""

    def change(self, old: Project, new: Project, author: Author) -> None:
        """Raises IntegrityFault when a new name is taken, Changed."""

    def delete(self, project: Project, author: Author) -> None:
        """Its tasks must be gone before."""


class Changes(Protocol):
    """When something in a project was made or changed last: tasks, task runs, blog posts."""

    def note(self, project_id: int) -> None:
        """Something was changed just now; what is made is noted with it."""

    def last(self, ids: Sequence[int]) -> Mapping[int, str]:
        """By project; those in which nothing was made yet are left out."""


class Users(Protocol):
    def next_id(self) -> int: ...

    def create(self, user: User, api_key: str, password_hash: str | None = None) -> None:
        """Raises IntegrityFault when name, address or key is taken."""

    def get(self, user_id: int) -> User | None: ...

    def by_name(self, name: str) -> User | None: ...

    def by_email(self, email_addr: str) -> User | None:
        """Whatever the case of its letters."""

    def by_api_key(self, api_key: str) -> User | None: ...

    def password_of(self, user_id: int) -> str | None:
        """The hash of the account's password; None for one that has none."""

    def set_password(self, user_id: int, password_hash: str, session: str | None) -> None:
        """Ends every session but this one."""

    def open_session(self, user: User, session: str, now: float) -> None: ...

    def close_session(self, user_id: int, session: str) -> None: ...

    def after(self, last_id: int, limit: int) -> list[User]: ...

    def change(self, old: User, new: User) -> None:
        """Raises IntegrityFault when the new name or address is taken, Changed."""

    def reset_api_key(self, user: User, api_key: str) -> None: ...


class Categories(Protocol):
    def next_id(self) -> int: ...

    def all(self) -> list[Category]: ...

    def get(self, category_id: int) -> Category | None: ...

    def create(self, category: Category) -> None:
        """Raises IntegrityFault when a name is taken."""

    def change(self, old: Category, new: Category) -> None:
        """Raises IntegrityFault when a new name is taken, Changed."""

    def delete(self, category: Category) -> None: ...


class Shelf(Protocol[Thing]):
    """Blog posts, pages or helping materials."""

    def next_id(self) -> int: ...

    def get(self, thing_id: int) -> Thing | None: ...

    def after(self, project_id: int, last_id: int, limit: int) -> list[Thing]: ...

    def create(self, thing: Thing) -> None: ...

    def change(self, old: Thing, new: Thing) -> None:
        """Raises Changed."""

    def delete(self, thing: Thing) -> None: ...


class BlogPosts(Shelf[BlogPost], Protocol):
    def count(self, project_id: int) -> int: ...

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[BlogPost]:
        """From the newest down; below `last_id` if given."""


class Announcements(Protocol):
    def next_id(self) -> int: ...

    def get(self, announcement_id: int) -> Announcement | None: ...

    def after(self, last_id: int, limit: int) -> list[Announcement]: ...

    def before(self, last_id: int | None, limit: int) -> list[Announcement]:
        """From the newest down; below `last_id` if given."""

    def create(self, announcement: Announcement) -> None: ...

    def change(self, old: Announcement, new: Announcement) -> None:
        """Raises Changed."""

    def delete(self, announcement: Announcement) -> None: ...


class Favorites(Protocol):
    def has(self, user_id: int, task_id: int) -> bool: ...

    def after(self, user_id: int, last_task: int, limit: int) -> list[int]:
        """Ids of the account's favourite tasks."""

    def add(self, user_id: int, task: Task) -> bool:
        """False when the task is gone. Raises TooManyFavorites."""

    def remove(self, user_id: int, task_id: int) -> bool:
        """False when it was none of the account's favourites."""


class Tasks(Protocol):
    def get(self, task_id: int) -> Task | None: ...

    def create(self, project_id: int, queue: str, new: NewTask) -> Task: ...

    def change(self, task: Task, info: Any, quorum: int, calibration: int) -> None:
        """Raises Changed."""

    def after(self, project_id: int | None, last_id: int, limit: int, passed: Passed = nobody) -> list[Task]:
        """Of one project, or of all; then a block of ids without tasks is `passed`."""

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[Task]:
        """From the newest down; below `last_id` if given."""

    def pass_over(self, project_id: int, count: int, passed: Passed = nobody) -> tuple[int, int]:
        """Where the tasks after the first `count` begin: an id, and how many are to be passed over behind it."""

    def count(self, project_id: int) -> int:
        """How many tasks a project has."""

    def delete(self, task: Task, sheet: Sheet) -> bool:
        """With its sheet, runs and results; False when the sheet changed since it was read."""


class TaskBulk(Protocol):
    def take_ids(self, project_id: int, count: int) -> list[int]:
        """Ids of new tasks."""

    def create(self, project_id: int, queue: str, news: Sequence[tuple[int, NewTask]]) -> list[Task]:
        """The tasks of (id, task), stored unless they were. Raises Unavailable."""


class Sheets(Protocol):
    def read(
        self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
    ) -> tuple[dict[str, Sheet], dict[int, Task]]: ...

    def change_redundancy(self, change: Redundancy) -> bool:
        """False when the sheet changed since it was observed."""

    def change_priority(self, sheet: Sheet, priority: float) -> bool:
        """False when the sheet's place changed since it was read."""

    def place(self, placing: Placing) -> bool:
        """List it somewhere else; False when the sheet changed since it was observed."""

    def set_gold(self, placing: Placing, answer: Any) -> bool:
        """The expected answer (None: none) and the sheet's queue at once; False when the sheet changed since."""


class Activity(Protocol):
    def projects_of(self, contributor: str) -> list[int]:
        """The projects a contributor has been active in, ascending."""

    def runs_of(self, contributor: str) -> int:
        """How many runs a contributor has, over all projects."""

    def accuracies(self, project_id: int, last: str, limit: int) -> list[Accuracy]:
        """Contributors who have answered gold tasks of a project, ascending by key, above `last`."""


class Runs(Protocol):
    def find(self, project_id: int, contributor: str, task_id: int) -> TaskRun | None: ...

    def get(self, run_id: int) -> TaskRun | None: ...

    def of_task(self, sheet: Sheet) -> list[TaskRun]: ...

    def of_contributor(self, project_id: int, contributor: str, last_task: int, limit: int) -> list[TaskRun]:
        """One contributor's runs, ascending by task, on tasks above `last_task`."""

    def after(self, project_id: int, last_id: int, limit: int) -> list[TaskRun]: ...

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[TaskRun]:
        """From the newest down; below `last_id` if given."""

    def change(self, run: TaskRun, info: Any, media_url: str | None) -> bool: ...

    def change_vote(self, sheet: Sheet, run: TaskRun, info: Any, media_url: str | None, vote: str | None) -> None:
        """The same, and its vote. Raises SeatChanged when sheet or run changed, or the task is complete."""

    def withdraw(self, sheet: Sheet, run: TaskRun) -> None:
        """Delete the run and free its seat. Raises SeatChanged when either changed."""


class Uploads(Protocol):
    """Files that callers upload; a key names one."""

    def put(self, key: str, content: bytes) -> None: ...

    def copy(self, key: str, new_key: str) -> bool:
        """False when there is no such file."""

    def remove(self, key: str) -> None: ...

    def form(self, key: str, most_bytes: int, seconds: int) -> tuple[str, dict[str, str]]:
        """Address and fields of a form with which anybody can send that file for `seconds`."""

    def address(self, key: str, seconds: int) -> str:
        """Where anybody can read the file for `seconds`."""


class Results(Protocol):
    def get(self, result_id: int) -> Result | None:
        """Any version."""

    def of_task(self, task_id: int) -> Result | None:
        """The newest version."""

    def all_of_task(self, task_id: int) -> list[Result]:
        """Every version, ascending by id."""

    def after(
        self, project_id: int, last_id: int, limit: int, superseded: bool = False, passed: Passed = nobody
    ) -> list[Result]:
        """Versions of the other kind are `passed`."""

    def before(
        self, project_id: int, last_id: int | None, limit: int, superseded: bool = False, passed: Passed = nobody
    ) -> list[Result]:
        """From the newest down; below `last_id` if given."""

    def set_info(self, result_id: int, info: Any) -> bool:
        """False when the result is gone."""
