"""The API's routes: one table, each row a path with its methods, what answers them, and what is told of them
(`/api/openapi.json`)."""

from dataclasses import replace
from functools import cache
from typing import Any

from chalicelib.api import (
    disqus,
    external_users,
    favorites,
    import_forms,
    import_requests,
    imports,
    task_bulk,
    uploads,
    webhooks,
    withdrawals,
)
from chalicelib.api.announcements import AnnouncementEndpoint
from chalicelib.api.answers import Answer
from chalicelib.api.blogposts import BlogPostEndpoint
from chalicelib.api.bucket_keys import bucket_keys
from chalicelib.api.calls import Call
from chalicelib.api.categories import CategoryEndpoint
from chalicelib.api.globalstats import globalstats
from chalicelib.api.helpingmaterials import HelpingMaterialEndpoint
from chalicelib.api.leaderboard import leaderboard
from chalicelib.api.operations import Operation, Place, Route, Who, get, row
from chalicelib.api.project_pages import PageEndpoint
from chalicelib.api.project_routes import PROJECT_ROUTES
from chalicelib.api.projects import ProjectEndpoint
from chalicelib.api.projectstats import ProjectStatsEndpoint
from chalicelib.api.resource_routes import Told, resource
from chalicelib.api.results import ResultEndpoint
from chalicelib.api.serving import blueprint_of
from chalicelib.api.tags import tagged
from chalicelib.api.taskruns import TaskRunEndpoint
from chalicelib.api.tasks import TaskEndpoint
from chalicelib.api.upload_forms import upload_form
from chalicelib.api.users import UserEndpoint, refused


def index(call: Call) -> Answer:
    return Answer(f"The {call.services.settings.brand} API", media_type="text/html")


def with_slash(call: Call) -> Answer:
    return Answer(status=308, empty=True, headers={"Location": "/api/"})


@cache
def described(brand: str) -> dict[str, Any]:
    """The OpenAPI document of these routes, under the site's name; made when somebody asks for it, once."""
    from chalicelib.api.description.document import document

    return document(ROUTES, brand)


def openapi(call: Call) -> Answer:
    return tagged(call, Answer(described(call.services.settings.brand)))


LEADERS = Operation("leaderboard", "Who made the most task runs", "Leaderboard", query=("info",), errors=(404,))
SECRETS = Operation(
    "list_webhook_secret", "The secrets that sign", "Secrets", Who.KEEPERS, query=("project_id",), errors=(403, 415)
)


ROUTES: tuple[Route, ...] = (
    get("/api/", Place("index", "GET"), index, Operation("index", "What this is, in words", "html")),
    get(
        "/api",
        Place("index", "GET", limited=False),
        with_slash,
        Operation("index_elsewhere", "Sent on to /api/", None, status=308),
    ),
    get(
        "/api/openapi.json",
        Place("openapi", "GET"),
        openapi,
        Operation("openapi", "This description", "OpenApi", tagged=True),
    ),
    *resource(
        ProjectEndpoint(),
        Told(
            Who.ACCOUNTS,
            Who.KEEPERS,
            extras=("stats",),
            about={
                "get": "Drafts are for owners and administrators; they see every field.",
                "delete": "With everything in it; a project with results stays.",
            },
        ),
    ),
    *resource(
        TaskEndpoint(),
        Told(
            Who.KEEPERS,
            Who.KEEPERS,
            extras=("related",),
            listing=("participated",),
            made="TaskOrTasks",
            about={
                "create": "An array of up to 500 makes many; those that could not be made are told one by one.",
                "delete": "With its runs. Once it has a result, administrators only.",
            },
        ),
        create=task_bulk.create,
    ),
    *resource(
        TaskRunEndpoint(),
        Told(
            Who.ANYONE,
            Who.AUTHORS,
            extras=("related",),
            about={
                "create": "The task must have been asked for with newtask less than an hour ago.",
                "change": "Only `info` and `media_url`, and only while no result rests on it.",
                "delete": "Only while no result rests on it.",
            },
        ),
    ),
    *resource(
        ResultEndpoint(),
        Told(
            change=Who.KEEPERS,
            delete=Who.NOBODY,
            extras=("related",),
            about={
                "list": "Last versions; `last_version=false` asks for the superseded ones.",
                "change": "Only `info`.",
            },
        ),
    ),
    *resource(CategoryEndpoint(), Told(Who.ADMINISTRATORS, Who.ADMINISTRATORS)),
    *resource(HelpingMaterialEndpoint(), Told(Who.OWNERS, Who.OWNERS)),
    *resource(AnnouncementEndpoint(), Told(Who.ADMINISTRATORS, Who.ADMINISTRATORS)),
    *resource(BlogPostEndpoint(), Told(Who.OWNERS, Who.AUTHORS)),
    *resource(PageEndpoint(), Told(Who.OWNERS, Who.OWNERS)),
    *resource(ProjectStatsEndpoint(), Told(extras=("full",))),
    *resource(
        UserEndpoint(),
        Told(
            change=Who.AUTHORS,
            delete=Who.NOBODY,
            about={
                "create": "Accounts are made on the site.",
                "change": "Administrators may change more than its owner may.",
                "delete": "Accounts are removed on the site.",
            },
        ),
        create=refused,
        delete=refused,
    ),
    (
        "/api/favorites",
        {
            "GET": (
                Place("favorites", "GET", "task"),
                favorites.listing,
                Operation(
                    "list_favorites",
                    "The caller's favourite tasks",
                    "[TaskRead]",
                    Who.ACCOUNTS,
                    query=("limit", "offset", "last_id", "orderby:task", "desc", "related"),
                    errors=(403, 413, 415),
                ),
            ),
            "POST": (
                Place("favorites", "POST", "task"),
                favorites.add,
                Operation(
                    "add_favorite", "Add a task", "Task", Who.ACCOUNTS, body="Favorite", errors=(403, 404, 413, 415)
                ),
            ),
        },
    ),
    (
        "/api/favorites/{identifier}",
        {
            "GET": (
                Place("favorites", "GET", "task"),
                favorites.one,
                Operation(
                    "get_favorite",
                    "One favourite task",
                    "TaskRead",
                    Who.ACCOUNTS,
                    query=("related",),
                    errors=(403, 404, 413),
                    tagged=True,
                ),
            ),
            "DELETE": (
                Place("favorites", "DEL", "task"),
                favorites.remove,
                Operation("remove_favorite", "Remove a task", "Task", Who.ACCOUNTS, errors=(403, 404)),
            ),
        },
    ),
    get(
        "/api/disqus/sso",
        Place("disqus", "GET", "DISQUS_SSO"),
        disqus.sso,
        Operation(
            "disqus_sso",
            "Sign on to Disqus",
            "Disqus",
            errors=(405,),
            about="Where the site has keys for it; elsewhere 405.",
        ),
    ),
    *PROJECT_ROUTES,
    get(
        "/api/globalstats",
        Place("globalstats", "GET", "globalstats"),
        globalstats,
        Operation("globalstats", "The site's totals", "Totals"),
    ),
    get("/leaderboard/", Place("leaderboard", "GET"), leaderboard, LEADERS),
    get(
        "/leaderboard/window/{window}",
        Place("leaderboard", "GET"),
        leaderboard,
        replace(LEADERS, name="leaderboard_window"),
    ),
    get(
        "/api/auth/project/{short_name}/token",
        Place("token", "AUTH_JWT_PROJECT"),
        external_users.token,
        Operation(
            "token",
            "A token for the project's own users",
            "text",
            Who.PROJECT,
            errors=(403, 404),
            about="Send the project's `secret_key` in the header Authorization.",
        ),
    ),
    (
        "/api/import",
        row(
            "import",
            GET=(
                imports.listing,
                Operation(
                    "list_import",
                    "Imports, and what became of them",
                    "[Import]",
                    Who.KEEPERS,
                    query=("project_id:optional", "last_id:number", "limit:number"),
                    errors=(403, 415),
                ),
            ),
            POST=(
                import_requests.start,
                Operation(
                    "start_import",
                    "Import tasks from a source",
                    "Import",
                    Who.KEEPERS,
                    body="WantedImport",
                    errors=(403, 413, 415),
                    about="Up to 200 records are imported when this answers, more of them in the background.",
                ),
            ),
        ),
    ),
    (
        "/api/import/form",
        row(
            "import",
            POST=(
                import_forms.import_form,
                Operation(
                    "create_import_form",
                    "A form for a file that is too large for a request",
                    "ImportForm",
                    Who.KEEPERS,
                    body="ImportFile",
                    errors=(403, 415),
                    about="Whoever has the form sends the file straight to the bucket, and that begins its import.",
                ),
            ),
        ),
    ),
    (
        "/api/import/preview",
        row(
            "import",
            POST=(
                import_requests.preview,
                Operation(
                    "preview_import",
                    "The first five records as they would be stored",
                    "[ImportPreview]",
                    Who.KEEPERS,
                    body="WantedImport",
                    errors=(403, 413, 415, 503),
                ),
            ),
        ),
    ),
    (
        "/api/import/{identifier}",
        row(
            "import",
            GET=(imports.one, Operation("get_import", "One import", "Import", Who.KEEPERS, errors=(403, 404))),
            DELETE=(
                withdrawals.withdraw_import,
                Operation(
                    "withdraw_import",
                    "Withdraw the tasks that it made",
                    "Withdrawal",
                    Who.KEEPERS,
                    query=("force",),
                    status=202,
                    errors=(403, 404, 415),
                    about="In the background. Tasks with task runs stay and are counted, unless `force` is given.",
                ),
            ),
        ),
    ),
    (
        "/api/webhook",
        row(
            "webhook",
            GET=(
                webhooks.log,
                Operation(
                    "list_webhook",
                    "The delivery log of a project's webhook",
                    "[Delivery]",
                    Who.KEEPERS,
                    query=("project_id", "last_id:text", "limit:number"),
                    errors=(403, 415),
                ),
            ),
            POST=(
                webhooks.replay_many,
                Operation(
                    "replay_webhooks",
                    "Send many messages again",
                    "Replayed",
                    Who.KEEPERS,
                    query=("project_id", "last_id:text", "failed", "all:messages"),
                    errors=(403, 415),
                    about="Up to a hundred per call; go on with the `last_id` of the answer until it is null.",
                ),
            ),
        ),
    ),
    (
        "/api/webhook/{identifier}",
        row(
            "webhook",
            GET=(
                webhooks.one,
                Operation(
                    "get_webhook", "One message", "Delivery", Who.KEEPERS, identifier="message", errors=(403, 404)
                ),
            ),
            POST=(
                webhooks.replay,
                Operation(
                    "replay_webhook", "Send it again", "Delivery", Who.KEEPERS, identifier="message", errors=(403, 404)
                ),
            ),
        ),
    ),
    (
        "/api/webhook/secret",
        row(
            "webhook",
            GET=(webhooks.secrets, SECRETS),
            POST=(webhooks.rotate, replace(SECRETS, name="rotate_webhook_secret", summary="Make a new secret")),
            DELETE=(
                webhooks.retire,
                replace(SECRETS, name="retire_webhook_secret", summary="Let only the newest secret sign"),
            ),
        ),
    ),
    (
        "/api/upload",
        row(
            "upload",
            POST=(
                upload_form,
                Operation(
                    "create_upload",
                    "A form for a file that is too large for a request",
                    "UploadForm",
                    body="Upload",
                    errors=(403,),
                    about="For whoever may make the object, which then names its `media_url`: docs/uploads.md.",
                ),
            ),
        ),
    ),
    get(
        "/amazon/bucket/{bucket}",
        Place("amazon", "GET"),
        bucket_keys,
        Operation(
            "bucket_keys",
            "The objects of a bucket in Amazon S3 that is open to everybody",
            "Keys",
            query=("prefix", "after"),
            errors=(403, 404, 415),
            about="At most a thousand; go on with `after`, the last one's key.",
        ),
    ),
    get(
        "/uploads/{container}/{folder}/{name}",
        Place("uploads", "GET", limited=False),
        uploads.uploaded_file,
        Operation("uploaded_file", "The file behind a media_url", None, status=302, errors=(404,)),
    ),
)

blueprint = blueprint_of(__name__, ROUTES)
