"""What the rehearsal plays: a project's life by HTTP, an import, completions, and webhooks that end in each way."""

import gzip
import time
from collections.abc import Callable, Mapping
from typing import Any

import app
from infra import accounts
from tests.fakes.played_cloud import Cloud
from tests.fakes.played_site import HOST, Site

ROWS = [f"row {number},0.{number % 10}" for number in range(1200)]
CSV = "\n".join(["question,priority_0", *ROWS, "row 7,0.5", "row 8,no number", ""])
PNG = b"\x89PNG\r\n\x1a\n"
ENDS = ("well", "gone", "broken")  # how the listener of the project of that name answers

Run = Callable[..., Any]  # run(function, handler, event, seconds=60): the handler's answer


def play(cloud: Cloud, run: Run, listener: str) -> None:
    """Every function at least once; assertions only keep the play from becoming hollow."""
    key = accounts.create_user("rehearser", "rehearser@example.org", admin=True, stack=cloud.stack)
    site = Site(lambda event: run("APIHandler", app.app, event), key)
    projects = {name: _make_project(site, name, f"{listener}/{name}") for name in ENDS}
    _import_tasks(cloud, run)
    _import_from_requests(cloud, run, site)
    _import_daily(cloud, run, site, listener)
    for project in projects.values():
        _volunteer(site, project)
    _administer(cloud, site, projects["well"])
    _look_at_media(cloud, run, site, projects["well"])
    _walk(cloud, run, site, projects["well"])
    _complete(cloud, run)
    _deliver(cloud, run)
    _look_back(site, projects)
    _withdraw(cloud, run, site)


def _make_project(site: Site, name: str, webhook: str, tried: bool = False) -> int:
    fields = {"name": name, "short_name": name, "description": name}
    made: int = site.ask("POST", "/api/project", fields | {"info": {"task_presenter": "<p>"}})["id"]
    site.ask("POST", "/api/task", {"project_id": made, "info": {"question": "?"}, "n_answers": 1, "priority_0": 1})
    site.ask("PUT", f"/api/project/{made}", {"webhook": webhook})
    if tried:
        _answer(site, made, None)  # by the owner; publishing takes the answer back
    site.ask("POST", f"/project/{name}/publish", {})
    return made


def _import_tasks(cloud: Cloud, run: Run) -> None:
    event = cloud.put_object("imports/well/tasks.csv", CSV)
    for one in (event, event, cloud.put_object("imports/well/empty.csv", "")):
        run("ObjectCreated", app.object_created, one)
    _import_slices(cloud, run, 0)  # no time to do more than hand over
    _import_slices(cloud, run, 60)
    cloud.lose_an_imported_task()
    for name, text in (("again.csv", CSV), ("again.csv.gz", gzip.compress(CSV.encode()))):
        run("ObjectCreated", app.object_created, cloud.put_object(f"imports/well/{name}", text))
        _import_slices(cloud, run, 60)


def _import_from_requests(cloud: Cloud, run: Run, site: Site) -> None:
    """Two that the request brings to their end, and one that it leaves to the queue."""
    project = _make_project(site, "asked", f"https://{HOST}/")
    few, many = b"number\n1\n2\n", b"number\n" + b"\n".join(b"%d" % n for n in range(300))
    for name, content in (("few.csv", few), ("few.csv.gz", gzip.compress(few)), ("many.csv", many)):
        site.upload("/api/import", {"project_id": project}, content, name)
    _import_slices(cloud, run, 60)


def _import_daily(cloud: Cloud, run: Run, site: Site, listener: str) -> None:
    """A round of which a handler does one page, and the mail about what is new."""
    page = "/project/daily/tasks/autoimporter"
    project = _make_project(site, "daily", f"{listener}/well")
    site.ask("POST", page, {"form_name": "csv", "csv_url": f"{listener}/table.csv"})
    run("Autoimports", app.autoimports, cloud.schedule())
    _import_slices(cloud, run, 0)  # no time to do more than hand over
    _import_slices(cloud, run, 60)
    (record,) = site.ask("GET", "/api/import", project_id=project)
    assert (record["origin"], record["tasks_made"]) == ("daily", 2)
    assert "Done" in site.ask("GET", page)
    for action in ("run", "delete"):
        site.ask("POST", f"{page}/{action}", {})
    _import_slices(cloud, run, 60)


def _look_at_media(cloud: Cloud, run: Run, site: Site, project: int) -> None:
    """A picture dropped into the bucket, and one in a bucket of the owner's: readers get links to both."""
    run("ObjectCreated", app.object_created, cloud.put_object("imports/well/owl.png", "a picture"))
    _import_slices(cloud, run, 60)
    cloud.make_bucket("camera-traps")
    role = "arn:aws:iam::000000000000:role/nimbossa-media-traps"
    site.ask("POST", f"/api/project/{project}/bucket", {"bucket": "camera-traps", "role_arn": role})
    info = {"url": "https://camera-traps.s3.amazonaws.com/fox.png"}
    site.ask("POST", "/api/task", {"project_id": project, "info": info, "n_answers": 1})
    tasks = site.ask("GET", "/api/task", project_id=project, limit=2, desc="true")
    assert all("X-Amz-Signature=" in task["info"]["url"] for task in tasks)
    site.ask("GET", f"/api/project/{project}/manifest", label="animal", last_id=10**15)
    site.ask("DELETE", f"/api/project/{project}/bucket", bucket="camera-traps")


def _import_slices(cloud: Cloud, run: Run, seconds: float) -> None:
    """Handle one message, or all when there is time."""
    while (batch := cloud.messages("imports")) is not None:
        assert run("ImportSlice", app.import_slice, batch, seconds) == {"batchItemFailures": []}
        if not seconds:
            break


def _volunteer(site: Site, project: int) -> None:
    """One task is completed, reopened and completed again."""
    task = _answer(site, project, "10.0.0.2")
    site.ask("PUT", f"/api/task/{task}", {"n_answers": 2})
    assert _answer(site, project, "10.0.0.3") == task


def _answer(site: Site, project: int, address: str | None) -> int:
    task: int = site.ask("GET", f"/api/project/{project}/newtask", address=address)["id"]
    site.ask("POST", "/api/taskrun", {"project_id": project, "task_id": task, "info": "yes"}, address=address)
    return task


def _administer(cloud: Cloud, site: Site, project: int) -> None:
    task = site.ask("POST", "/api/task", {"project_id": project, "info": {"question": "??"}})
    site.ask("PUT", f"/api/task/{task['id']}", {"info": {"question": "???"}, "priority_0": 0.5})
    site.ask("GET", "/api/task", project_id=project, limit=5)
    site.ask("DELETE", f"/api/task/{task['id']}")
    done = site.ask("POST", "/api/task", {"project_id": project, "info": "!", "n_answers": 1, "priority_0": 1})
    assert _answer(site, project, "10.0.0.5") == done["id"]
    site.ask("DELETE", f"/api/task/{done['id']}")  # before the stream has made its result
    material = site.upload("/api/helpingmaterial", {"project_id": project}, PNG)
    site.ask("GET", material["media_url"].removeprefix(f"https://{HOST}"))
    site.ask("DELETE", f"/api/helpingmaterial/{material['id']}")
    _send_a_large_file(cloud, site, project)
    _publish_news(site, project)
    _make_many(site, project)
    site.ask("GET", f"/api/project/{project}/userprogress")
    for path in ("/", "/project/well/", "/project/well/newtask"):
        site.ask("GET", path, address="10.0.0.4")
    _look_at_pages(site)
    _look_at_quality(site)


def _look_at_quality(site: Site) -> None:
    """Gold tasks, and an answer that takes its vote along."""
    info = {"gold_rate": 0.5, "agreement": {"share": 0.8, "minimum": 3}}
    fine = {"name": "fine", "short_name": "fine", "description": "Fine", "info": info}
    project = site.ask("POST", "/api/project", fine)["id"]
    task, gold = (site.ask("POST", "/api/task", {"project_id": project, "info": n})["id"] for n in range(2))
    site.ask("PUT", f"/api/task/{gold}/gold", {"answer": "yes"})
    assert {_answer(site, project, None) for _ in range(2)} == {task, gold}
    [accuracy] = site.ask("GET", f"/api/project/{project}/accuracy")
    assert (accuracy["answered"], accuracy["right"]) == (1, 1)
    [run] = site.ask("GET", "/api/taskrun", task_id=task)
    site.ask("PUT", f"/api/taskrun/{run['id']}", {"info": "no"})
    site.ask("DELETE", f"/api/task/{gold}/gold")
    site.ask("DELETE", f"/api/project/{project}")


def _look_at_pages(site: Site) -> None:
    """An owner's pages, and a project that is made and deleted on them."""
    for page in ("auditlog", "tasks/browse", "stats", "blog"):
        assert site.ask("GET", f"/project/well/{page}")["project"]["short_name"] == "well"
    contributed = site.ask("GET", "/project/category/historical_contributions/")
    assert contributed["template"] == "/projects/index.html"
    made = site.ask("POST", "/project/new", {"name": "leaf", "short_name": "leaf", "long_description": "A leaf"})
    assert made["next"] == "/project/leaf/update"
    site.ask("POST", "/project/leaf/tasks/delete", {})
    site.ask("POST", "/project/leaf/delete", {})


def _walk(cloud: Cloud, run: Run, site: Site, project: int) -> None:
    """Another scheduler, and another redundancy for all tasks."""
    info = site.ask("GET", f"/api/project/{project}")["info"]
    site.ask("PUT", f"/api/project/{project}", {"info": info | {"sched": "breadth_first"}})
    time.sleep(2.1)  # so long the message waits
    _walk_on(cloud, run)
    cloud.let_walks_settle()
    assert site.ask("GET", f"/api/project/{project}/walk")["state"] == "settling"
    app.app.services.queues.send(app.app.services.settings.walk_queue_url, {"project_id": project})
    _walk_on(cloud, run)
    assert site.ask("GET", f"/api/project/{project}/walk")["state"] == "finished"


def _walk_on(cloud: Cloud, run: Run) -> None:
    batch = cloud.messages("walks")
    assert batch is not None
    assert run("WalkTasks", app.walk_tasks, batch) == {"batchItemFailures": []}


def _send_a_large_file(cloud: Cloud, site: Site, project: int) -> None:
    """Straight to the bucket; then a material takes it over."""
    inside = {"project_id": project}
    form = site.ask("POST", "/api/upload", {"resource": "helpingmaterial", "file_name": "a.png", **inside})
    cloud.upload(form["fields"]["key"], PNG)
    material = site.ask("POST", "/api/helpingmaterial", {"media_url": form["media_url"], **inside})
    site.ask("DELETE", f"/api/helpingmaterial/{material['id']}")


def _publish_news(site: Site, project: int) -> None:
    inside, text = {"project_id": project}, {"title": "News", "body": "All of it"}
    for name, fields in {"announcement": text, "blogpost": inside | text, "page": inside | {"slug": "about"}}.items():
        made = site.ask("POST", f"/api/{name}", fields)
        site.ask("PUT", f"/api/{name}/{made['id']}", {"info": {"changed": True}})
        site.ask("GET", f"/api/{name}")
        site.ask("DELETE", f"/api/{name}/{made['id']}")


def _make_many(site: Site, project: int) -> None:
    """An array of tasks, sent twice under one key; one of them becomes a favourite for a while."""
    wanted = [{"project_id": project, "info": {"many": n}} for n in range(3)]
    made, again = (site.ask("POST", "/api/task", wanted, repeat="many") for _ in range(2))
    assert made == again
    favorite = made["tasks"][0]["id"]
    site.ask("POST", "/api/favorites", {"task_id": favorite})
    site.ask("GET", "/api/favorites")
    site.ask("DELETE", f"/api/favorites/{favorite}")
    for task in made["tasks"]:
        site.ask("DELETE", f"/api/task/{task['id']}")


def _complete(cloud: Cloud, run: Run) -> None:
    changes = cloud.changes()
    for _ in range(2):
        assert run("SheetChanged", app.sheet_changed, changes) == {"batchItemFailures": []}


def _deliver(cloud: Cloud, run: Run) -> None:
    for _ in range(3):
        batch = cloud.messages("webhooks")
        if batch is not None:
            run("Deliver", app.deliver, batch)
        time.sleep(0.2)
    assert cloud.messages("webhooks-dead") is not None


def _look_back(site: Site, projects: dict[str, int]) -> None:
    project, broken = projects["well"], projects["broken"]
    (result,) = site.ask("GET", "/api/result", project_id=project)
    assert site.ask("GET", f"/api/projectstats/{project}", full=1)["info"]["cost"]["months"]
    site.ask("PUT", f"/api/result/{result['id']}", {"info": {"analysed": True}})
    task = _answer(site, project, None)
    (run,) = site.ask("GET", "/api/taskrun", project_id=project, task_id=task)
    site.ask("PUT", f"/api/taskrun/{run['id']}", {"info": "no"})
    site.ask("DELETE", f"/api/taskrun/{run['id']}")
    site.ask("DELETE", f"/api/task/{result['task_id']}")  # with its result
    site.ask("POST", f"/api/project/{project}/repair")
    message, *_ = site.ask("GET", "/api/webhook", project_id=broken)
    site.ask("POST", f"/api/webhook/{message['id']}")
    for method in ("GET", "POST", "DELETE"):
        site.ask(method, "/api/webhook/secret", project_id=broken)
    _leave(site, project)


def _withdraw(cloud: Cloud, run: Run, site: Site) -> None:
    """An import that is stopped on its way, a volunteer's runs with a file, then the tasks with a result."""
    project = _make_project(site, "spoilt", f"https://{HOST}/")
    run("ObjectCreated", app.object_created, cloud.put_object("imports/spoilt/t.csv", "a,n_answers\n1,1\n2,9\n3,9\n"))
    (record,) = site.ask("GET", "/api/import", project_id=project)
    while site.ask("GET", f"/api/import/{record['id']}")["total"] is None:
        _import_slices(cloud, run, 0)  # the first pass, which makes no task
    path = f"/api/project/{project}/withdrawal"
    stopping = site.ask("DELETE", f"/api/import/{record['id']}", force="true")
    _go_on(cloud, run, stopping)
    _import_slices(cloud, run, 60)
    assert site.ask("GET", f"/api/import/{record['id']}")["state"] == "withdrawn"
    for _ in range(2):
        _answer(site, project, None)  # the project's own task, then the one that wants one answer
    task = site.ask("GET", f"/api/project/{project}/newtask")["id"]
    site.upload("/api/taskrun", {"project_id": project, "task_id": task, "info": "{}"}, PNG)
    _complete(cloud, run)
    cloud.let_imports_settle()
    _go_on(cloud, run, stopping)
    assert site.ask("GET", f"{path}/{stopping['id']}")["withdrawn"] == 3
    (left,) = site.ask("GET", "/api/taskrun", project_id=project)
    asked = site.ask("POST", path, {"taskrun_id": left["id"]})
    _go_on(cloud, run, asked)
    site.ask("DELETE", f"{path}/{asked['id']}")
    assert [one["withdrawn"] for one in site.ask("GET", path)] == [1, 3]
    by_address = site.ask("POST", path, {"user_ip": "10.1.2.3"})
    site.ask("DELETE", f"{path}/{by_address['id']}")


def _go_on(cloud: Cloud, run: Run, withdrawal: Mapping[str, int]) -> None:
    """What its next message does; those that it sent itself wait."""
    message = {"project_id": withdrawal["project_id"], "withdrawal_id": withdrawal["id"]}
    app.app.services.queues.send(app.app.services.settings.walk_queue_url, message)
    _walk_on(cloud, run)


def _leave(site: Site, project: int) -> None:
    record, *_ = site.ask("GET", "/api/import", project_id=project)
    site.ask("GET", f"/api/import/{record['id']}")
    category = site.ask("POST", "/api/category", {"name": "New", "short_name": "new", "description": "new"})
    site.ask("PUT", f"/api/category/{category['id']}", {"description": "newer"})
    site.ask("DELETE", f"/api/category/{category['id']}")
    site.ask("GET", "/api/user")
    passing = _make_project(site, "passing", f"https://{HOST}/", tried=True)
    site.ask("DELETE", f"/api/project/{passing}")
