"""Projects by category (contract web.md §2.1) and the front page's JSON (§5)."""

import time
from typing import Any

import pytest
import requests

from tests.contract.browsers import Account, Headless, registered
from tests.contract.people import Person, eventually, sign_up, unique
from tests.contract.test_project_pages import path_of
from tests.instance import Stack

REMEMBERED_SECONDS = 5.5  # how long a list of projects may be old


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Person:
    return sign_up(stack, "admin", admin=True)


@pytest.fixture(scope="module")
def owner(stack: Stack) -> Account:
    return registered(stack.url, "owner")


@pytest.fixture(scope="module")
def category(admin: Person) -> dict[str, Any]:
    name = unique("cat")
    return admin.made("/category", name=name, short_name=name, description="About cats")


def published(owner: Account, category: dict[str, Any], **fields: Any) -> dict[str, Any]:
    person = Person(owner.browser.url, owner.key)
    info = {"task_presenter": "<p>", **fields.pop("info", {})}
    project = person.project(category_id=category["id"], info=info, **fields)
    person.tasks(project, 1)
    owner.browser.post(path_of(project, "publish"), {}, owner.browser.token("/project/new"))
    return project


def test_a_category_lists_what_everybody_may_open(
    stack: Stack, owner: Account, admin: Person, category: dict[str, Any]
) -> None:
    person, path = Person(stack.url, owner.key), f"/project/category/{category['short_name']}/"
    plain = published(owner, category)
    pictured = published(owner, category, info={"thumbnail_url": "/static/img/icon.svg"})
    draft = person.project(category_id=category["id"])
    hidden = published(owner, category)
    update = {"id": hidden["id"], "protect": True, "password": "open sesame"}
    assert owner.browser.send(path_of(hidden, "update"), update)["status"] == "success"
    time.sleep(REMEMBERED_SECONDS)
    page = Headless(stack.url).look(path)
    assert page["template"] == "/projects/index.html"
    assert [one["short_name"] for one in page["projects"]] == [pictured["short_name"], plain["short_name"]]
    assert "secret_key" not in page["projects"][0]
    assert page["count"] == page["pagination"]["total"] == 2
    assert page["active_cat"]["short_name"] == category["short_name"]
    assert category["short_name"] in [one["short_name"] for one in page["categories"]]
    by_id = Headless(stack.url).look(f"{path}?orderby=id")["projects"]
    assert [one["id"] for one in by_id] == [plain["id"], pictured["id"]]
    newest, *_ = Headless(stack.url).look(f"{path}?orderby=id&desc=1")["projects"]
    assert newest["id"] == pictured["id"]
    assert pictured["name"] in requests.get(stack.url + path, timeout=30).text
    drafts = requests.get(f"{stack.url}/project/category/draft/", params=key(admin), timeout=30).json()
    assert draft["id"] in [one["id"] for one in drafts["projects"]]
    for wrong, status in (("?orderby=secret_key", 400), ("page/2/", 404), ("page/0/", 404), ("page/x/", 404)):
        assert (wrong, Headless(stack.url).get(path + wrong).status_code) == (wrong, status)


def key(person: Person) -> dict[str, str]:
    return {"api_key": person.key or "", "response_format": "json", "orderby": "id", "desc": "1"}


def test_lists_that_are_not_for_everybody_are_closed(stack: Stack, owner: Account) -> None:
    for name in ("draft", "historical_contributions"):
        answer = Headless(stack.url).get(f"/project/category/{name}/")
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/account/signin")
    assert owner.browser.get("/project/category/draft/").status_code == 403
    assert owner.browser.get("/project/category/nothing/").status_code == 404
    assert Headless(stack.url).get("/project/category/draft").status_code == 308


def test_one_s_own_contributions_are_listed(stack: Stack, owner: Account, category: dict[str, Any]) -> None:
    project, helper = published(owner, category), registered(stack.url, "helper")
    assert helper.browser.look("/project/category/historical_contributions/")["projects"] == []
    person = Person(stack.url, helper.key)
    person.answer(person.next(project))
    (found,) = helper.browser.look("/project/category/historical_contributions/")["projects"]
    assert found["id"] == project["id"]
    home = helper.browser.look("/")
    assert [one["id"] for one in home["historical_contributions"]] == [project["id"]]
    assert "historical_contributions" not in Headless(stack.url).look("/")


def test_featured_projects_have_a_list_of_their_own(
    stack: Stack, owner: Account, admin: Person, category: dict[str, Any]
) -> None:
    project = published(owner, category)
    admin.put(f"/project/{project['id']}", {"featured": True})

    def featured() -> Any:
        answer = Headless(stack.url).get("/project/category/featured/")
        return answer.json() if answer.status_code == 200 and project["name"] in answer.text else None

    page = eventually(featured)
    assert page["categories"][0]["short_name"] == "featured"
    assert page["active_cat"]["id"] is None
