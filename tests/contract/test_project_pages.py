"""Making, giving away and deleting projects by their forms, and the log of changes (contract web.md §2.2, events.md
§13)."""

from typing import Any

import pytest
import requests

from tests.contract.browsers import Account, Headless
from tests.contract.people import Person, eventually, unique
from tests.instance import Stack


def path_of(project: dict[str, Any], page: str = "") -> str:
    return f"/project/{project['short_name']}/{page}"


def filled(**changes: str) -> dict[str, str]:
    name = unique("made")
    return {"name": name, "short_name": name, "long_description": "**Clouds** & _skies_", **changes}


def made(account: Account, **changes: str) -> dict[str, Any]:
    """A project made by the form, as its owner reads it."""
    fields = filled(**changes)
    answer = account.browser.send("/project/new", fields)
    assert answer["next"] == f"/project/{fields['short_name']}/update", answer
    project: dict[str, Any] = account.browser.look(f"/project/{fields['short_name']}/")["project"]
    return project


def shared(owner: Account, other: Account) -> dict[str, Any]:
    """A project with a co-owner."""
    project = made(owner)
    person = Person(owner.browser.url, owner.key)
    person.put(f"/project/{project['id']}", {"owners_ids": [project["owner_id"], id_of(other)]})
    return project


def id_of(account: Account) -> int:
    found: int = account.browser.look("/account/profile")["user"]["id"]
    return found


def posted_by_a_person(account: Account, path: str, fields: dict[str, str]) -> requests.Response:
    """A form as a browser sends it: no JSON anywhere."""
    token = account.browser.token(path)
    body = {**fields, "csrf_token": token}
    return account.browser.session.post(account.browser.url + path, data=body, timeout=30, allow_redirects=False)


def test_a_project_is_made_by_its_form(stack: Stack, owner: Account) -> None:
    page = owner.browser.look("/project/new")
    assert (page["template"], page["errors"]) == ("projects/new.html", False)
    project = made(owner)
    assert (project["published"], project["description"]) == (False, "Clouds & skies")
    assert project["owners_ids"] == [project["owner_id"]]
    assert Headless(stack.url).get(path_of(project)).status_code == 401
    long = made(owner, long_description="cloud " * 100)
    assert (len(long["description"]), long["description"][-1]) == (255, "…")


def test_what_is_wrong_with_a_new_project_is_said_at_its_fields(owner: Account) -> None:
    taken = made(owner)
    for wrong in (
        {"name": ""},
        {"short_name": "new"},
        {"short_name": "with space"},
        {"long_description": " "},
        {"description": "x" * 256},
        {"name": taken["name"]},
        {"short_name": taken["short_name"]},
    ):
        page = owner.browser.send("/project/new", filled(**wrong))
        assert page["errors"] is True
        assert page["form"]["errors"].keys() == wrong.keys()
        assert "next" not in page


def test_a_person_makes_a_project_in_a_browser(owner: Account) -> None:
    fields = filled()
    answer = posted_by_a_person(owner, "/project/new", fields)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/project/{fields['short_name']}/update")
    again = posted_by_a_person(owner, "/project/new", fields)
    assert (again.status_code, "exists already" in again.text) == (200, True)


@pytest.mark.parametrize("page", ["update", "settings", "transferownership", "delete", "auditlog"])
def test_keepers_pages_are_closed_to_others(stack: Stack, owner: Account, stranger: Account, page: str) -> None:
    project = made(owner)
    assert owner.browser.get(path_of(project, page)).status_code == 200
    assert stranger.browser.get(path_of(project, page)).status_code == 403
    anonymous = Headless(stack.url).get(path_of(project, page))
    assert (anonymous.status_code, anonymous.headers["Location"].split("?")[0]) == (302, "/account/signin")


@pytest.mark.parametrize("page", ["/project/new", "transferownership", "delete"])
def test_forms_want_their_token(owner: Account, page: str) -> None:
    project = made(owner)
    path = page if page.startswith("/") else path_of(project, page)
    for token in (None, "a.b.c"):
        assert owner.browser.post(path, {**filled(), "email_addr": "x@example.org"}, token).status_code == 400
    assert owner.browser.look(path_of(project))["project"]["id"] == project["id"]


def test_anonymous_visitors_are_asked_to_sign_in_before_they_make_a_project(stack: Stack) -> None:
    answer = Headless(stack.url).get("/project/new")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/signin?next=%2Fproject%2Fnew")


def test_a_project_goes_to_the_account_with_that_address(owner: Account, stranger: Account) -> None:
    project = shared(owner, stranger)
    path = path_of(project, "transferownership")
    assert stranger.browser.get(path).status_code == 403  # a co-owner may not give it away
    missed = owner.browser.send(path, {"email_addr": "nobody@example.org"})
    assert (missed["status"], missed["form"]["email_addr"]) == ("info", "nobody@example.org")
    given = owner.browser.send(path, {"email_addr": stranger.email})
    assert (given["next"], given["status"]) == (f"/account/{owner.name}/", "success")
    found = stranger.browser.look(path_of(project))["project"]
    assert (found["owner_id"], found["owners_ids"]) == (id_of(stranger), [id_of(stranger)])
    assert owner.browser.get(path_of(project)).status_code == 403


def test_a_project_is_deleted_unless_it_has_results(stack: Stack, owner: Account, stranger: Account) -> None:
    project, person = shared(owner, stranger), Person(stack.url, owner.key)
    person.tasks(project, 2, n_answers=1)
    person.answer(person.next(project))
    assert eventually(lambda: person.get("/result", project_id=project["id"]).json())
    token = owner.browser.token("/project/new")
    refused = owner.browser.post(path_of(project, "delete"), {}, token)
    assert (refused.status_code, refused.json()["code"]) == (403, 403)
    free = shared(owner, stranger)
    person.tasks(free, 3)
    assert "csrf" in stranger.browser.look(path_of(free, "delete"))
    gone = stranger.browser.send(path_of(free, "delete"), {})
    assert (gone["next"], gone["flash"]) == (f"/account/{stranger.name}/", "Project deleted!")
    assert owner.browser.get(path_of(free)).status_code == 404
    assert person.get("/task", project_id=free["id"], all=1).json() == []


def logged(account: Account, project: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    rows = account.browser.look(path_of(project, "auditlog"))["auditlogs"]
    return [(row["caller"], row["attribute"], row["old_value"], row["new_value"]) for row in rows]


def test_every_change_of_a_project_is_written_down(stack: Stack, owner: Account, stranger: Account) -> None:
    project, person = made(owner), Person(stack.url, owner.key)
    assert logged(owner, project) == [("web", "project", "Nothing", "New project")]
    person.put(f"/project/{project['id']}", {"description": "Skies", "info": {"task_presenter": "<p>" + "x" * 900}})
    by_api = logged(owner, project)[:2]
    assert by_api[0] == ("api", "description", "Clouds & skies", "Skies")
    assert by_api[1][:3] == ("api", "task_presenter", "")
    assert by_api[1][3].endswith("… (903 characters)")
    owner.browser.send(
        path_of(project, "update"), {"id": project["id"], "protect": True, "password": "open sesame", "name": "  "}
    )
    owner.browser.send(path_of(project, "update"), {"id": project["id"], "protect": True, "password": "open sesame"})
    assert logged(owner, project)[0] == ("web", "passwd_hash", "(secret)", "(secret)")
    owner.browser.post(path_of(project, "resetsecretkey"), {}, owner.browser.token("/project/new"))
    assert logged(owner, project)[0] == ("web", "secret_key", "(secret)", "(secret)")
    owner.browser.send(path_of(project, f"add_coowner/{stranger.name}"), {}, "/project/new")
    (row, *_) = stranger.browser.look(path_of(project, "auditlog"))["auditlogs"]
    assert (row["user_name"], row["user_id"], row["action"]) == (owner.name, project["owner_id"], "update")
    assert row["attribute"] == "owners_ids"
    person.put(f"/project/{project['id']}", {"name": unique("n"), "short_name": "a b"})
    assert logged(owner, project)[0][1] == "owners_ids"  # what was refused is not written down


def test_a_long_log_is_read_page_by_page(stack: Stack, owner: Account) -> None:
    project, person = made(owner), Person(stack.url, owner.key)
    for number in range(25):
        person.put(f"/project/{project['id']}", {"description": f"no. {number}"})
    page = owner.browser.look(path_of(project, "auditlog"))
    assert [row["new_value"] for row in page["auditlogs"]] == [f"no. {number}" for number in range(24, 4, -1)]
    rest = owner.browser.look(page["older"])
    assert [row["new_value"] for row in rest["auditlogs"]] == [*(f"no. {n}" for n in range(4, -1, -1)), "New project"]
    assert rest["older"] is None
    assert owner.browser.get(path_of(project, "auditlog?before=x")).status_code == 404
