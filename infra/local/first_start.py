"""What a new instance begins with: an administrator, the categories, the demo project with its tasks.

Started by the launcher, which waits for its end, as `python -m infra.local.first_start <facts of local.json>`, with
the functions' environment. Repeats nothing that is there already, so an interrupted first start can be made again.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local import aws
from infra.local.api import Api
from infra.local.waiting import wait_for

ADMINISTRATOR = ("admin", "admin@example.org")
CATEGORIES = (
    ("Thinking", "thinking", "Volunteers look, read or listen, and say what they found"),
    ("Volunteer Sensing", "sensing", "Volunteers measure or photograph something where they are"),
)
DEMO = Path(__file__).resolve().parent.parent / "demo_project"
IMPORT_SECONDS = 60.0


def main() -> int:
    """Bring the instance to where a first start leaves it; prints what it did."""
    facts = json.loads(sys.argv[1])
    ensure_administrator(facts["admin_api_key"], os.environ)
    api = Api(facts["url"], facts["admin_api_key"])
    _ensure_categories(api)
    _ensure_demo_project(api, facts)
    return 0


def ensure_administrator(api_key: str, environment: Mapping[str, str]) -> None:
    """Make the administrator, or give the one there is this API key."""
    from chalicelib.bootstrap import Bootstrap
    from infra.accounts import create_user

    users = Bootstrap(environment).users
    name, email = ADMINISTRATOR
    existing = users.by_name(name)
    if existing is None:
        create_user(name, email, admin=True, stack=environment["NIMBOSSA_STACK"], api_key=api_key)
    elif users.by_api_key(api_key) is None:
        users.reset_api_key(existing, api_key)


def _ensure_categories(api: Api) -> None:
    known = {category["short_name"] for category in api.get("/api/category", limit=100)}
    for name, short_name, description in CATEGORIES:
        if short_name not in known:
            api.post("/api/category", {"name": name, "short_name": short_name, "description": description})


def _ensure_demo_project(api: Api, facts: Mapping[str, str]) -> None:
    wanted = demo_project()
    found = api.get("/api/project", short_name=wanted["short_name"], all=1)
    project = found[0] if found else api.post("/api/project", wanted)
    content = (DEMO / "tasks.csv").read_bytes()
    key = f"imports/{wanted['short_name']}/tasks.csv"
    aws.client("s3", facts["aws_endpoint"]).put_object(Bucket=facts["import_bucket"], Key=key, Body=content)
    rows = len(content.splitlines()) - 1
    wait_for(lambda: len(_tasks(api, project["id"])) >= rows, IMPORT_SECONDS, f"the import of {rows} demo tasks")
    api.submit(f"/project/{wanted['short_name']}/publish")
    print(f"Demo project: {facts['url']}/project/{wanted['short_name']}/ with {rows} tasks from the import bucket")


def demo_project() -> dict[str, Any]:
    """The demo project as the API takes it, from the files in infra/demo_project."""
    project: dict[str, Any] = json.loads((DEMO / "project.json").read_text())
    project["long_description"] = (DEMO / "long_description.md").read_text()
    project["info"]["task_presenter"] = (DEMO / "presenter.html").read_text()
    project["info"]["tutorial"] = (DEMO / "tutorial.html").read_text()
    return project


def _tasks(api: Api, project_id: int) -> list[Any]:
    tasks: list[Any] = api.get("/api/task", project_id=project_id, limit=100, all=1)
    return tasks


if __name__ == "__main__":
    sys.exit(main())
