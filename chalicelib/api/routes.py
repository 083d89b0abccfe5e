"""The API's routes: one table, each row a path, its methods and what answers them."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.api import external_users, imports, uploads, verbs, webhooks
from chalicelib.api.answers import Answer, as_response, cors_headers
from chalicelib.api.calls import Call, call_of
from chalicelib.api.categories import CategoryEndpoint
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.errors import defect_answer, error_answer
from chalicelib.api.helpingmaterials import HelpingMaterialEndpoint
from chalicelib.api.newtask import newtask
from chalicelib.api.projects import ProjectEndpoint
from chalicelib.api.results import ResultEndpoint
from chalicelib.api.taskruns import TaskRunEndpoint
from chalicelib.api.tasks import TaskEndpoint
from chalicelib.api.userprogress import userprogress
from chalicelib.api.users import UserEndpoint, refused
from chalicelib.core.errors import ContractError, TooManyRequests
from chalicelib.core.services import services_of

blueprint = Blueprint(__name__)
log = logging.getLogger(__name__)

View = Callable[..., Answer]


@dataclass(frozen=True)
class Place:
    """How a route names itself: to the rate limit, and in errors (§6.1). `target` None: the path."""

    endpoint: str
    action: str
    target: str | None = None
    limited: bool = True


ENDPOINTS: tuple[Endpoint[Any], ...] = (
    ProjectEndpoint(),
    TaskEndpoint(),
    TaskRunEndpoint(),
    ResultEndpoint(),
    CategoryEndpoint(),
    HelpingMaterialEndpoint(),
)


def index(call: Call) -> Answer:
    return Answer(f"The {call.services.settings.brand} API", media_type="text/html")


def with_slash(call: Call) -> Answer:
    return Answer(status=308, empty=True, headers={"Location": "/api/"})


def options(call: Call, **captured: str) -> Answer:
    return Answer(empty=True)


def answered(place: Place, view: View) -> Callable[..., Response]:
    """A Chalice view: whatever happens becomes an answer in the contract's shape, readable across origins."""

    def answer(**captured: str) -> Response:
        call = call_of(services_of(blueprint.current_app), blueprint.current_request)
        extra = cors_headers(call.headers, preflight=call.method == "OPTIONS")
        try:
            if place.limited:
                allowance = call.services.rate_limits.take(place.endpoint, call.caller.identity)
                extra.update(allowance.headers())
                allowance.check()
            found = view(call, **captured)
        except ContractError as error:
            found = error_answer(error, place.action, _target(place, call, error))
        except Exception as error:
            log.exception("%s %s failed", call.method, call.path)
            found = defect_answer(error, place.action, place.target or call.path)
        return as_response(found, extra)

    return answer


def _target(place: Place, call: Call, error: ContractError) -> str:
    return call.path if place.target is None or isinstance(error, TooManyRequests) else place.target


def register(path: str, methods: Mapping[str, tuple[Place, View]]) -> None:
    """Add one path with its methods, and OPTIONS."""
    unlimited = Place(path, "OPTIONS", limited=False)
    for method, (place, view) in {**methods, "OPTIONS": (unlimited, options)}.items():
        function = answered(place, view)
        blueprint.route(path, methods=[method], name=f"api:{method}:{path}", content_types=[])(function)


def register_resource(endpoint: Endpoint[Any], create: View | None = None, delete: View | None = None) -> None:
    """The two paths of a resource; `create` and `delete` replace the usual views."""
    name = endpoint.resource.name
    post = Place(name, "POST", name), create or partial(verbs.create_item, endpoint)
    removal = Place(name, "DEL" if delete else "DELETE", name), delete or partial(verbs.delete_item, endpoint)
    register(f"/api/{name}", {"GET": (Place(name, "GET", name), partial(verbs.list_items, endpoint)), "POST": post})
    register(
        f"/api/{name}/{{identifier}}",
        {
            "GET": (Place(name, "GET", name), partial(verbs.get_item, endpoint)),
            "PUT": (Place(name, "PUT", name), partial(verbs.update_item, endpoint)),
            "DELETE": removal,
        },
    )


for one in ENDPOINTS:
    register_resource(one)
register_resource(UserEndpoint(), create=refused, delete=refused)
register("/api/", {"GET": (Place("index", "GET"), index)})
register("/api", {"GET": (Place("index", "GET", limited=False), with_slash)})
register("/api/project/{identifier}/newtask", {"GET": (Place("newtask", "GET", "project"), newtask)})
for path in ("/api/project/{identifier}/userprogress", "/api/app/{identifier}/userprogress"):
    register(path, {"GET": (Place("userprogress", "USER_PROGRESS"), userprogress)})
register("/api/auth/project/{short_name}/token", {"GET": (Place("token", "AUTH_JWT_PROJECT"), external_users.token)})
register(
    "/uploads/{container}/{folder}/{name}", {"GET": (Place("uploads", "GET", limited=False), uploads.uploaded_file)}
)
register("/api/import", {"GET": (Place("import", "GET", "import"), imports.listing)})
register("/api/import/{identifier}", {"GET": (Place("import", "GET", "import"), imports.one)})
register(
    "/api/webhook",
    {
        "GET": (Place("webhook", "GET", "webhook"), webhooks.log),
        "POST": (Place("webhook", "POST", "webhook"), webhooks.replay_many),
    },
)
register(
    "/api/webhook/{identifier}",
    {
        "GET": (Place("webhook", "GET", "webhook"), webhooks.one),
        "POST": (Place("webhook", "POST", "webhook"), webhooks.replay),
    },
)
register(
    "/api/webhook/secret",
    {
        "GET": (Place("webhook", "GET", "webhook"), webhooks.secrets),
        "POST": (Place("webhook", "POST", "webhook"), webhooks.rotate),
        "DELETE": (Place("webhook", "DELETE", "webhook"), webhooks.retire),
    },
)
register("/api/project/{identifier}/repair", {"POST": (Place("repair", "POST", "project"), webhooks.repair)})
