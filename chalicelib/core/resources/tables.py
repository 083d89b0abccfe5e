"""The resources' field tables (contract rest-api.md §9, fields.json)."""

from chalicelib.core.resources.fields import Field, Kind, Resource
from chalicelib.core.tasks import DEFAULT_ANSWERS, MOST_ANSWERS

NAME_LENGTH = 255
STATES = ("ongoing", "completed")

_ID = Field("id", Kind.INT, "Its number; numbers ascend with creation.", reserved=True)
_CREATED = Field("created", Kind.TIME, "When it was made.", reserved=True)
_UPDATED = Field("updated", Kind.TIME, "When it last changed.", reserved=True)
_INFO_OBJECT = Field("info", Kind.OBJECT, "Anything of your own, as a JSON object.", default={})
_MEDIA_URL = Field("media_url", Kind.TEXT, "Where its file is.", nullable=True, longest=2000)
_PROJECT = Field("project_id", Kind.INT, "The project it belongs to.")


def _name(name: str, about: str) -> Field:
    return Field(name, Kind.TEXT, about, longest=NAME_LENGTH, required=True)


PROJECT = Resource(
    "project",
    "Project",
    "A project: what volunteers see of it, its presenter and its rules.",
    (
        _ID,
        _CREATED,
        _UPDATED,
        _name("name", "Its name; no other project has it."),
        _name("short_name", "Its name in addresses; no other project has it."),
        _name("description", "One sentence for the list of projects."),
        Field("long_description", Kind.TEXT, "The text of its page, in Markdown.", nullable=True),
        Field("webhook", Kind.TEXT, "The address that is told of completed tasks.", nullable=True, longest=2000),
        Field("allow_anonymous_contributors", Kind.BOOL, "Whether people without an account may help.", default=True),
        Field("published", Kind.BOOL, "Whether it is listed; set on the site, not by the API.", default=False),
        Field("featured", Kind.BOOL, "Shown first; only administrators change it.", default=False),
        Field("secret_key", Kind.TEXT, "Signs the tokens of its own users.", reserved=True),
        Field("zip_download", Kind.BOOL, "Whether the public may download exports.", default=True),
        Field("contacted", Kind.BOOL, "Kept for PYBOSSA's clients.", default=False, reserved=True),
        Field("owner_id", Kind.INT, "The main owner's account; on POST always the caller's."),
        Field("category_id", Kind.INT, "The category it is listed in; the first one unless given."),
        Field("info", Kind.OBJECT, "Presenter, tutorial, scheduler (`sched`) and whatever else you keep.", default={}),
        Field("owners_ids", Kind.INTS, "The accounts of all owners, the main owner among them.", default=[]),
    ),
    forbidden=frozenset({"published"}),
    also_reserved=frozenset({"completed"}),
    parents={"category": "category_id"},
)

TASK = Resource(
    "task",
    "Task",
    "A question to be answered by `n_answers` volunteers.",
    (
        _ID,
        _CREATED,
        _PROJECT,
        Field("state", Kind.TEXT, "Completed as soon as it has its answers.", choices=STATES, reserved=True),
        Field("quorum", Kind.INT, "Kept for your own use.", default=0),
        Field("calibration", Kind.INT, "Kept for your own use.", default=0),
        Field("priority_0", Kind.FLOAT, "Higher ones are handed out first.", default=0.0, least=0, most=1),
        Field("info", Kind.JSON, "What the presenter shows: any JSON value.", nullable=True),
        Field("n_answers", Kind.INT, "Answers wanted.", default=DEFAULT_ANSWERS, least=1, most=MOST_ANSWERS),
        Field("fav_user_ids", Kind.INTS, "Accounts whose favourite it is.", nullable=True, reserved=True),
    ),
    parents={"project": "project_id"},
)

TASKRUN = Resource(
    "taskrun",
    "TaskRun",
    "A task run: one volunteer's answer to one task.",
    (
        _ID,
        _CREATED,
        _PROJECT,
        Field("task_id", Kind.INT, "The task it answers."),
        Field("user_id", Kind.INT, "The volunteer's account; set by the server.", nullable=True),
        Field("user_ip", Kind.TEXT, "A pseudonym of the address of a volunteer without account.", nullable=True),
        Field("finish_time", Kind.TIME, "When the answer came.", reserved=True),
        Field("timeout", Kind.INT, "Kept for your own use.", nullable=True),
        Field("calibration", Kind.INT, "Kept for your own use.", nullable=True),
        Field("external_uid", Kind.TEXT, "A user of the project's own.", nullable=True, longest=NAME_LENGTH),
        _MEDIA_URL,
        Field("info", Kind.JSON, "The answer: any JSON value.", nullable=True),
    ),
    parents={"project": "project_id", "task": "task_id"},
    multipart=True,
)

RESULT = Resource(
    "result",
    "Result",
    "What a completed task came to: its runs, and what an owner makes of them.",
    (
        _ID,
        _CREATED,
        Field("project_id", Kind.INT, "The project it belongs to.", reserved=True),
        Field("task_id", Kind.INT, "The completed task.", reserved=True),
        Field("task_run_ids", Kind.INTS, "The runs that it rests on.", reserved=True),
        Field("last_version", Kind.BOOL, "False once a newer result of the task is there.", reserved=True),
        Field("info", Kind.JSON, "The conclusion that you draw: any JSON value.", nullable=True),
    ),
    parents={"project": "project_id", "task": "task_id"},
)

CATEGORY = Resource(
    "category",
    "Category",
    "A category that projects are listed in.",
    (
        _ID,
        _CREATED,
        _name("name", "Its name; no other category has it."),
        _name("short_name", "Its name in addresses; no other category has it."),
        _name("description", "What belongs into it."),
        _INFO_OBJECT,
    ),
    reserved_names_key=True,
    scoped=False,
)

USER = Resource(
    "user",
    "User",
    "An account. Others see what its owner shows them; all of it is for themself and administrators.",
    (
        _ID,
        _CREATED,
        Field("name", Kind.TEXT, "The name in addresses; administrators change it.", longest=NAME_LENGTH),
        Field("fullname", Kind.TEXT, "The name that is shown.", longest=500),
        Field("locale", Kind.TEXT, "The language.", longest=35, default="en"),
        Field("email_addr", Kind.TEXT, "The mail address; administrators change it.", longest=254),
        _INFO_OBJECT,
        Field("user_pref", Kind.OBJECT, "Preferences, as a JSON object; never shown.", default={}),
        Field("admin", Kind.BOOL, "Whether it administers the site; never shown.", default=False),
        Field("pro", Kind.BOOL, "Kept for PYBOSSA's clients; never shown.", default=False),
        Field("restrict", Kind.BOOL, "Hidden from everybody else; never shown.", default=False),
        Field("privacy_mode", Kind.BOOL, "Whether others see the short name only; never shown.", default=True),
        Field("subscribed", Kind.BOOL, "Whether it wants mails; never shown.", default=False),
        Field("n_answers", Kind.INT, "Always null here.", nullable=True, reserved=True),
        Field("registered_ago", Kind.TEXT, "Always null here.", nullable=True, reserved=True),
        Field("rank", Kind.INT, "Always null here; the leaderboard tells it.", nullable=True, reserved=True),
        Field("score", Kind.INT, "Always null here; the leaderboard tells it.", nullable=True, reserved=True),
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
    "A help item of a project, such as a picture for its tutorial.",
    (
        _ID,
        _CREATED,
        _PROJECT,
        _INFO_OBJECT,
        _MEDIA_URL,
        Field("priority", Kind.FLOAT, "Higher ones are shown first.", default=0.0),
    ),
    parents={"project": "project_id"},
    multipart=True,
)

_POST = (
    Field("user_id", Kind.INT, "Who wrote it.", nullable=True, reserved=True),
    _name("title", "Its heading."),
    Field("body", Kind.TEXT, "Its text.", required=True),
    _INFO_OBJECT,
    _MEDIA_URL,
    Field("published", Kind.BOOL, "Whether others may read it.", default=False),
)

ANNOUNCEMENT = Resource(
    "announcement",
    "Announcement",
    "News of the whole site.",
    (_ID, _CREATED, _UPDATED, *_POST),
    scoped=False,
    multipart=True,
)

BLOGPOST = Resource(
    "blogpost",
    "Blogpost",
    "An entry of a project's blog.",
    (_ID, _CREATED, _UPDATED, _PROJECT, *_POST),
    reserved_names_key=True,
    parents={"project": "project_id"},
    multipart=True,
)

PAGE = Resource(
    "page",
    "Page",
    "A page of a project.",
    (_ID, _CREATED, _name("slug", "Its name in addresses."), _PROJECT, _INFO_OBJECT, _MEDIA_URL),
    parents={"project": "project_id"},
    multipart=True,
)

PROJECTSTATS = Resource(
    "projectstats",
    "ProjectStats",
    "What a project has come to, in figures.",
    (
        Field("id", Kind.INT, "The project's number."),
        _PROJECT,
        Field("n_tasks", Kind.INT, "Tasks."),
        Field("n_task_runs", Kind.INT, "Answers."),
        Field("n_results", Kind.INT, "Results whose `info` is not null."),
        Field("n_volunteers", Kind.INT, "Accounts, addresses and browsers that answered."),
        Field("n_completed_tasks", Kind.INT, "Completed tasks."),
        Field("overall_progress", Kind.INT, "Completed tasks of a hundred, rounded down.", least=0, most=100),
        Field("average_time", Kind.FLOAT, "Seconds from lease to answer, of the newest hundred runs."),
        Field("n_blogposts", Kind.INT, "Blog posts."),
        Field("last_activity", Kind.TEXT, 'When the last answer came; "0" when none has.'),
        Field("info", Kind.OBJECT, "With `full`: series by hour, by date and by volunteer.", default={}),
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
