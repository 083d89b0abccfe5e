"""The forms that change all tasks of a project: scheduler and redundancy (contract web.md §2.3)."""

from typing import Any

import pytest

from tests.contract.browsers import Account
from tests.contract.people import Person, eventually
from tests.instance import Stack


def rules_of(project: dict[str, Any], name: str) -> str:
    return f"/project/{project['short_name']}/tasks/{name}"


def test_the_scheduler_is_changed_by_its_form(stack: Stack, owner: Account) -> None:
    person = Person(stack.url, owner.key)
    project = person.project(info={"kept": 1})
    person.tasks(project, 2, n_answers=2)
    assert owner.browser.look(rules_of(project, "scheduler"))["form"]["sched"] == "default"
    answer = owner.browser.send(rules_of(project, "scheduler"), {"sched": "breadth_first"})
    assert answer["next"] == rules_of(project, "settings")
    assert (answer["flash"], answer["status"]) == ("Project Task Scheduler updated!", "success")
    assert person.get(f"/project/{project['id']}").json()["info"] == {"kept": 1, "sched": "breadth_first"}
    assert person.walked(project)["changed"] == 2
    wrong = owner.browser.send(rules_of(project, "scheduler"), {"sched": "incremental"})
    assert wrong["form"]["errors"] == {"sched": ["Not a valid choice"]}


def test_redundancy_is_changed_for_all_tasks_and_completes_those_with_enough_answers(
    stack: Stack, owner: Account
) -> None:
    person = Person(stack.url, owner.key)
    project = person.project()
    tasks = person.tasks(project, 3, n_answers=5)
    run = person.answer(person.next(project))
    answer = owner.browser.send(rules_of(project, "redundancy"), {"n_answers": 1})
    assert (answer["next"], answer["status"]) == (rules_of(project, "settings"), "success")
    walk = person.walked(project)
    assert (walk["n_answers"], walk["seen"], walk["changed"]) == (1, 3, 3)
    now = person.get("/task", project_id=project["id"]).json()
    assert [(one["n_answers"], one["state"]) for one in now] == [(1, "completed"), (1, "ongoing"), (1, "ongoing")]
    [result] = eventually(lambda: person.get("/result", project_id=project["id"]).json())
    assert (result["task_id"], result["task_run_ids"]) == (tasks[0]["id"], [run["id"]])


@pytest.mark.parametrize("wrong", [0, 1001, "many", "", None, 2.5, True, [3]])
def test_a_redundancy_that_no_task_may_have_is_said_next_to_the_field(owner: Account, stack: Stack, wrong: Any) -> None:
    person = Person(stack.url, owner.key)
    project = person.project()
    answer = owner.browser.send(rules_of(project, "redundancy"), {"n_answers": wrong})
    assert list(answer["form"]["errors"]) == ["n_answers"]
    assert person.get(f"/project/{project['id']}/walk").status_code == 404


def test_how_long_a_volunteer_may_take_and_who_waits_is_set_by_a_form(owner: Account, stack: Stack) -> None:
    person = Person(stack.url, owner.key)
    project = person.project(info={"kept": 1})
    path = rules_of(project, "leases")
    form = owner.browser.look(path)["form"]
    assert (form["lease_seconds"], form["redundancy"]) == (None, "exact")
    for sent, stored in (
        ({"lease_seconds": "90", "redundancy": "at_least"}, {"lease_seconds": 90, "redundancy": "at_least"}),
        ({"redundancy": "exact"}, {"lease_seconds": 90}),
        ({"lease_seconds": "", "redundancy": "exact"}, {}),
    ):
        answer = owner.browser.send(path, sent)
        assert (answer["next"], answer["status"]) == (rules_of(project, "settings"), "success")
        assert person.get(f"/project/{project['id']}").json()["info"] == {"kept": 1, **stored}
    person.put(f"/project/{project['id']}", {"info": {"redundancy": "at_least", "lease_seconds": 60}})
    form = owner.browser.look(path)["form"]
    assert (form["lease_seconds"], form["redundancy"]) == (60, "at_least")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("lease_seconds", wrong) for wrong in (0, -5, "soon", 7 * 86400 + 1, 2.5, True, [3])]
    + [("redundancy", wrong) for wrong in ("most", "", None, ["exact"])],
)
def test_a_rule_that_cannot_be_meant_is_said_next_to_its_field(
    owner: Account, stack: Stack, field: str, wrong: Any
) -> None:
    project = Person(stack.url, owner.key).project()
    sent = {"lease_seconds": 60, "redundancy": "exact", field: wrong}
    assert list(owner.browser.send(rules_of(project, "leases"), sent)["form"]["errors"]) == [field]


@pytest.mark.parametrize("name", ["scheduler", "redundancy", "leases"])
def test_only_owners_with_a_token_change_all_tasks(stack: Stack, owner: Account, stranger: Account, name: str) -> None:
    project = Person(stack.url, owner.key).project()
    path, fields = rules_of(project, name), {"sched": "locked", "n_answers": 2, "redundancy": "exact"}
    assert owner.browser.post(path, fields, None).status_code == 400
    assert stranger.browser.get(path).status_code == 403
    assert stranger.browser.post(path, fields, stranger.browser.token("/account/profile")).status_code == 403
