"""The resources' field tables (contract rest-api.md §9, fields.json)."""

from chalicelib.core.resources.fields import Field, Kind, Resource
from chalicelib.core.tasks import DEFAULT_ANSWERS

NAME_LENGTH = 255

_ID = Field("id", Kind.INT, reserved=True)
_CREATED = Field("created", Kind.TIME, reserved=True)
_INFO_OBJECT = Field("info", Kind.OBJECT, default={})
_MEDIA_URL = Field("media_url", Kind.TEXT, nullable=True, longest=2000)


def _name(name: str) -> Field:
    return Field(name, Kind.TEXT, longest=NAME_LENGTH, required=True)


PROJECT = Resource(
    "project",
    "Project",
    (
        _ID,
        _CREATED,
        Field("updated", Kind.TIME, reserved=True),
        _name("name"),
        _name("short_name"),
        _name("description"),
        Field("long_description", Kind.TEXT, nullable=True),
        Field("webhook", Kind.TEXT, nullable=True, longest=2000),
        Field("allow_anonymous_contributors", Kind.BOOL, default=True),
        Field("published", Kind.BOOL, default=False),
        Field("featured", Kind.BOOL, default=False),
        Field("secret_key", Kind.TEXT, reserved=True),
        Field("zip_download", Kind.BOOL, default=True),
        Field("contacted", Kind.BOOL, default=False, reserved=True),
        Field("owner_id", Kind.INT),
        Field("category_id", Kind.INT),
        _INFO_OBJECT,
        Field("owners_ids", Kind.INTS, default=[]),
    ),
    forbidden=frozenset({"published"}),
    also_reserved=frozenset({"completed"}),
    parents={"category": "category_id"},
)

TASK = Resource(
    "task",
    "Task",
    (
        _ID,
        _CREATED,
        Field("project_id", Kind.INT),
        Field("state", Kind.TEXT, reserved=True),
        Field("quorum", Kind.INT, default=0),
        Field("calibration", Kind.INT, default=0),
        Field("priority_0", Kind.FLOAT, default=0.0),
        Field("info", Kind.JSON, nullable=True),
        Field("n_answers", Kind.INT, default=DEFAULT_ANSWERS),
        Field("fav_user_ids", Kind.INTS, nullable=True, reserved=True),
    ),
    parents={"project": "project_id"},
)

TASKRUN = Resource(
    "taskrun",
    "TaskRun",
    (
        _ID,
        _CREATED,
        Field("project_id", Kind.INT),
        Field("task_id", Kind.INT),
        Field("user_id", Kind.INT, nullable=True),
        Field("user_ip", Kind.TEXT, nullable=True),
        Field("finish_time", Kind.TIME, reserved=True),
        Field("timeout", Kind.INT, nullable=True),
        Field("calibration", Kind.INT, nullable=True),
        Field("external_uid", Kind.TEXT, nullable=True, longest=NAME_LENGTH),
        _MEDIA_URL,
        Field("info", Kind.JSON, nullable=True),
    ),
    parents={"project": "project_id", "task": "task_id"},
)

RESULT = Resource(
    "result",
    "Result",
    (
        _ID,
        _CREATED,
        Field("project_id", Kind.INT, reserved=True),
        Field("task_id", Kind.INT, reserved=True),
        Field("task_run_ids", Kind.INTS, reserved=True),
        Field("last_version", Kind.BOOL, reserved=True),
        Field("info", Kind.JSON, nullable=True),
    ),
    parents={"project": "project_id", "task": "task_id"},
)

CATEGORY = Resource(
    "category",
    "Category",
    (_ID, _CREATED, _name("name"), _name("short_name"), _name("description"), _INFO_OBJECT),
    reserved_names_key=True,
    scoped=False,
)

USER = Resource(
    "user",
    "User",
    (
        _ID,
        _CREATED,
        Field("name", Kind.TEXT, longest=NAME_LENGTH),
        Field("fullname", Kind.TEXT, longest=500),
        Field("locale", Kind.TEXT, longest=35, default="en"),
        Field("email_addr", Kind.TEXT, longest=254),
        _INFO_OBJECT,
        Field("user_pref", Kind.OBJECT, default={}),
        Field("admin", Kind.BOOL, default=False),
        Field("pro", Kind.BOOL, default=False),
        Field("restrict", Kind.BOOL, default=False),
        Field("privacy_mode", Kind.BOOL, default=True),
        Field("subscribed", Kind.BOOL, default=False),
        Field("n_answers", Kind.INT, nullable=True, reserved=True),
        Field("registered_ago", Kind.TEXT, nullable=True, reserved=True),
        Field("rank", Kind.INT, nullable=True, reserved=True),
        Field("score", Kind.INT, nullable=True, reserved=True),
    ),
    also_reserved=frozenset(
        {
            "api_key",
            "passwd_hash",
            "ldap",
            "ckan_api",
            "category",
            "flags",
            "valid_email",
            "confirmation_email_sent",
            "newsletter_prompted",
            "consent",
            "notified_at",
        }
    ),
    scoped=False,
    linked=False,
)

HELPINGMATERIAL = Resource(
    "helpingmaterial",
    "HelpingMaterial",
    (
        _ID,
        _CREATED,
        Field("project_id", Kind.INT),
        _INFO_OBJECT,
        _MEDIA_URL,
        Field("priority", Kind.FLOAT, default=0.0),
    ),
    parents={"project": "project_id"},
    multipart=True,
)

_POST = (
    Field("user_id", Kind.INT, nullable=True, reserved=True),
    _name("title"),
    Field("body", Kind.TEXT, required=True),
    _INFO_OBJECT,
    _MEDIA_URL,
    Field("published", Kind.BOOL, default=False),
)
_UPDATED = Field("updated", Kind.TIME, reserved=True)

ANNOUNCEMENT = Resource("announcement", "Announcement", (_ID, _CREATED, _UPDATED, *_POST), scoped=False, multipart=True)

BLOGPOST = Resource(
    "blogpost",
    "Blogpost",
    (_ID, _CREATED, _UPDATED, Field("project_id", Kind.INT), *_POST),
    reserved_names_key=True,
    parents={"project": "project_id"},
    multipart=True,
)

PAGE = Resource(
    "page",
    "Page",
    (_ID, _CREATED, _name("slug"), Field("project_id", Kind.INT), _INFO_OBJECT, _MEDIA_URL),
    parents={"project": "project_id"},
    multipart=True,
)

PROJECTSTATS = Resource(
    "projectstats",
    "ProjectStats",
    (
        Field("id", Kind.INT),
        Field("project_id", Kind.INT),
        Field("n_tasks", Kind.INT),
        Field("n_task_runs", Kind.INT),
        Field("n_results", Kind.INT),
        Field("n_volunteers", Kind.INT),
        Field("n_completed_tasks", Kind.INT),
        Field("overall_progress", Kind.INT),
        Field("average_time", Kind.FLOAT),
        Field("n_blogposts", Kind.INT),
        Field("last_activity", Kind.TEXT),
        Field("info", Kind.OBJECT, default={}),
    ),
    scoped=False,
    parents={"project": "project_id"},
)

RESOURCES = (
    PROJECT,
    TASK,
    TASKRUN,
    RESULT,
    CATEGORY,
    USER,
    HELPINGMATERIAL,
    ANNOUNCEMENT,
    BLOGPOST,
    PAGE,
    PROJECTSTATS,
)
