"""Owners' forms over HTTP: publishing, passwords, settings, keys, co-owners (contract web.md §2.2, §2.4)."""

from typing import Any

import pytest
import requests

from tests.contract.browsers import Account, Headless
from tests.contract.people import Person, eventually, unique
from tests.instance import Stack

PRESENTER = {"task_presenter": "<p>presenter</p>"}


def drafted(owner: Account, tasks: int = 1, **fields: Any) -> dict[str, Any]:
    """A draft with a presenter and tasks."""
    person = Person(owner.browser.url, owner.key)
    project = person.project(info=PRESENTER, **fields)
    person.tasks(project, tasks, n_answers=2)
    return project


def path_of(project: dict[str, Any], page: str = "") -> str:
    return f"/project/{project['short_name']}/{page}"


def test_publishing_takes_back_what_testers_did(stack: Stack, owner: Account, stranger: Account) -> None:
    person, other = Person(stack.url, owner.key), Person(stack.url, stranger.key)
    project = drafted(owner, tasks=3, webhook="https://hooks.example/x")
    person.put(f"/project/{project['id']}", {"owners_ids": [project["owner_id"], _id(stranger)]})
    runs = person.answer_all(project) + other.answer_all(project)
    assert len(runs) == 6
    assert eventually(lambda: len(person.get("/result", project_id=project["id"]).json()) == 3)
    page = owner.browser.look(path_of(project, "publish"))
    assert {"project", "pro_features", "csrf"} <= page.keys()
    answer = owner.browser.post(path_of(project, "publish"), {}, page["csrf"])
    assert (answer.status_code, answer.headers["Location"]) == (302, path_of(project))
    assert person.get("/taskrun", project_id=project["id"]).json() == []
    assert person.get("/result", project_id=project["id"]).json() == []
    assert person.get("/result", project_id=project["id"], last_version="false").json() == []
    assert eventually(lambda: person.get("/webhook", project_id=project["id"]).json() == [])
    tasks = person.get("/task", project_id=project["id"]).json()
    assert {task["state"] for task in tasks} == {"ongoing"}
    assert person.get(f"/project/{project['id']}/userprogress").json() == {"done": 0, "total": 3}
    # Volunteers find everything to do, testers included, and each task is completed anew.
    assert len(person.answer_all(project)) == len(other.answer_all(project)) == 3
    assert eventually(lambda: len(person.get("/result", project_id=project["id"]).json()) == 3)


def test_publishing_twice_takes_nothing_back(stack: Stack, owner: Account) -> None:
    project, person = drafted(owner), Person(stack.url, owner.key)
    token = owner.browser.look(path_of(project, "publish"))["csrf"]
    assert owner.browser.post(path_of(project, "publish"), {}, token).status_code == 302
    person.answer(person.next(project))
    assert owner.browser.post(path_of(project, "publish"), {}, token).status_code == 302
    assert owner.browser.look(path_of(project))["flash"] == "Project already published"
    assert len(person.get("/taskrun", project_id=project["id"]).json()) == 1


def test_publishing_wants_a_token_from_a_session(owner: Account, stranger: Account) -> None:
    project = drafted(owner)
    assert owner.browser.post(path_of(project, "publish"), {}, None).status_code == 400
    assert stranger.browser.get(path_of(project, "publish")).status_code == 403
    token = stranger.browser.token("/account/profile")
    assert stranger.browser.post(path_of(project, "publish"), {}, token).status_code == 403
    assert Headless(owner.browser.url).get(path_of(project, "publish")).status_code == 302
    assert owner.browser.look(path_of(project))["project"]["published"] is False


def test_settings_show_the_whole_project_to_its_creator_only(stack: Stack, owner: Account, stranger: Account) -> None:
    project = drafted(owner)
    seen = owner.browser.look(path_of(project, "settings"))
    assert seen["project"]["secret_key"] == project["secret_key"]
    assert seen["owner"]["email_addr"] == owner.email
    owners = [project["owner_id"], _id(stranger)]
    Person(stack.url, owner.key).put(f"/project/{project['id']}", {"owners_ids": owners})
    others = stranger.browser.look(path_of(project, "settings"))
    assert "secret_key" not in others["project"]
    assert "email_addr" not in others["owner"]


def test_a_project_is_updated_by_its_form(owner: Account, stranger: Account) -> None:
    project, name = drafted(owner), unique("new")
    update = path_of(project, "update")
    form = owner.browser.look(update)["form"]
    assert (form["id"], form["name"], form["protect"]) == (project["id"], project["name"], False)
    answer = owner.browser.send(update, {"id": project["id"], "name": name, "short_name": name, "webhook": ""})
    assert answer["next"] == f"/project/{name}/"
    changed = owner.browser.look(f"/project/{name}/")["project"]
    assert (changed["name"], changed["webhook"], changed["description"]) == (name, None, "About clouds")
    for field, value in (("short_name", "new"), ("name", ""), ("category_id", 10**6), ("webhook", "ftp://x")):
        errors = owner.browser.send(f"/project/{name}/update", {"id": project["id"], field: value})["form"]["errors"]
        assert list(errors) == [field]
    taken = drafted(owner)["short_name"]
    assert owner.browser.send(f"/project/{name}/update", {"id": project["id"], "short_name": taken})["form"]["errors"]
    ignored = owner.browser.send(f"/project/{name}/update", {"id": 1, "description": "of another project"})
    assert ignored["status"] == "success"
    assert owner.browser.look(f"/project/{name}/")["project"]["description"] == "About clouds"
    assert stranger.browser.get(f"/project/{name}/update").status_code == 403


def test_a_project_s_password_is_asked_for_and_remembered(stack: Stack, owner: Account) -> None:
    project, person = drafted(owner), Person(stack.url, owner.key)
    update = path_of(project, "update")
    owner.browser.send(update, {"id": project["id"], "protect": True, "password": "open sesame"})
    token = owner.browser.look(path_of(project, "publish"))["csrf"]
    owner.browser.post(path_of(project, "publish"), {}, token)
    stored = person.get(f"/project/{project['id']}").json()["info"]["passwd_hash"]
    assert stored.startswith("$argon2id$")
    visitor = Headless(stack.url)
    asked = visitor.get(path_of(project, "newtask"))
    assert (asked.status_code, asked.headers["Location"].split("?")[0]) == (302, path_of(project, "password"))
    token = visitor.token("/account/signin")
    wrong = visitor.post(asked.headers["Location"], {"password": "open barley"}, token)
    assert (wrong.status_code, "incorrect password" in wrong.text) == (200, True)
    right = visitor.post(asked.headers["Location"], {"password": "open sesame"}, token)
    assert (right.status_code, right.headers["Location"]) == (302, path_of(project, "newtask"))
    assert visitor.get(path_of(project, "newtask")).status_code == 200
    assert visitor.get(path_of(project)).status_code == 200
    assert owner.browser.get(path_of(project)).status_code == 200
    assert "passwd_hash" not in str(Person(stack.url).get("/project", short_name=project["short_name"]).json())
    owner.browser.send(update, {"id": project["id"], "protect": True, "password": "another one"})
    assert visitor.get(path_of(project)).status_code == 302
    owner.browser.send(update, {"id": project["id"], "protect": False})
    assert Headless(stack.url).get(path_of(project)).status_code == 200


def test_a_new_secret_key_ends_the_tokens_of_the_old_one(stack: Stack, owner: Account) -> None:
    project, person = drafted(owner), Person(stack.url, owner.key)
    reset = path_of(project, "resetsecretkey")
    answer = owner.browser.send(reset, {}, form=path_of(project, "update"))
    assert answer["next"] == path_of(project, "update")
    assert person.get(f"/project/{project['id']}").json()["secret_key"] != project["secret_key"]
    assert owner.browser.post(reset, {}, None).status_code == 400


def test_co_owners_are_found_added_and_removed(stack: Stack, owner: Account, stranger: Account) -> None:
    project = drafted(owner)
    page = path_of(project, "coowners")
    assert [one["is_creator"] for one in owner.browser.look(page)["coowners"]] == [True]
    found = owner.browser.send(page, {"user": stranger.name})["found"]
    assert (found["name"], found["is_coowner"], found["is_creator"]) == (stranger.name, False, False)
    assert "found" not in owner.browser.send(page, {"user": owner.name})
    added = owner.browser.look(path_of(project, f"add_coowner/{stranger.name}"))
    assert (added["next"], added["status"]) == (page, "success")
    assert stranger.browser.look(page)["template"] == "/projects/coowners.html"
    assert owner.browser.look(path_of(project, f"add_coowner/{stranger.name}"))["status"] == "warning"
    assert stranger.browser.look(path_of(project, f"del_coowner/{owner.name}"))["status"] == "error"
    assert owner.browser.look(path_of(project, f"del_coowner/{stranger.name}"))["status"] == "success"
    assert stranger.browser.get(page).status_code == 403
    assert owner.browser.get(path_of(project, f"add_coowner/{unique('no')}")).status_code == 404


@pytest.mark.parametrize("query", ["", "?response_format=json"])
def test_a_link_on_another_site_changes_no_owners(owner: Account, stranger: Account, query: str) -> None:
    project = drafted(owner)
    address = owner.browser.url + path_of(project, f"add_coowner/{stranger.name}") + query
    assert owner.browser.session.get(address, timeout=30).status_code == 200
    assert len(owner.browser.look(path_of(project, "coowners"))["coowners"]) == 1


def _id(account: Account) -> int:
    found: int = account.browser.look("/account/profile")["user"]["id"]
    return found


def test_every_form_is_a_page_for_people_too(owner: Account) -> None:
    project = drafted(owner)
    pages = ["", "settings", "update", "coowners", "publish"]
    addresses = [path_of(project, page) for page in pages]
    addresses += [f"/account/{owner.name}/{page}" for page in ("", "projects", "update", "resetapikey")]
    for address in addresses:
        answer = owner.browser.session.get(owner.browser.url + address, timeout=30)
        assert (answer.status_code, "<h1>" in answer.text) == (200, True), address
    for address in ("/account/signin", "/account/register"):
        assert "<form" in requests.get(owner.browser.url + address, timeout=30).text
