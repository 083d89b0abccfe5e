"""Pages of a project's tasks, presenter, statistics and results (contract web.md §2.3, §2.5)."""

from typing import Any

import pytest
import requests

from tests.contract.browsers import Account, Headless, registered
from tests.contract.people import Person, eventually
from tests.contract.test_project_pages import id_of, logged, made, path_of, posted_by_a_person
from tests.instance import Stack

OWNERS_PAGES = (
    "tasks/settings",
    "tasks/scheduler",
    "tasks/redundancy",
    "tasks/quality",
    "tasks/leases",
    "tasks/delete",
    "tasks/priority",
    "tasks/taskpresentereditor",
)
EVERYBODYS_PAGES = ("tasks/", "tasks/browse", "stats", "results", "blog")


@pytest.fixture(scope="module")
def person(stack: Stack, owner: Account) -> Person:
    return Person(stack.url, owner.key)


def test_keepers_pages_are_closed_to_others(stack: Stack, owner: Account, stranger: Account, person: Person) -> None:
    project = made(owner)
    person.put(f"/project/{project['id']}", {"owners_ids": [project["owner_id"], id_of(stranger)]})
    other = registered(stack.url, "other")
    for page in OWNERS_PAGES:
        answers = [one.browser.get(path_of(project, page)).status_code for one in (owner, stranger, other)]
        assert (page, answers) == (page, [200, 200, 403])
        anonymous = Headless(stack.url).get(path_of(project, page))
        assert (anonymous.status_code, anonymous.headers["Location"].split("?")[0]) == (302, "/account/signin")
        html = owner.browser.session.get(owner.browser.url + path_of(project, page), timeout=30)
        assert (html.status_code, "<h1>" in html.text) == (200, True)


def test_everybody_sees_what_is_open_and_nobody_else_a_draft(stack: Stack, owner: Account, person: Person) -> None:
    project, anonymous = made(owner), Headless(stack.url)
    for page in EVERYBODYS_PAGES:
        assert (page, anonymous.get(path_of(project, page)).status_code) == (page, 401)
    person.put(f"/project/{project['id']}", {"info": {"task_presenter": "<p>"}})
    person.tasks(project, 1)
    owner.browser.post(path_of(project, "publish"), {}, owner.browser.token("/project/new"))
    for page in EVERYBODYS_PAGES:
        shown = anonymous.look(path_of(project, page))
        assert shown["owner"].keys().isdisjoint({"email_addr", "api_key"})
        assert "secret_key" not in shown["project"]
        assert "<h1>" in requests.get(stack.url + path_of(project, page), timeout=30).text
    assert anonymous.get(path_of(project, "tasks")).headers["Location"] == path_of(project, "tasks/")


def test_tasks_are_looked_through_page_by_page(owner: Account, person: Person) -> None:
    project = made(owner)
    tasks = [task["id"] for task in person.tasks(project, 23, n_answers=4)]
    browse = path_of(project, "tasks/browse")
    person.answer(person.next(project))
    first = owner.browser.look(browse)
    assert [row["id"] for row in first["tasks"]] == tasks[:10]
    assert first["tasks"][0] == {"id": tasks[0], "n_task_runs": 1, "n_answers": 4, "pct_status": 0.25}
    assert first["pagination"] == {"page": 1, "per_page": 10, "total": 23, "next": True, "prev": False}
    for address in (f"{browse}/3", f"{browse}/3?after={tasks[19]}"):
        last = owner.browser.look(address)
        assert [row["id"] for row in last["tasks"]] == tasks[20:]
        assert last["pagination"] == {"page": 3, "per_page": 10, "total": 23, "next": False, "prev": True}
    assert [row["id"] for row in owner.browser.look(f"{browse}/2?before={tasks[20]}")["tasks"]] == tasks[10:20]
    for wrong, status in (("4", 404), ("0", 404), ("x", 404), ("102", 415), ("1?after=x", 404)):
        assert (wrong, owner.browser.get(f"{browse}/{wrong}").status_code) == (wrong, status)


def test_a_task_s_runs_are_read_at_its_address(stack: Stack, owner: Account, person: Person) -> None:
    project, other = made(owner), made(owner)
    (task,) = person.tasks(project, 1)
    run = person.answer(person.next(project), info={"cloud": "cirrus"})
    address = path_of(project, f"{task['id']}/results.json")
    (found,) = owner.browser.session.get(stack.url + address, timeout=30).json()
    assert (found["id"], found["info"]) == (run["id"], {"cloud": "cirrus"})
    assert owner.browser.get(path_of(other, f"{task['id']}/results.json")).status_code == 404
    assert owner.browser.get(path_of(project, "none/results.json")).status_code == 404


def test_an_owner_may_keep_the_data_from_others(
    stack: Stack, owner: Account, stranger: Account, person: Person
) -> None:
    project = made(owner)
    person.put(f"/project/{project['id']}", {"zip_download": False, "info": {"task_presenter": "<p>"}})
    (task,) = person.tasks(project, 1)
    owner.browser.post(path_of(project, "publish"), {}, owner.browser.token("/project/new"))
    for page in ("tasks/browse", f"{task['id']}/results.json"):
        statuses = [one.get(path_of(project, page)).status_code for one in (owner.browser, stranger.browser)]
        assert (*statuses, Headless(stack.url).get(path_of(project, page)).status_code) == (200, 403, 401)


def test_tasks_without_results_are_deleted(owner: Account, person: Person) -> None:
    project = made(owner)
    done, begun, *_ = person.tasks(project, 70, n_answers=1)
    person.put(f"/task/{begun['id']}", {"n_answers": 2})
    for _ in range(2):
        person.answer(person.next(project))
    assert eventually(lambda: person.get("/result", project_id=project["id"]).json())
    page = path_of(project, "tasks/delete")
    assert owner.browser.post(page, {}, None).status_code == 400
    answer = owner.browser.send(page, {})
    assert (answer["next"], answer["status"]) == (path_of(project, "tasks/"), "success")
    assert [task["id"] for task in person.get("/task", project_id=project["id"]).json()] == [done["id"]]
    assert len(person.get("/taskrun", project_id=project["id"]).json()) == 1
    assert eventually(lambda: owner.browser.look(path_of(project))["n_tasks"] == 1)


def test_deleting_goes_on_where_it_stopped(owner: Account, person: Person) -> None:
    project = made(owner)
    tasks = person.tasks(project, 3)
    page = path_of(project, f"tasks/delete?after={tasks[0]['id']}")
    assert owner.browser.send(page, {})["status"] == "success"
    assert [task["id"] for task in person.get("/task", project_id=project["id"]).json()] == [tasks[0]["id"]]


def test_priorities_are_set_for_the_tasks_named(owner: Account, person: Person) -> None:
    project, foreign = made(owner), made(owner)
    tasks, (other,) = person.tasks(project, 3), person.tasks(foreign, 1)
    page = path_of(project, "tasks/priority")
    ids = f"{tasks[1]['id']},{tasks[2]['id']}"
    answer = owner.browser.send(page, {"task_ids": ids, "priority_0": 0.7})
    assert (answer["status"], "next" in answer) == ("success", False)
    stored = person.get("/task", project_id=project["id"]).json()
    assert [task["priority_0"] for task in stored] == [0, 0.7, 0.7]
    assert person.next(project)["id"] == tasks[1]["id"]
    assert [row[1] for row in logged(owner, project)[:2]] == ["task.priority_0"] * 2
    mixed = owner.browser.send(page, {"task_ids": f"{tasks[0]['id']},{other['id']}", "priority_0": "1"})
    assert (mixed["status"], str(other["id"]) in mixed["flash"]) == ("danger", True)
    assert [task["priority_0"] for task in person.get("/task", project_id=foreign["id"]).json()] == [0]
    many = ",".join(["1"] * 501)
    for wrong in (
        {"task_ids": "1, 2", "priority_0": 1},
        {"task_ids": "", "priority_0": 1},
        {"task_ids": many, "priority_0": 1},
        {"task_ids": ids, "priority_0": 2},
        {"task_ids": ids, "priority_0": "nan"},
        {"task_ids": ids, "priority_0": True},
        {"task_ids": ids},
    ):
        refused = owner.browser.send(page, wrong)
        assert (wrong, len(refused["form"]["errors"])) == (wrong, 1)


def test_a_presenter_is_chosen_changed_and_stored(owner: Account, person: Person) -> None:
    project = made(owner)
    page = path_of(project, "tasks/taskpresentereditor")
    offered = owner.browser.look(page)
    assert (offered["template"], offered["status"]) == ("projects/task_presenter_options.html", "info")
    assert "projects/presenters/image.html" in offered["presenters"]
    for name in ("basic", "image", "sound", "video", "pdf"):
        filled = owner.browser.look(f"{page}?template={name}")["form"]["editor"]
        assert f'pybossa.run("{project["short_name"]}")' in filled
    form = f"{page}?template=basic"
    assert owner.browser.post(page, {"editor": "<p>"}, None).status_code == 400
    assert owner.browser.post(page, {"editor": "<p>", "id": 1}, owner.browser.token(form)).status_code == 400
    large = owner.browser.send(page, {"editor": "x" * 500_000}, form)
    assert list(large["form"]["errors"]) == ["editor"]
    saved = owner.browser.send(page, {"id": project["id"], "editor": "<p>mine</p>\r\n"}, form)
    assert (saved["next"], saved["status"]) == (path_of(project, "tasks/"), "success")
    assert owner.browser.look(page)["form"]["editor"] == "<p>mine</p>\n"
    assert logged(owner, project)[0] == ("web", "task_presenter", "", "<p>mine</p>\n")
    assert posted_by_a_person(owner, page, {"editor": "<p>ours</p>"}).status_code == 302
    assert person.get(f"/project/{project['id']}").json()["info"]["task_presenter"] == "<p>ours</p>"


def test_statistics_have_the_contract_s_shape(stack: Stack, owner: Account, stranger: Account, person: Person) -> None:
    project = made(owner)
    stats = path_of(project, "stats")
    assert owner.browser.look(stats)["template"] == "/projects/non_stats.html"
    person.tasks(project, 2, n_answers=1)
    person.answer(person.next(project))

    def whole() -> Any:
        page = owner.browser.look(stats)
        return page if page["template"] == "/projects/stats.html" else None

    page = eventually(whole)
    assert (page["n_task_runs"], page["n_volunteers"], page["n_completed_tasks"]) == (1, 1, 1)
    assert page["userStats"]["authenticated"].items() >= {"users": 1, "taskruns": 1, "pct_taskruns": 100}.items()
    assert page["userStats"]["authenticated"]["top5"][0]["name"] == owner.name
    assert set(page["projectStats"]) == {"userStats", "userAnonStats", "userAuthStats", "dayStats", "hourStats"}
    assert page["avg_contrib_time"] >= 0
    html = owner.browser.session.get(stack.url + stats, timeout=30)
    assert '<svg class="chart"' in html.text
    person.put(f"/project/{project['id']}", {"info": {"task_presenter": "<p>"}})
    owner.browser.post(path_of(project, "publish"), {}, owner.browser.token("/project/new"))
    person.answer(person.next(project))
    seen = eventually(lambda: stranger.browser.look(stats).get("userStats"))
    assert seen["authenticated"]["top5"] == []  # who the volunteers are is for the owners
    for session in (stranger.browser.session, requests.Session()):
        html = session.get(stack.url + stats, timeout=30)
        assert (html.status_code, '<svg class="chart"' in html.text) == (200, True)
        assert "What it has cost" not in html.text


def test_posts_are_written_published_and_deleted(
    stack: Stack, owner: Account, stranger: Account, person: Person
) -> None:
    project, anonymous = made(owner), Headless(stack.url)
    person.put(f"/project/{project['id']}", {"info": {"task_presenter": "<p>"}})
    person.tasks(project, 1)
    owner.browser.post(path_of(project, "publish"), {}, owner.browser.token("/project/new"))
    person.put(f"/project/{project['id']}", {"owners_ids": [project["owner_id"], id_of(stranger)]})
    new = path_of(project, "new-blogpost")
    assert owner.browser.post(new, {"title": "t", "body": "b"}, None).status_code == 400
    assert anonymous.get(new).status_code == 302
    assert list(owner.browser.send(new, {"title": "t", "body": " "})["form"]["errors"]) == ["body"]
    long = owner.browser.send(new, {"title": "t" * 300, "body": "b"})
    assert list(long["form"]["errors"]) == ["title"]
    token = stranger.browser.token(new)
    assert stranger.browser.post(new, {"title": "t", "body": "b"}, token).status_code == 403
    body = {"title": "First clouds", "body": "**Seen**<script>alert(1)</script>", "published": True}
    written = owner.browser.post(new, body, owner.browser.token(new))
    assert written.status_code == 302
    post = written.headers["Location"]
    (listed,) = owner.browser.look(path_of(project, "blog"))["blogposts"]
    assert (listed["title"], listed["published"], path_of(project, str(listed["id"]))) == ("First clouds", False, post)
    assert anonymous.look(path_of(project, "blog"))["blogposts"] == []
    assert anonymous.get(post).status_code == 404
    assert stranger.browser.get(f"{post}/update").status_code == 403
    assert "<script>alert" not in owner.browser.session.get(stack.url + post, timeout=30).text
    changed = posted_by_a_person(owner, f"{post}/update", {"title": "Clouds", "body": "seen", "published": "true"})
    assert (changed.status_code, changed.headers["Location"]) == (302, post)
    assert "Clouds" in requests.get(stack.url + post, timeout=30).text
    assert [one["title"] for one in anonymous.look(path_of(project, "blog"))["blogposts"]] == ["Clouds"]
    other = made(owner)
    assert owner.browser.get(path_of(other, str(listed["id"]))).status_code == 404
    assert owner.browser.post(f"{post}/delete", {}, None).status_code == 400
    assert stranger.browser.post(f"{post}/delete", {}, stranger.browser.token(new)).status_code == 403
    gone = owner.browser.post(f"{post}/delete", {}, owner.browser.token(new))
    assert (gone.status_code, gone.headers["Location"]) == (302, path_of(project, "blog"))
    assert owner.browser.get(post).status_code == 404


def test_an_address_below_a_project_that_nothing_has_is_lost(owner: Account) -> None:
    project = made(owner)
    for page in ("nothing", "0", "99999999999999999", "nothing/update"):
        assert (page, owner.browser.get(path_of(project, page)).status_code) == (page, 404)


def test_rules_for_all_tasks_are_written_down(owner: Account, person: Person) -> None:
    project = made(owner)
    person.tasks(project, 1)
    owner.browser.send(path_of(project, "tasks/scheduler"), {"sched": "breadth_first"})
    assert logged(owner, project)[0] == ("web", "sched", "", "breadth_first")
    owner.browser.send(path_of(project, "tasks/redundancy"), {"n_answers": 2})
    assert logged(owner, project)[0] == ("web", "task.n_answers", "N/A", "2")
