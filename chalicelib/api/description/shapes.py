"""The shapes that bodies and answers have, by the names that routes give: those of resources come from their tables,
those of the other routes are here."""

from functools import cache
from typing import Any

import msgspec

from chalicelib.api.description.fields import TEXT, Schema, answered, changed, created, file, form, read, reference
from chalicelib.api.leases import LONGEST_WAIT
from chalicelib.api.manifest import LINES
from chalicelib.api.task_bulk import MOST_TASKS
from chalicelib.api.upload_forms import FILLABLE
from chalicelib.core.deliveries import Attempt
from chalicelib.core.errors import ContractError
from chalicelib.core.filters import MOST_INT
from chalicelib.core.giving_back import TASKS_A_CALL
from chalicelib.core.imports import UNTOLD, Record
from chalicelib.core.resources import RESOURCES, TASK, TASKRUN
from chalicelib.core.withdrawal_requests import LONGEST_TEXT
from chalicelib.importers.catalogue import SOURCES

MEDIA_TYPES = {"text": "text/html", "html": "text/html", "manifest": LINES}
COUNT: Schema = {"type": "integer", "minimum": 0}
ANY_INT: Schema = {"type": "integer"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
INT_OR_NULL: Schema = {"type": ["integer", "null"]}
AN_ID: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_INT - 1}
SOME_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}


def closed(about: str, optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """An object of exactly these keys."""
    required = [name for name in properties if name not in optional]
    known = {"type": "object", "description": about, "properties": properties}
    return {**known, "required": required, "additionalProperties": False}


@cache
def shapes() -> dict[str, Schema]:
    """Every shape by its name."""
    found: dict[str, Schema] = {}
    for resource in RESOURCES:
        found[resource.model] = answered(resource)
        found[f"{resource.model}Read"] = read(resource)
        found[f"{resource.model}Create"] = created(resource)
        found[f"{resource.model}Change"] = changed(resource)
        if resource.multipart:
            found[f"{resource.model}CreateForm"] = form(resource)
        if resource.multipart and resource is not TASKRUN:  # §13: its file is not replaced by a form
            found[f"{resource.model}ChangeForm"] = file(resource)
    one_task = found[f"{TASK.model}Create"]
    many = {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": MOST_TASKS}
    found["OneTaskCreate"], found["TaskCreate"] = one_task, {"anyOf": [reference("OneTaskCreate"), many]}
    return {**found, **OTHERS}


def _errors() -> list[str]:
    """The classes that errors name; a defect names its own."""
    return sorted({one.name for one in ContractError.__subclasses__()})


def _import() -> Schema:
    """The record as it is kept, without what reading goes on from, and with the errors of its rows."""
    (schema,), components = msgspec.json.schema_components([Record], ref_template="#/{name}")
    record = components[schema["$ref"].removeprefix("#/")]
    kept = {name: _inlined(one, components) for name, one in record["properties"].items() if name not in UNTOLD}
    kept["percent"] = {"type": "integer", "minimum": 0, "maximum": 100}
    kept["seconds_left"] = {**INT_OR_NULL, "description": "An estimate; null when there is none or it is over."}
    kept["errors"] = {"type": "array", "items": closed("", line=INT_OR_NULL, reason=TEXT)}
    return closed("What is imported, and what became of it.", (), **kept)


def _inlined(schema: Any, components: dict[str, Any]) -> Any:
    if isinstance(schema, dict) and "anyOf" in schema:
        return {"anyOf": [_inlined(one, components) for one in schema["anyOf"]]}
    if isinstance(schema, dict) and "$ref" in schema:
        return {**components[schema["$ref"].removeprefix("#/")], "title": ""}
    return {key: value for key, value in schema.items() if key != "default"} if isinstance(schema, dict) else schema


def _attempt() -> Schema:
    (_,), components = msgspec.json.schema_components([Attempt])
    return closed("One attempt.", (), **{name: dict(one) for name, one in components["Attempt"]["properties"].items()})


OTHERS: dict[str, Schema] = {
    "Error": closed(
        "What every error looks like; `status_code` is the HTTP status.",
        ("errors",),
        action=TEXT,
        status={"const": "failed"},
        status_code=ANY_INT,
        target={**TEXT, "description": "The resource, or the path."},
        exception_cls={**TEXT, "description": f"One of {', '.join(_errors())}; another name is a defect of ours."},
        exception_msg={**TEXT, "description": "What is wrong, and mostly what to change."},
        errors={
            "type": "array",
            "items": reference("BulkError"),
            "description": "Of many tasks: what is wrong with each.",
        },
    ),
    "BulkError": closed(
        "What is wrong with one member of the array.",
        index=COUNT,
        error=closed("", status_code=ANY_INT, exception_cls=TEXT, exception_msg=TEXT),
    ),
    "TasksMade": closed(
        "What an array of tasks came to.",
        tasks={"type": "array", "items": reference("Task")},
        errors={"type": "array", "items": reference("BulkError")},
    ),
    "TaskOrTasks": {"anyOf": [reference("Task"), reference("TasksMade")]},
    "NothingLeft": {"type": "object", "description": "No task is left for the caller.", "maxProperties": 0},
    "NotAllowed": {
        "type": "object",
        "description": "A task of nulls, whose `info.error` says that the project wants volunteers with an account.",
        "properties": {"id": {"type": "null"}, "info": closed("", error=TEXT)},
        "required": ["id", "info"],
    },
    "NewTask": {
        "anyOf": [
            reference("Task"),
            {"type": "array", "items": reference("Task"), "minItems": 2},
            reference("NothingLeft"),
            reference("NotAllowed"),
        ]
    },
    "TokenRefusal": closed("What is wrong with the token of a project's own user.", code=TEXT, description=TEXT),
    "Progress": closed("Task runs of the caller, tasks of the project.", done=COUNT, total=COUNT),
    "Favorite": {
        "type": "object",
        "properties": {
            "task_id": {"type": ["integer", "string"], "description": "The task.", "pattern": "^[0-9]{1,15}$"}
        },
        "required": ["task_id"],
        "additionalProperties": False,
    },
    "Returned": {
        "type": "object",
        "properties": {
            "task_ids": {
                "type": ["array", "null"],
                "items": {**ANY_INT, "minimum": 1, "maximum": MOST_INT - 1},
                "maxItems": TASKS_A_CALL,
                "description": "Only the leases of these tasks.",
            },
            "seconds": {
                "type": "integer",
                "minimum": 0,
                "maximum": LONGEST_WAIT,
                "description": "In how many seconds they end: now unless given. Not looked at when all end.",
            },
        },
        "additionalProperties": False,
    },
    "Volunteer": {
        "type": "object",
        "description": "One of these columns of a task run, or one of the runs.",
        "properties": {
            "user_id": {**AN_ID, "description": "An account."},
            "user_ip": {**SOME_TEXT, "description": "All who contributed without an account from this address."},
            "external_uid": {**SOME_TEXT, "description": "One of the project's own users."},
            "taskrun_id": {**AN_ID, "description": "Whoever made this run."},
        },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    },
    "Upload": {
        "type": "object",
        "properties": {
            "resource": {"enum": list(FILLABLE), "description": "What the file is for."},
            "file_name": {**TEXT, "description": "Its name with an allowed extension."},
            "project_id": {"description": "Of everything but an announcement, where it is not looked at."},
            "task_id": {"description": "Of a task run; not looked at elsewhere."},
            "external_uid": {"description": "Of a task run by a user of the project's own; not looked at elsewhere."},
        },
        "required": ["resource", "file_name"],
        "additionalProperties": False,
    },
    "UploadForm": closed(
        "Post `fields` and then the file, in the part `file`, to `url` before it expires.",
        url=TEXT,
        fields={"type": "object", "additionalProperties": TEXT},
        max_bytes=COUNT,
        expires=TEXT,
        media_url={**TEXT, "description": "What the POST or PUT of the object names."},
        container=TEXT,
        file_name=TEXT,
    ),
    "Disqus": closed("What Disqus' script is handed.", remote_auth_s3=TEXT, api_key=TEXT),
    "Totals": closed(
        "Some minutes old.",
        n_projects=COUNT,
        n_users={**COUNT, "description": "Accounts and anonymous volunteers."},
        n_tasks={**COUNT, "description": "Answers wanted, of all tasks together."},
        n_task_runs=COUNT,
        n_pending_tasks={**ANY_INT, "description": "Answers still wanted."},
        n_results={**COUNT, "description": "Results whose `info` is not null."},
        categories={
            "type": "array",
            "items": {"type": "object", "additionalProperties": COUNT},
            "description": "Published projects by category, then `featured` and `draft` ones.",
        },
    ),
    "Leaderboard": closed(
        "The twenty best; then the caller, or those around them.",
        template=TEXT,
        title=TEXT,
        top_users={"type": "array", "items": reference("Leader")},
    ),
    "Leader": closed(
        "One volunteer; the names are those that the account shows.",
        ("fullname", "created"),
        name=TEXT,
        fullname=TEXT_OR_NULL,
        created=TEXT,
        locale={"type": "null"},
        n_answers={"type": "null"},
        registered_ago={"type": "null"},
        rank=COUNT,
        score=COUNT,
    ),
    "Import": _import(),
    "WantedImport": {
        "type": "object",
        "description": "Beside these the fields of the source (docs/importing.md); or a form with a part named file.",
        "properties": {"project_id": ANY_INT, "type": {"enum": list(SOURCES)}},
        "required": ["project_id", "type"],
    },
    "ImportFile": {
        "type": "object",
        "properties": {"project_id": ANY_INT, "file_name": {**TEXT, "description": "Its end tells the format."}},
        "required": ["project_id", "file_name"],
    },
    "ImportForm": closed(
        "Post `fields` and then the file, in the part `file`, to `url` before it expires.",
        url=TEXT,
        fields={"type": "object", "additionalProperties": TEXT},
        key={**TEXT, "description": "The `source.key` of the import that the file begins."},
        max_bytes=COUNT,
        expires=TEXT,
    ),
    "ImportPreview": closed(
        "One record: the task that it would be, or the reason why it would be none.",
        line=ANY_INT,
        task={"anyOf": [{"type": "object"}, {"type": "null"}]},
        reason=TEXT_OR_NULL,
    ),
    "Delivery": closed(
        "One message: what is sent, what became of it.",
        id=TEXT,
        created=TEXT,
        updated=TEXT,
        project_id=ANY_INT,
        payload={"type": "object"},
        response={**TEXT_OR_NULL, "description": "What the listener said last."},
        response_status_code=INT_OR_NULL,
        state={"enum": ["waiting", "delivered", "failed"]},
        attempts={"type": "array", "items": _attempt()},
    ),
    "Replayed": closed("Messages sent again.", replayed={"type": "array", "items": TEXT}, last_id=TEXT_OR_NULL),
    "Secrets": closed("Newest first; a signature by any of them is good.", secrets={"type": "array", "items": TEXT}),
    "Walk": closed(
        "Tasks looked at and changed so far; `n_answers` is null unless the redundancy is changed.",
        project_id=ANY_INT,
        state={"enum": ["waiting", "running", "settling", "finished"]},
        tasks=COUNT,
        seen=COUNT,
        changed=COUNT,
        n_answers=INT_OR_NULL,
        asked=TEXT,
        finished=TEXT_OR_NULL,
    ),
    "GoldAnswer": {
        "type": "object",
        "properties": {"answer": {"description": "What a right answer has in its `info`; not null."}},
        "required": ["answer"],
        "additionalProperties": False,
    },
    "Gold": closed("`answer` is null of a task that is not gold.", task_id=ANY_INT, answer={}),
    "Accuracy": closed(
        "One volunteer; `accuracy` is `right` of `answered`.",
        contributor=TEXT,
        user_id=INT_OR_NULL,
        answered=COUNT,
        right=COUNT,
        accuracy={"type": "number", "minimum": 0, "maximum": 1},
    ),
    "Leases": closed(
        "The tasks on which leases were ended.", task_ids={"type": "array", "items": ANY_INT}, last_id=INT_OR_NULL
    ),
    "Withdrawal": closed(
        "Of an import's tasks or a volunteer's task runs: how many were seen, withdrawn, left, and why.",
        project_id=ANY_INT,
        id=ANY_INT,
        state={"enum": ["waiting", "running", "finished", "cancelled"]},
        import_id=INT_OR_NULL,
        force={"type": "boolean", "description": "Tasks with task runs too."},
        user_id=INT_OR_NULL,
        user_ip=TEXT_OR_NULL,
        external_uid=TEXT_OR_NULL,
        asked=TEXT,
        asked_by={**INT_OR_NULL, "description": "An account."},
        seen=COUNT,
        withdrawn=COUNT,
        left=COUNT,
        reason=TEXT_OR_NULL,
        finished=TEXT_OR_NULL,
    ),
    "PrivateBucket": closed(
        "A bucket, and a role that may read it.",
        bucket={**SOME_TEXT, "description": "Its name alone."},
        role_arn={**SOME_TEXT, "description": "The role's ARN; its name begins with `role_prefix`."},
    ),
    "PrivateBuckets": closed(
        "What a role has to trust (`account`) and to ask for (`external_id`), and the buckets that are linked to.",
        account=TEXT,
        external_id=TEXT,
        role_prefix=TEXT,
        buckets={"type": "array", "items": closed("", bucket=TEXT, role_arn=TEXT, region=TEXT)},
    ),
    "Keys": {"type": "array", "items": TEXT, "description": "Keys of objects, ascending."},
    "Repair": closed("Tasks looked at, results made.", looked=COUNT, made=COUNT, last_id=INT_OR_NULL),
    "OpenApi": {"type": "object", "description": "An OpenAPI 3.1 document."},
}
