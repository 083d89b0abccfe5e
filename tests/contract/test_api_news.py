"""Announcements, blog posts and pages (contract rest-api.md §9.7, §9.8, §9.10, §13), against the running stack."""

from typing import Any

import pytest
import requests

from chalicelib.core.resources import ANNOUNCEMENT, BLOGPOST, PAGE
from tests.contract.people import People, Person, unique

LINKS = {"announcement": {"link"}, "blogpost": {"link", "links"}, "page": {"link", "links"}}
FIELDS = {one.name: set(one.by_name) for one in (ANNOUNCEMENT, BLOGPOST, PAGE)}
NEEDED = {
    "announcement": {"title": "News", "body": "All of it"},
    "blogpost": {"title": "News", "body": "All of it"},
    "page": {"slug": "about"},
}


@pytest.fixture(scope="module")
def project(people: People) -> dict[str, Any]:
    return people.owner.project(owners_ids=[people.coowner.id])


def keeper(people: People, name: str) -> Person:
    return people.admin if name == "announcement" else people.owner


def fields(name: str, project: dict[str, Any]) -> dict[str, Any]:
    return NEEDED[name] | ({} if name == "announcement" else {"project_id": project["id"]})


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_made_is_read_changed_and_deleted(people: People, project: dict[str, Any], name: str) -> None:
    who = keeper(people, name)
    made = who.made(f"/{name}", **fields(name, project))
    assert set(made) == FIELDS[name]
    assert (made["info"], made["media_url"]) == ({}, None)
    path = f"/{name}/{made['id']}"
    read = who.get(path).json()
    assert {key: read[key] for key in made} == made
    assert set(read) - set(made) == LINKS[name]
    changed = who.put(path, {**read, "info": {"a": 1}}).json()
    assert changed["info"] == {"a": 1}
    assert changed | {"info": {}, "updated": 0} == made | {"updated": 0}
    assert who.delete(path).status_code == 204
    assert who.get(path).status_code == 404


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_required_must_be_there_and_reserved_keys_must_not(
    people: People, project: dict[str, Any], name: str
) -> None:
    who, whole = keeper(people, name), fields(name, project)
    for missing in NEEDED[name]:
        answer = who.post(f"/{name}", {key: value for key, value in whole.items() if key != missing})
        assert (answer.status_code, answer.json()["exception_cls"]) == (415, "DBIntegrityError")
        long = who.post(f"/{name}", whole | {missing: "x" * 256}) if missing != "body" else None
        assert long is None or long.json()["exception_cls"] == "DataError"
    for reserved in ("id", "created", *(() if name == "page" else ("updated", "user_id"))):
        answer = who.post(f"/{name}", whole | {reserved: 1})
        named = f": {reserved}" if name == "blogpost" else ""
        assert (answer.status_code, answer.json()["exception_msg"]) == (400, f"Reserved keys in payload{named}")
    for wrong in ({"info": []}, {"unknown": 1}, {"media_url": 5}):
        assert who.post(f"/{name}", whole | wrong).status_code == 415
    assert who.get(f"/{name}", unknown=1).json()["exception_cls"] == "AttributeError"


@pytest.mark.parametrize("name", ["blogpost", "page"])
def test_a_project_that_is_not_there_is_an_attribute_error(people: People, name: str) -> None:
    for given in ({}, {"project_id": 999_999}):
        assert people.owner.post(f"/{name}", NEEDED[name] | given).json()["exception_cls"] == "AttributeError"
        assert people.anonymous.post(f"/{name}", NEEDED[name] | given).status_code == 401


@pytest.mark.parametrize("name", NEEDED)
def test_a_file_comes_back_and_goes_with_its_object(people: People, project: dict[str, Any], name: str) -> None:
    who, content = keeper(people, name), bytes(range(256))
    form = {key: str(value) for key, value in fields(name, project).items()}
    made = who.send("POST", f"/{name}", data=form, files={"file": ("a.png", content)}).json()
    assert made["info"] == {"container": f"user_{who.id}", "file_name": "a.png"}
    assert requests.get(made["media_url"], timeout=30).content == content
    path = f"/{name}/{made['id']}"
    changed = who.send("PUT", path, data=form, files={"file": ("b.gif", b"new")}).json()
    assert requests.get(changed["media_url"], timeout=30).content == b"new"
    assert requests.get(made["media_url"], timeout=30).status_code == 404
    assert who.delete(path).status_code == 204
    assert requests.get(changed["media_url"], timeout=30).status_code == 404
    assert who.send("POST", f"/{name}", data=form, files={"file": ("a.exe", b"x")}).status_code == 415


def test_an_object_cannot_remove_the_file_of_another_kind(people: People, project: dict[str, Any]) -> None:
    form = {"project_id": project["id"]}
    victim = people.owner.send("POST", "/helpingmaterial", data=form, files={"file": ("a.png", b"mine")}).json()
    for _ in range(victim["id"]):  # until a page has the material's id
        thief = people.owner.made("/page", project_id=project["id"], slug="x", media_url=victim["media_url"])
        assert people.owner.delete(f"/page/{thief['id']}").status_code == 204
        if thief["id"] >= victim["id"]:
            break
    assert requests.get(victim["media_url"], timeout=30).content == b"mine"


def test_unpublished_announcements_are_for_administrators(people: People) -> None:
    title = unique("t")
    hidden = people.admin.made("/announcement", title=title, body="b")
    seen = people.admin.made("/announcement", title=title, body="b", published=True)
    for who in (people.anonymous, people.stranger):
        assert [one["id"] for one in who.get("/announcement", title=title).json()] == [seen["id"]]
        assert who.get(f"/announcement/{hidden['id']}").status_code in (401, 403)
    listed = people.admin.get("/announcement", title=title, desc="true").json()
    assert [one["id"] for one in listed] == [seen["id"], hidden["id"]]
    assert [one["id"] for one in people.admin.get("/announcement", title=title, limit=1).json()] == [hidden["id"]]
    assert seen["user_id"] == people.admin.id


def test_unpublished_posts_are_for_keepers(people: People, stack: Any) -> None:
    project = people.owner.project(owners_ids=[people.coowner.id], info={"task_presenter": "<p>"})
    people.owner.tasks(project, 1)
    hidden = people.owner.made("/blogpost", project_id=project["id"], title="t", body="b")
    seen = people.owner.made("/blogpost", project_id=project["id"], title="t", body="b", published=True)
    query = {"project_id": project["id"], "all": "1"}
    assert people.stranger.get("/blogpost", **query).json() == []  # a draft
    headers = {"Authorization": str(people.owner.key)}
    published = requests.post(f"{stack.url}/project/{project['short_name']}/publish", headers=headers, timeout=30)
    assert published.status_code == 200, published.text
    ids = {role: _ids(getattr(people, role), query) for role in ("anonymous", "stranger", "coowner", "owner", "admin")}
    both = [hidden["id"], seen["id"]]
    assert ids == {"anonymous": both[1:], "stranger": both[1:], "coowner": both, "owner": both, "admin": both}


def _ids(who: Person, query: dict[str, Any]) -> list[int]:
    return [one["id"] for one in who.get("/blogpost", **query).json()]


def test_a_post_says_when_it_was_changed_and_stays_its_authors(people: People, project: dict[str, Any]) -> None:
    post = people.owner.made("/blogpost", project_id=project["id"], title="t", body="b")
    assert (post["user_id"], post["updated"]) == (people.owner.id, post["created"])
    changed = people.owner.put(f"/blogpost/{post['id']}", {"title": "new"}).json()
    assert changed["updated"] > post["updated"]
    assert people.coowner.put(f"/blogpost/{post['id']}", {"title": "mine"}).status_code == 403


def test_a_deleted_project_takes_its_posts_and_pages_along(people: People) -> None:
    project = people.owner.project()
    paths = []
    for name in ("blogpost", "page"):
        paths.append(f"/{name}/{people.owner.made(f'/{name}', **fields(name, project))['id']}")
    assert people.owner.delete(f"/project/{project['id']}").status_code == 204
    assert [people.owner.get(path).status_code for path in paths] == [404, 404]


def test_disqus_is_not_configured(people: People) -> None:
    answer = people.anonymous.get("/disqus/sso")
    assert (answer.status_code, answer.json()["target"]) == (405, "DISQUS_SSO")
    assert answer.json()["exception_msg"] == "405 Method Not Allowed: Disqus keys are missing"
