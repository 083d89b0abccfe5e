"""The API's routes: one table, each row a path with its methods and what answers them."""

from functools import partial
from typing import Any

from chalicelib.api import disqus, external_users, favorites, imports, task_bulk, uploads, verbs, walks, webhooks
from chalicelib.api.announcements import AnnouncementEndpoint
from chalicelib.api.answers import Answer
from chalicelib.api.blogposts import BlogPostEndpoint
from chalicelib.api.calls import Call
from chalicelib.api.categories import CategoryEndpoint
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.globalstats import globalstats
from chalicelib.api.helpingmaterials import HelpingMaterialEndpoint
from chalicelib.api.leaderboard import leaderboard
from chalicelib.api.newtask import newtask
from chalicelib.api.project_pages import PageEndpoint
from chalicelib.api.projects import ProjectEndpoint
from chalicelib.api.projectstats import ProjectStatsEndpoint
from chalicelib.api.results import ResultEndpoint
from chalicelib.api.serving import Methods, Place, Route, View, blueprint_of
from chalicelib.api.taskruns import TaskRunEndpoint
from chalicelib.api.tasks import TaskEndpoint
from chalicelib.api.upload_forms import upload_form
from chalicelib.api.userprogress import userprogress
from chalicelib.api.users import UserEndpoint, refused


def index(call: Call) -> Answer:
    return Answer(f"The {call.services.settings.brand} API", media_type="text/html")


def with_slash(call: Call) -> Answer:
    return Answer(status=308, empty=True, headers={"Location": "/api/"})


def resource(endpoint: Endpoint[Any], create: View | None = None, delete: View | None = None) -> tuple[Route, Route]:
    """The two paths of a resource; `create` and `delete` replace the usual views."""
    name = endpoint.resource.name
    removal = Place(name, "DEL" if delete else "DELETE", name), delete or partial(verbs.delete_item, endpoint)
    many: Methods = {
        "GET": (Place(name, "GET", name), partial(verbs.list_items, endpoint)),
        "POST": (Place(name, "POST", name), create or partial(verbs.create_item, endpoint)),
    }
    one: Methods = {
        "GET": (Place(name, "GET", name), partial(verbs.get_item, endpoint)),
        "PUT": (Place(name, "PUT", name), partial(verbs.update_item, endpoint)),
        "DELETE": removal,
    }
    return (f"/api/{name}", many), (f"/api/{name}/{{identifier}}", one)


def methods(name: str, **views: View) -> dict[str, tuple[Place, View]]:
    """Views of one endpoint by method, e.g. `GET=…`."""
    return {method: (Place(name, method, name), view) for method, view in views.items()}


PROGRESS = {"GET": (Place("userprogress", "USER_PROGRESS"), userprogress)}

LEADERBOARD = Place("leaderboard", "GET"), leaderboard

ROUTES: tuple[Route, ...] = (
    ("/api", {"GET": (Place("index", "GET", limited=False), with_slash)}),
    ("/api/", {"GET": (Place("index", "GET"), index)}),
    *resource(ProjectEndpoint()),
    *resource(TaskEndpoint(), create=task_bulk.create),
    *resource(TaskRunEndpoint()),
    *resource(ResultEndpoint()),
    *resource(CategoryEndpoint()),
    *resource(HelpingMaterialEndpoint()),
    *resource(AnnouncementEndpoint()),
    *resource(BlogPostEndpoint()),
    *resource(PageEndpoint()),
    *resource(ProjectStatsEndpoint()),
    *resource(UserEndpoint(), create=refused, delete=refused),
    (
        "/api/favorites",
        {
            "GET": (Place("favorites", "GET", "task"), favorites.listing),
            "POST": (Place("favorites", "POST", "task"), favorites.add),
        },
    ),
    (
        "/api/favorites/{identifier}",
        {
            "GET": (Place("favorites", "GET", "task"), favorites.one),
            "DELETE": (Place("favorites", "DEL", "task"), favorites.remove),
        },
    ),
    ("/api/disqus/sso", {"GET": (Place("disqus", "GET", "DISQUS_SSO"), disqus.sso)}),
    ("/api/project/{identifier}/newtask", {"GET": (Place("newtask", "GET", "project"), newtask)}),
    ("/api/project/{identifier}/userprogress", PROGRESS),
    ("/api/app/{identifier}/userprogress", PROGRESS),
    ("/api/project/{identifier}/walk", {"GET": (Place("walk", "GET", "project"), walks.walk)}),
    ("/api/project/{identifier}/repair", {"POST": (Place("repair", "POST", "project"), webhooks.repair)}),
    ("/api/globalstats", methods("globalstats", GET=globalstats)),
    ("/leaderboard/", {"GET": LEADERBOARD}),
    ("/leaderboard/window/{window}", {"GET": LEADERBOARD}),
    ("/api/auth/project/{short_name}/token", {"GET": (Place("token", "AUTH_JWT_PROJECT"), external_users.token)}),
    ("/api/import", methods("import", GET=imports.listing)),
    ("/api/import/{identifier}", methods("import", GET=imports.one)),
    ("/api/webhook", methods("webhook", GET=webhooks.log, POST=webhooks.replay_many)),
    ("/api/webhook/{identifier}", methods("webhook", GET=webhooks.one, POST=webhooks.replay)),
    (
        "/api/webhook/secret",
        methods("webhook", GET=webhooks.secrets, POST=webhooks.rotate, DELETE=webhooks.retire),
    ),
    ("/api/upload", methods("upload", POST=upload_form)),
    (
        "/uploads/{container}/{folder}/{name}",
        {"GET": (Place("uploads", "GET", limited=False), uploads.uploaded_file)},
    ),
)

blueprint = blueprint_of(__name__, ROUTES)
