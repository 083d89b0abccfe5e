"""Examples of the resources and of the other shapes, for the description and for `docs/reference`."""

from functools import cache
from typing import Any

from chalicelib.api.description import fields
from chalicelib.core.resources import RESOURCES, Field, Kind, Resource

TIME = "2026-11-22T17:07:13.346655"
SITE = "https://example.org"
VALUES: dict[str, Any] = {
    "name": "Birds",
    "short_name": "birds",
    "description": "Which bird is it?",
    "secret_key": "b3c1f6a2-2f0e-4a3b-9d57-1d3ad5b0a111",
    "owner_id": 1,
    "category_id": 1,
    "owners_ids": [1],
    "project_id": 2,
    "task_id": 1000,
    "user_id": 7,
    "state": "ongoing",
    "task_run_ids": [5, 9],
    "last_version": True,
    "fullname": "Ann Example",
    "email_addr": "ann@example.org",
    "title": "A thousand birds",
    "body": "Thank you all.",
    "slug": "about",
    "n_answers": 30,
    "overall_progress": 40,
    "last_activity": TIME,
}
OF: dict[str, dict[str, Any]] = {
    "task": {"id": 1000, "info": {"image": "https://example.org/1.jpg"}},
    "taskrun": {"info": "wren"},
    "result": {"info": {"species": "wren"}},
    "category": {"name": "Nature", "short_name": "nature", "description": "Plants and animals"},
    "user": {"name": "ann", "locale": "en", "n_answers": None},
    "projectstats": {"id": 2, "average_time": 12.5},
}
TO_CREATE: dict[str, tuple[str, ...]] = {
    "project": ("name", "short_name", "description"),
    "task": ("project_id", "info"),
    "taskrun": ("project_id", "task_id", "info"),
    "result": ("info",),
    "category": ("name", "short_name", "description"),
    "user": ("fullname",),
    "helpingmaterial": ("project_id", "info"),
    "announcement": ("title", "body", "published"),
    "blogpost": ("project_id", "title", "body", "published"),
    "page": ("project_id", "slug", "info"),
    "projectstats": ("project_id", "n_tasks"),
}
TO_CHANGE: dict[str, dict[str, Any]] = {
    "project": {"description": "Which bird sings?"},
    "task": {"n_answers": 3},
    "taskrun": {"info": "robin"},
    "category": {"description": "Whatever lives"},
    "user": {"locale": "de"},
    "helpingmaterial": {"priority": 0.5},
    "announcement": {"published": False},
    "blogpost": {"title": "Two thousand birds"},
    "page": {"info": {"text": "About us"}},
}


def answered(resource: Resource) -> dict[str, Any]:
    """One of them, as a POST answers."""
    return {name: _value(resource, resource.by_name[name]) for name in fields.answered(resource)["properties"]}


def read(resource: Resource) -> dict[str, Any]:
    """One of them, as a GET answers."""
    row = answered(resource)
    if resource.linked:
        row["link"] = f"<link rel='self' title='{resource.name}' href='{SITE}/api/{resource.name}/{row['id']}'/>"
    if resource.parents:
        row["links"] = [
            f"<link rel='{'category' if name == 'category' else 'parent'}' title='{name}' "
            f"href='{SITE}/api/{name}/{row[key]}'/>"
            for name, key in resource.parents.items()
        ]
    return row


def to_create(resource: Resource) -> dict[str, Any]:
    """A body for POST."""
    return {name: _value(resource, resource.by_name[name]) for name in TO_CREATE[resource.name]}


def to_change(resource: Resource) -> dict[str, Any]:
    """A body for PUT."""
    return TO_CHANGE.get(resource.name) or to_create(resource)


def _value(resource: Resource, field: Field) -> Any:
    own = OF.get(resource.name, {})
    if field.name in own:
        return own[field.name]
    if field.name in VALUES and not (field.nullable and field.name == "n_answers"):
        return VALUES[field.name]
    return USUAL[field.kind] if field.default is None and not field.nullable else field.default


USUAL: dict[Kind, Any] = {
    Kind.INT: 1,
    Kind.FLOAT: 0.0,
    Kind.BOOL: True,
    Kind.TEXT: "text",
    Kind.TIME: TIME,
    Kind.JSON: None,
    Kind.OBJECT: {},
    Kind.INTS: [],
}

ROLE = "arn:aws:iam::444455556666:role/nimbossa-media-traps"
LEADER = {
    "name": "ann",
    "locale": None,
    "n_answers": None,
    "registered_ago": None,
    "rank": 1,
    "score": 250,
}


# What no table of fields describes.
PLAIN: dict[str, Any] = {
    "Favorite": {"task_id": 1000},
    "Progress": {"done": 3, "total": 250},
    "Replayed": {"replayed": ["1000.0", "1001.0"], "last_id": None},
    "Repair": {"looked": 100, "made": 1, "last_id": None},
    "Upload": {"resource": "helpingmaterial", "project_id": 2, "file_name": "birds.zip"},
    "Secrets": {"secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]},
    "Totals": {
        "n_projects": 2,
        "n_users": 40,
        "n_tasks": 7500,
        "n_task_runs": 3000,
        "n_pending_tasks": 4500,
        "n_results": 80,
        "categories": [{"nature": 1}, {"featured": 0}, {"draft": 1}],
    },
    "Error": {
        "action": "GET",
        "status": "failed",
        "status_code": 404,
        "target": "task",
        "exception_cls": "NotFound",
        "exception_msg": "404 Not Found: there is no task 5",
    },
    "GoldAnswer": {"answer": {"kind": "cirrus"}},
    "Gold": {"task_id": 1000, "answer": {"kind": "cirrus"}},
    "Accuracy": {"contributor": "uW3fQ0c8Yx2mTz7K", "user_id": 5, "answered": 8, "right": 7, "accuracy": 0.875},
    "Walk": {
        "project_id": 2,
        "state": "running",
        "tasks": 250,
        "seen": 100,
        "changed": 40,
        "n_answers": 5,
        "asked": TIME,
        "finished": None,
    },
    "Volunteer": {"user_id": 5},
    "Withdrawal": {
        "project_id": 2,
        "id": 1184062112890880,
        "state": "finished",
        "import_id": None,
        "force": False,
        "user_id": 5,
        "user_ip": None,
        "external_uid": None,
        "asked": TIME,
        "asked_by": 1,
        "seen": 40,
        "withdrawn": 40,
        "left": 0,
        "reason": None,
        "finished": TIME,
    },
    "UploadForm": {
        "url": "https://uploads.s3.example.org/",
        "fields": {
            "key": "unclaimed/4f0c/birds.zip",
            "policy": "eyJjb25kaXRpb25zIjogW119",
            "x-amz-signature": "9a7b",
        },
        "max_bytes": 1_000_000_000,
        "expires": TIME,
        "media_url": f"{SITE}/uploads/unclaimed/4f0c/birds.zip",
        "container": "user_1",
        "file_name": "birds.zip",
    },
    "PrivateBucket": {"bucket": "camera-traps", "role_arn": ROLE},
    "PrivateBuckets": {
        "account": "111122223333",
        "external_id": "nimbossa-imports-111122223333-eu-west-1-project-2",
        "role_prefix": "nimbossa-media-",
        "buckets": [{"bucket": "camera-traps", "role_arn": ROLE, "region": "eu-west-1"}],
    },
    "Keys": ["2026/fox.jpg", "2026/owl.jpg"],
    "Returned": {"task_ids": [1]},
    "Leases": {"task_ids": [1], "last_id": None},
    "Leaderboard": {"template": "/stats/index.html", "title": "Community Leaderboard", "top_users": [LEADER]},
    "Leader": LEADER,
    "ImportFile": {"project_id": 2, "file_name": "birds.csv"},
    "ImportForm": {
        "url": "https://imports.s3.example.org/",
        "fields": {"key": "imports/birds/4f0c/birds.csv", "policy": "eyJjb25kaXRpb25z", "x-amz-signature": "9a7b"},
        "key": "imports/birds/4f0c/birds.csv",
        "max_bytes": 4_294_967_296,
        "expires": TIME,
    },
    "WantedImport": {"project_id": 2, "type": "csv", "csv_url": "https://example.org/birds.csv"},
    "ImportPreview": {
        "line": 2,
        "task": {
            "project_id": 2,
            "info": {"image": "https://example.org/1.jpg"},
            "n_answers": 30,
            "priority_0": 0.0,
            "quorum": 0,
            "calibration": 0,
            "state": "ongoing",
            "fav_user_ids": None,
        },
        "reason": None,
    },
    "Import": {
        "id": 1,
        "project_id": 2,
        "source": {"bucket": "imports", "key": "imports/birds/1.csv", "version": "1", "etag": "", "size": 64},
        "created": TIME,
        "state": "finished",
        "type": "object",
        "parameters": {},
        "created_by": None,
        "origin": "object",
        "message": None,
        "gathered": 0,
        "total": 2,
        "rows_seen": 2,
        "tasks_made": 1,
        "duplicates": 0,
        "error_count": 1,
        "started": TIME,
        "finished": TIME,
        "percent": 100,
        "seconds_left": None,
        "errors": [{"line": 3, "reason": "n_answers must be a whole number from 1 to 1000."}],
    },
}


@cache
def of_shapes() -> dict[str, Any]:
    """An example of each shape that has one."""
    found: dict[str, Any] = {}
    for resource in RESOURCES:
        found[resource.model], found[f"{resource.model}Read"] = answered(resource), read(resource)
        found[f"{resource.model}Create"], found[f"{resource.model}Change"] = to_create(resource), to_change(resource)
    task = found["Task"]
    return {
        **PLAIN,
        **found,
        "TaskOrTasks": task,
        "NewTask": task,
        "TasksMade": {"tasks": [task], "errors": []},
    }
