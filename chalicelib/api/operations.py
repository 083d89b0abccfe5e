"""What the API's description (`/api/openapi.json`) tells of one method of one route: it stands beside the route.

Only words: shapes and parameters are looked up by name when the description is made (api/description), so that a cold
start does without them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from chalicelib.api.answers import Answer

View = Callable[..., Answer]


class Who(Enum):
    """Whose requests are answered with success (contract rest-api.md §9)."""

    ANYONE = "everybody"
    ACCOUNTS = "everybody with an account"
    KEEPERS = "owners and co-owners of the project, administrators"
    OWNERS = "the project's main owner, administrators"
    AUTHORS = "its author, administrators"
    ADMINISTRATORS = "administrators"
    PROJECT = "whoever has the project's secret_key"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Place:
    """How a route names itself: to the rate limit, in errors (§6.1; `target` None: the path), and as the chapter of
    the description that it is in."""

    endpoint: str
    action: str
    target: str | None = None
    limited: bool = True


@dataclass(frozen=True)
class Operation:
    """`name` is unique. `answer` and `body` name shapes, `[…]` a list of them; an answer of None has no content.
    `query` names parameters, `identifier` what the `{identifier}` of the path is, `filters` the resource whose fields
    may be asked for. `status` is that of success (what nobody may do has none), `errors` are the statuses beside those
    of every route; `tagged` answers have an ETag. `refusals` are errors of another shape than the usual one."""

    name: str
    summary: str
    answer: str | None
    who: Who = Who.ANYONE
    body: str | None = None
    query: tuple[str, ...] = ()
    filters: str | None = None
    identifier: str = "identifier"
    status: int = 200
    errors: tuple[int, ...] = ()
    refusals: Mapping[int, str] = field(default_factory=dict)
    tagged: bool = False
    about: str = ""


Methods = Mapping[str, tuple[Place, View, Operation]]
Route = tuple[str, Methods]


def row(name: str, **views: tuple[View, Operation]) -> Methods:
    """Views of one endpoint by method, e.g. `GET=…`, each with what is told of it."""
    return {method: (Place(name, method, name), *view) for method, view in views.items()}


def get(path: str, place: Place, view: View, told: Operation) -> Route:
    """A path that only answers GET."""
    return path, {"GET": (place, view, told)}
