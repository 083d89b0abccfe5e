"""What volunteers and pybossa.js do (contract rest-api.md §3.3, §9.14, §10, §11, §14.3), against the running stack."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from chalicelib.core.keys import sign
from tests.contract.people import People, Person, unique


def test_pybossa_js_finds_its_project_prefetches_saves_and_counts(people: People) -> None:
    volunteer = Person(people.anonymous.url)
    [demo] = volunteer.get("/project", all=1, short_name="cloudspotter").json()
    assert demo["description"]
    first = volunteer.get(f"/project/{demo['id']}/newtask", offset=0, _=1700000000000).json()
    second = volunteer.get(f"/project/{demo['id']}/newtask", offset=1, _=1700000000001).json()
    assert {first["project_id"], second["project_id"]} == {demo["id"]}
    assert first["id"] != second["id"]
    assert volunteer.get(f"/task/{first['id']}?_=1").json()["info"] == first["info"]
    before = volunteer.get("/project/cloudspotter/userprogress", _=1).json()
    volunteer.answer(first, {"answer": "cumulus"})
    after = volunteer.get("/app/cloudspotter/userprogress", _=1).json()
    assert after == {"done": before["done"] + 1, "total": before["total"]}
    assert volunteer.get(f"/project/{demo['id']}/newtask").json()["id"] == second["id"]


def test_a_prefetched_task_differs_until_nothing_is_left(people: People) -> None:
    project = people.owner.project()
    tasks = people.owner.tasks(project, 2)
    assert [people.stranger.next(project, offset=n) for n in range(3)] == [*tasks, {}]
    people.stranger.answer_all(project)
    assert people.stranger.next(project) == {}


def test_offset_counts_in_the_order_that_is_asked_for(people: People) -> None:
    project = people.owner.project()
    tasks = [people.owner.tasks(project, 1, info=n, priority_0=p)[0] for n, p in enumerate([0, 0.5, 1])]
    ids = [task["id"] for task in tasks]
    assert people.stranger.next(project, offset=1)["id"] == ids[1]
    assert people.coowner.next(project, orderby="id", offset=1)["id"] == ids[1]
    assert people.admin.next(project, orderby="id", desc="1", offset=2)["id"] == ids[0]
    assert people.anonymous.next(project, orderby="n_answers", offset=2)["id"] == ids[2]
    assert people.owner.next(project, orderby="id", offset=3) == {}


def test_newtask_takes_a_short_name_too_and_ignores_other_parameters(people: People) -> None:
    project = people.owner.project()
    [task] = people.owner.tasks(project, 1)
    assert people.stranger.get(f"/project/{project['short_name']}/newtask?_=1&foo=2").json() == task
    assert people.stranger.get(f"/project/{project['id']}/newtask?limit=0").json() == {}


def test_a_completed_task_is_offered_to_nobody(people: People) -> None:
    project = people.owner.project()
    [task] = people.owner.tasks(project, 1, n_answers=1)
    people.stranger.answer(people.stranger.next(project))
    assert people.owner.get(f"/task/{task['id']}").json()["state"] == "completed"
    assert people.owner.next(project) == {}


def test_lowering_n_answers_completes_and_raising_it_reopens(people: People) -> None:
    project = people.owner.project()
    [task] = people.owner.tasks(project, 1, n_answers=5)
    people.stranger.answer(people.stranger.next(project))
    path = f"/task/{task['id']}"
    assert people.owner.put(path, {"n_answers": 1}).json()["state"] == "completed"
    assert people.owner.put(path, {"info": "corrected", "priority_0": 0.5}).json()["state"] == "completed"
    assert people.owner.put(path, {"n_answers": 2}).json()["state"] == "ongoing"
    assert people.owner.next(project)["id"] == task["id"]


def test_the_same_idempotency_key_gets_the_same_run_back(people: People) -> None:
    project = people.owner.project()
    [task] = people.owner.tasks(project, 1)
    people.stranger.next(project)
    body = {"project_id": project["id"], "task_id": task["id"], "info": {"a": 1}}

    def post(key: str) -> tuple[int, Any]:
        answer = people.stranger.send("POST", "/taskrun", json=body, headers={"Idempotency-Key": key})
        return answer.status_code, answer.json()

    status, run = post("one")
    assert status == 200
    assert post("one") == (200, run)
    assert post("two")[0] == 403
    body["info"] = {"a": 2}
    status, refused = post("one")
    assert (status, refused["exception_cls"]) == (409, "Conflict")
    assert post("x" * 300)[0] == 415


def test_two_equal_posts_at_once_store_one_run(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 5)
    for _ in range(5):
        task = people.stranger.next(project)
        body = {"project_id": project["id"], "task_id": task["id"], "info": "x"}
        twins = [Person(people.stranger.url, people.stranger.key) for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(Person.post, twins, ["/taskrun"] * 2, [body] * 2))
        assert sorted(answer.status_code for answer in answers) == [200, 403]
        assert len(people.owner.get("/taskrun", task_id=task["id"]).json()) == 1


def test_the_server_decides_who_contributed(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 1)
    task = people.anonymous.next(project)
    run = people.anonymous.answer(task, user_id=people.owner.id, user_ip="1.2.3.4")
    assert run["user_id"] is None
    assert run["user_ip"] != "1.2.3.4"
    people.owner.next(project)
    assert people.owner.answer(task, user_id=1, user_ip="1.2.3.4")["user_ip"] is None


def test_a_task_id_may_be_text(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 1)
    task = people.stranger.next(project)
    body = {"project_id": project["id"], "task_id": str(task["id"]), "info": None, "timeout": 5, "calibration": 1}
    run = people.stranger.post("/taskrun", body).json()
    assert (run["task_id"], run["info"], run["timeout"], run["calibration"]) == (task["id"], None, 5, 1)


def test_a_contributor_changes_only_the_answer(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 1)
    run = people.stranger.answer(people.stranger.next(project))
    path = f"/taskrun/{run['id']}"
    read = people.stranger.get(path).json()
    assert people.stranger.put(path, {**read, "info": {"better": True}}).json()["info"] == {"better": True}
    for field in ("user_id", "task_id", "project_id", "user_ip", "external_uid"):
        assert people.stranger.put(path, {field: 1 if field.endswith("id") else "x"}).status_code in (400, 415)
    assert people.owner.get(path).json()["user_id"] == people.stranger.id


def test_a_withdrawn_run_frees_its_seat(people: People) -> None:
    project = people.owner.project()
    [task] = people.owner.tasks(project, 1, n_answers=2)
    run = people.stranger.answer(people.stranger.next(project))
    assert people.stranger.delete(f"/taskrun/{run['id']}").status_code == 204
    assert people.stranger.get(f"/taskrun/{run['id']}").status_code == 404
    assert people.stranger.next(project)["id"] == task["id"]
    assert people.stranger.get(f"/project/{project['id']}/userprogress").json() == {"done": 0, "total": 1}


def presenter(who: Person, short_name: str) -> Person:
    """A presenter in the browser of `who`: it has the token that its page was given, and nothing else."""
    page = requests.get(f"{who.url}/project/{short_name}/newtask", params={"api_key": who.key or ""}, timeout=30)
    token = re.search(r'data-token="([^"]+)"', page.text)
    assert token is not None, page.text[:500]
    return Person(who.url, f"Presenter {token.group(1)}")


def test_a_presenter_contributes_to_its_own_project(people: People) -> None:
    project = people.owner.project(info={"task_presenter": "<p>?</p>"})
    tasks = people.owner.tasks(project, 2)
    inside = presenter(people.owner, project["short_name"])
    [found] = inside.get("/project", all="1", short_name=project["short_name"]).json()
    assert "secret_key" not in found
    assert inside.next(found) == tasks[0]
    assert inside.answer(tasks[0])["user_id"] == people.owner.id
    assert inside.get(f"/project/{project['short_name']}/userprogress").json() == {"done": 1, "total": 2}
    assert [task["id"] for task in inside.get("/task", project_id=project["id"]).json()] == [one["id"] for one in tasks]


def test_a_presenter_reaches_nothing_else_of_its_visitor(people: People) -> None:
    project = people.owner.project(info={"task_presenter": "<p>?</p>"})
    other = people.owner.project()
    [task], [mine] = people.owner.tasks(other, 1), people.owner.tasks(project, 1)
    inside = presenter(people.owner, project["short_name"])
    for method, path, body in (
        ("GET", f"/project/{other['id']}", None),
        ("GET", f"/task/{task['id']}", None),
        ("GET", f"/project/{other['id']}/newtask", None),
        ("GET", f"/project/{other['id']}/userprogress", None),
        ("POST", "/taskrun", {"project_id": other["id"], "task_id": task["id"], "info": 1}),
        ("PUT", f"/project/{project['id']}", {"description": "taken over"}),
        ("PUT", f"/task/{mine['id']}", {"info": 1}),
        ("POST", "/task", {"project_id": project["id"], "info": 1}),
        ("POST", "/project", {"name": unique("n"), "short_name": unique("s"), "description": "x"}),
        ("POST", "/helpingmaterial", {"project_id": project["id"]}),
        ("DELETE", f"/project/{project['id']}", None),
        ("PUT", f"/user/{people.owner.id}", {"fullname": "x"}),
        ("POST", "/category", dict.fromkeys(("name", "short_name", "description"), unique("c"))),
    ):
        answer = inside.send(method, path, json=body)
        assert answer.status_code == 403, (method, path, answer.text)
    assert set(inside.get(f"/user/{people.owner.id}").json()) == {"name", "locale"}
    assert {one["project_id"] for one in inside.get("/task", all="1", limit=100).json()} == {project["id"]}
    assert [one["id"] for one in inside.get("/project", all="1").json()] == [project["id"]]
    assert inside.get("/taskrun", project_id=other["id"], all="1").json() == []


def test_a_presenters_token_that_was_tampered_with_is_refused(people: People) -> None:
    project = people.owner.project(info={"task_presenter": "<p>?</p>"})
    inside = presenter(people.owner, project["short_name"])
    assert Person(inside.url, f"{inside.key}x").get("/project").status_code == 401


class External:
    """Volunteers of another application, who come with the project's token."""

    def __init__(self, people: People, **fields: Any) -> None:
        self.people = people
        self.project = people.owner.project(**fields)
        self.tasks = people.owner.tasks(self.project, 2)
        key = {"Authorization": self.project["secret_key"]}
        path = f"/auth/project/{self.project['short_name']}/token"
        answer = people.anonymous.send("GET", path, headers=key)
        assert answer.headers["Content-Type"].startswith("text/html")
        self.token = answer.text

    def ask(self, authorization: str | None, uid: str = "volunteer") -> Any:
        headers = {"Authorization": authorization} if authorization is not None else {}
        path = f"/project/{self.project['id']}/newtask?external_uid={uid}"
        return self.people.anonymous.send("GET", path, headers=headers)

    def answer(self, authorization: str | None, task_id: int, uid: str = "volunteer") -> Any:
        headers = {"Authorization": authorization} if authorization is not None else {}
        body = {"project_id": self.project["id"], "task_id": task_id, "info": 1, "external_uid": uid}
        return self.people.anonymous.send("POST", f"/taskrun?external_uid={uid}", json=body, headers=headers)


@pytest.fixture(scope="module")
def external(people: People) -> External:
    return External(people)


def test_external_volunteers_are_told_apart(external: External) -> None:
    bearer = f"bEaReR {external.token}"
    for uid in ("ann", "bob"):
        task = external.ask(bearer, uid).json()
        assert task["id"] == external.tasks[0]["id"]
        assert external.answer(bearer, task["id"], uid).json()["external_uid"] == uid
    path = f"/project/{external.project['id']}/userprogress"
    assert external.people.anonymous.get(path, external_uid="ann").json() == {"done": 1, "total": 2}
    listed = external.people.owner.get("/taskrun", project_id=external.project["id"], external_uid="ann").json()
    assert len(listed) == 1


@pytest.mark.parametrize(
    ("header", "code", "description"),
    [
        (None, "invalid_header", "Missing Authorization header"),
        ("Token x", "invalid_header", "Bearer"),
        ("Bearer", "invalid_header", "Token not found"),
        ("Bearer a b", "invalid_header", "Bearer + token"),
        ("Bearer nonsense", "Decode error", "Signature verification failed"),
        ("Bearer a.b.c", "Decode error", "Signature verification failed"),
        ("OTHER KEY", "Decode error", "Signature verification failed"),
        ("OTHER PROJECT", "Wrong project", "Signature verification failed"),
        ("NO PROJECT", "Wrong project", "Signature verification failed"),
        ("EXPIRED", "Decode error", "expired"),
        ("NO ALGORITHM", "Decode error", "Signature verification failed"),
    ],
)
def test_tokens_that_do_not_fit(external: External, header: str | None, code: str, description: str) -> None:
    project, key = external.project, external.project["secret_key"].encode()
    claims = {"short_name": project["short_name"], "project_id": project["id"]}
    made = {
        "OTHER KEY": lambda: sign(claims, b"k" * 36),
        "OTHER PROJECT": lambda: sign({**claims, "project_id": 1}, key),
        "NO PROJECT": lambda: sign({}, key),
        "EXPIRED": lambda: sign({**claims, "exp": 1}, key),
        "NO ALGORITHM": lambda: "eyJhbGciOiJub25lIn0." + external.token.split(".")[1] + ".",
    }
    sent = f"Bearer {made[header]()}" if header in made else header
    answer = external.ask(sent)
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "description"}
    assert answer.json()["code"] == code
    assert description in answer.json()["description"]
    refused = external.answer(sent, external.tasks[1]["id"])
    assert (refused.status_code, refused.json()["exception_cls"]) == (403, "Forbidden")
    assert description in refused.json()["exception_msg"]


@pytest.mark.parametrize(
    ("header", "short_name", "status"), [(None, None, 403), ("wrong", None, 404), ("SECRET", "no-such-project", 404)]
)
def test_a_token_needs_the_projects_key(
    external: External, header: str | None, short_name: str | None, status: int
) -> None:
    path = f"/auth/project/{short_name or external.project['short_name']}/token"
    headers = {"Authorization": external.project["secret_key"] if header == "SECRET" else header} if header else {}
    answer = external.people.anonymous.send("GET", path, headers=headers)
    assert (answer.status_code, answer.json()["action"]) == (status, "AUTH_JWT_PROJECT")
    assert answer.json()["target"] == f"/api{path}"


def test_external_users_count_as_anonymous(people: People) -> None:
    closed = External(people, allow_anonymous_contributors=False)
    assert closed.ask(f"Bearer {closed.token}").json()["id"] is None
    assert closed.answer(f"Bearer {closed.token}", closed.tasks[0]["id"]).status_code == 401


def test_tasks_of_one_owner_are_not_another_projects(people: People) -> None:
    one, other = people.owner.project(), people.owner.project()
    people.owner.tasks(one, 1)
    task = people.stranger.next(one)
    body = {"project_id": other["id"], "task_id": task["id"], "info": unique("x")}
    assert people.stranger.post("/taskrun", body).json()["exception_msg"] == "Invalid project_id"
