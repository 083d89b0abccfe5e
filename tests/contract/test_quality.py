"""Quality on top of redundancy over HTTP: answers that agree end a task early, gold tasks tell who is accurate
(docs/quality.md)."""

from typing import Any

import pbclient
import pytest

from tests.contract.browsers import Account
from tests.contract.people import People, Person, eventually
from tests.instance import Stack

AGREEMENT = {"share": 0.8, "minimum": 3, "field": "kind"}


@pytest.fixture
def project(people: People) -> dict[str, Any]:
    return people.owner.project(info={"agreement": AGREEMENT})


def test_a_task_is_complete_when_its_answers_agree_and_clients_read_it_as_ever(
    people: People, project: dict[str, Any]
) -> None:
    owner = people.owner
    (task,) = owner.tasks(project, 1, n_answers=10)
    late = people.anonymous.next(project)
    runs = [
        person.answer(person.next(project), {"kind": "cirrus", "seconds": place})
        for place, person in enumerate((people.stranger, people.coowner, people.admin))
    ]
    refused = people.anonymous.post("/taskrun", {"project_id": project["id"], "task_id": late["id"], "info": {}})
    assert (refused.status_code, refused.json()["exception_msg"]) == (403, "You must request a task first!")
    assert people.anonymous.next(project) == {}
    assert all("vote" not in run for run in runs)

    pbclient.set("endpoint", owner.url)
    pbclient.set("api_key", owner.key)
    try:
        [shown] = pbclient.get_tasks(project["id"])
        assert (shown.id, shown.state, shown.n_answers) == (task["id"], "completed", 3)
        [result] = eventually(lambda: pbclient.get_results(project["id"]))
        assert sorted(result.task_run_ids) == sorted(run["id"] for run in runs)
        shown.n_answers = 4
        pbclient.update_task(shown)
        assert pbclient.get_tasks(project["id"])[0].state == "ongoing"
    finally:
        pbclient._opts.clear()
    assert people.anonymous.next(project)["id"] == task["id"]


def test_what_was_spared_is_in_the_statistics_and_on_their_page(
    people: People, project: dict[str, Any], owner: Account
) -> None:
    keeper = Person(people.owner.url, owner.key)
    mine = keeper.project(info={"agreement": AGREEMENT})
    keeper.tasks(mine, 2, n_answers=10)
    for person in (people.stranger, people.coowner, people.admin):
        for _ in range(2):
            task = person.next(mine)
            person.answer(task, {"kind": "cirrus" if task["info"] == {"n": 0} else str(person.id)})
    saved = {"tasks_completed_early": 1, "answers_spared": 7}

    def told() -> Any:
        info = keeper.get(f"/projectstats/{mine['id']}", full=1).json()["info"]
        return info["agreement"] == saved and info

    assert eventually(told)
    path = f"/project/{mine['short_name']}/stats"
    assert owner.browser.look(path)["agreement"] == saved
    html = owner.browser.session.get(owner.browser.url + path, timeout=30).text
    assert "1 task, 7 answers spared" in html


def test_a_volunteer_who_changes_an_answer_takes_the_vote_along(people: People, project: dict[str, Any]) -> None:
    people.owner.tasks(project, 1, n_answers=10)
    first = people.stranger.answer(people.stranger.next(project), {"kind": "fog"})
    people.coowner.answer(people.coowner.next(project), {"kind": "cirrus"})
    changed = people.stranger.put(f"/taskrun/{first['id']}", {"info": {"kind": "cirrus"}})
    assert changed.status_code == 200, changed.text
    assert changed.json()["info"] == {"kind": "cirrus"}
    people.admin.answer(people.admin.next(project), {"kind": "cirrus"})
    (task,) = people.owner.get("/task", project_id=project["id"]).json()
    assert (task["state"], task["n_answers"]) == ("completed", 3)
    late = people.stranger.put(f"/taskrun/{first['id']}", {"info": {"kind": "fog"}})
    assert late.status_code == 403  # a result rests on it


def test_deleting_an_answer_takes_its_vote_along(people: People, project: dict[str, Any]) -> None:
    people.owner.tasks(project, 1, n_answers=10)
    first = people.stranger.answer(people.stranger.next(project), {"kind": "cirrus"})
    people.coowner.answer(people.coowner.next(project), {"kind": "cirrus"})
    assert people.stranger.delete(f"/taskrun/{first['id']}").status_code == 204
    people.admin.answer(people.admin.next(project), {"kind": "cirrus"})
    (task,) = people.owner.get("/task", project_id=project["id"]).json()
    assert (task["state"], task["n_answers"]) == ("ongoing", 10)


@pytest.mark.parametrize("wrong", [{"share": 0.5, "minimum": 3}, {"share": 0.8, "minimum": 1}, {"share": 1}, "yes"])
def test_a_rule_that_cannot_be_followed_is_refused(people: People, project: dict[str, Any], wrong: Any) -> None:
    info = {"agreement": wrong}
    refused = people.owner.put(f"/project/{project['id']}", {"info": info})
    assert (refused.status_code, refused.json()["exception_cls"]) == (415, "DataError")
    assert "info.agreement" in refused.json()["exception_msg"]
    body = {"name": f"n{project['id']}", "short_name": f"n{project['id']}", "description": "x", "info": info}
    assert people.owner.post("/project", body).status_code == 415


def test_the_rule_is_set_by_a_form(stack: Stack, owner: Account) -> None:
    keeper = Person(stack.url, owner.key)
    mine = keeper.project(info={"kept": 1})
    path = f"/project/{mine['short_name']}/tasks/quality"
    now = lambda: keeper.get(f"/project/{mine['id']}").json()["info"]  # noqa: E731
    answer = owner.browser.send(path, {"share": "0.8", "minimum": "3", "field": "kind", "gold_rate": ""})
    assert (answer["flash"], answer["next"]) == ("Quality of answers updated!", path.replace("quality", "settings"))
    assert now() == {"kept": 1, "agreement": AGREEMENT}
    form = owner.browser.look(path)["form"]
    assert {name: form[name] for name in AGREEMENT} == AGREEMENT
    for wrong, name in [
        ({"share": "0.2", "minimum": "3"}, "share"),
        ({"share": "much", "minimum": "3"}, "share"),
        ({"share": "0.8", "minimum": "1"}, "minimum"),
        ({"share": "0.8", "minimum": ""}, "minimum"),
        ({"share": "", "minimum": "", "field": "kind"}, "share"),
        ({"gold_rate": "0.9"}, "gold_rate"),
        ({"gold_rate": "often"}, "gold_rate"),
    ]:
        assert list(owner.browser.send(path, wrong)["form"]["errors"]) == [name]
    owner.browser.send(path, {"gold_rate": "0.1"})
    assert now() == {"kept": 1, "agreement": AGREEMENT, "gold_rate": 0.1}
    owner.browser.send(path, {"share": "", "minimum": "", "field": ""})
    assert now() == {"kept": 1, "gold_rate": 0.1}


@pytest.fixture
def golden(owner: Account, stack: Stack) -> tuple[Person, dict[str, Any], list[int]]:
    """Who keeps it, a project where every other task is gold, and its gold tasks: two of six."""
    keeper = Person(stack.url, owner.key)
    mine = keeper.project(info={"gold_rate": 0.5, "agreement": AGREEMENT})
    tasks = [task["id"] for task in keeper.tasks(mine, 6, n_answers=1, calibration=1)]
    for task in tasks[4:]:
        made = keeper.put(f"/task/{task}/gold", {"answer": {"kind": "cirrus"}})
        assert (made.status_code, made.json()) == (200, {"task_id": task, "answer": {"kind": "cirrus"}})
    return keeper, mine, tasks[4:]


def test_a_volunteer_gets_gold_tasks_and_cannot_tell(
    people: People, golden: tuple[Person, dict[str, Any], list[int]], owner: Account
) -> None:
    keeper, project, gold = golden
    given = []
    while task := people.stranger.next(project):
        given.append(task)
        info = {"kind": "cirrus" if task["id"] == gold[0] else "fog"}
        run = people.stranger.answer(task, info)
        assert not {"right", "vote", "gold"} & {*run, *people.stranger.get(f"/taskrun/{run['id']}").json()}
    assert sorted(task["id"] for task in given)[4:] == gold
    for task in [*given, *(people.stranger.get(f"/task/{one}").json() for one in gold)]:
        assert "cirrus" not in str(task)
        assert task["state"] == "ongoing"
        assert "gold" not in task
        assert task["calibration"] == (0 if task["id"] in gold else 1)
    assert people.stranger.get(f"/task/{gold[0]}/gold").status_code == 403
    assert people.anonymous.get(f"/task/{gold[0]}/gold").status_code == 401
    assert "gold_rate" not in people.stranger.get(f"/project/{project['id']}").json().get("info", {})

    assert keeper.get(f"/task/{gold[0]}/gold").json() == {"task_id": gold[0], "answer": {"kind": "cirrus"}}
    [accuracy] = keeper.get(f"/project/{project['id']}/accuracy").json()
    key = accuracy.pop("contributor")
    assert accuracy == {"user_id": people.stranger.id, "answered": 2, "right": 1, "accuracy": 0.5}
    assert keeper.get(f"/project/{project['id']}/accuracy", last_id=key).json() == []

    def told() -> Any:
        row = keeper.get(f"/projectstats/{project['id']}").json()
        return row["n_task_runs"] == 4 and row

    row = eventually(told)
    assert {name: row[name] for name in ("n_tasks", "n_completed_tasks", "overall_progress")} == {
        "n_tasks": 4,
        "n_completed_tasks": 4,
        "overall_progress": 100,
    }
    assert len(eventually(lambda: keeper.get("/result", project_id=project["id"]).json())) == 4
    assert people.stranger.get(f"/project/{project['id']}/userprogress").json() == {"done": 6, "total": 6}
    path = f"/project/{project['short_name']}/stats"
    assert eventually(lambda: owner.browser.look(path)["overall_progress"] == 100)
    html = owner.browser.session.get(owner.browser.url + path, timeout=30).text
    assert "Answers to gold tasks" in html
    assert "50 %" in html


def test_deleting_runs_and_gold_tasks_keeps_accuracies_exact(
    people: People, golden: tuple[Person, dict[str, Any], list[int]]
) -> None:
    keeper, project, gold = golden
    runs = {}
    while task := people.stranger.next(project):
        runs[task["id"]] = people.stranger.answer(task, {"kind": "cirrus"})
    shown = lambda: keeper.get(f"/project/{project['id']}/accuracy").json()  # noqa: E731
    assert [(one["answered"], one["right"]) for one in shown()] == [(2, 2)]
    assert people.stranger.delete(f"/taskrun/{runs[gold[0]]['id']}").status_code == 204
    assert [(one["answered"], one["right"]) for one in shown()] == [(1, 1)]
    assert keeper.delete(f"/task/{gold[1]}").status_code == 204
    assert shown() == []


def test_a_task_becomes_gold_and_a_task_like_the_others_again(people: People) -> None:
    project = people.owner.project()
    first, second = (task["id"] for task in people.owner.tasks(project, 2, n_answers=1))
    people.stranger.answer(people.stranger.next(project))
    refused = people.owner.put(f"/task/{first}/gold", {"answer": 1})
    assert (refused.status_code, "result" in refused.json()["exception_msg"]) == (403, True)
    people.owner.put(f"/task/{second}/gold", {"answer": 1})
    assert people.stranger.next(project) == {}
    undone = people.owner.send("DELETE", f"/task/{second}/gold")
    assert undone.json() == {"task_id": second, "answer": None}
    assert people.stranger.next(project)["id"] == second
    for wrong in ({}, {"answer": None}, {"answer": 1, "more": 2}):
        assert people.owner.put(f"/task/{second}/gold", wrong).status_code == 415
    assert people.owner.put(f"/task/{2**50}/gold", {"answer": 1}).status_code == 404
