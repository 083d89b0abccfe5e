"""Files of helping materials (contract rest-api.md §13), against the running stack."""

import os
from typing import Any

import pytest
import requests

from tests.contract.people import People, Person


@pytest.fixture(scope="module")
def project(people: People) -> dict[str, Any]:
    return people.owner.project()


def upload(who: Person, project: dict[str, Any], name: str, content: bytes, **fields: Any) -> requests.Response:
    form = {"project_id": project["id"], **fields}
    return who.send("POST", "/helpingmaterial", data=form, files={"file": (name, content)})


@pytest.mark.parametrize(
    "content",
    [b"", b"\r\n", b"--", bytes(range(256)) * 400, b"\r\n--boundary\r\n", "ü".encode("latin-1"), os.urandom(3_000_000)],
    ids=["empty", "line end", "dashes", "every byte", "a boundary", "latin-1", "3 MB"],
)
def test_a_file_comes_back_byte_for_byte(people: People, project: dict[str, Any], content: bytes) -> None:
    made = upload(people.owner, project, "some picture.PNG", content).json()
    read = requests.get(made["media_url"], timeout=30)
    assert read.content == content
    assert read.headers["Content-Type"] == "image/png"
    assert made["info"] == {"container": f"user_{people.owner.id}", "file_name": "some picture.PNG"}
    assert made["media_url"].startswith(f"{people.owner.url}/uploads/user_{people.owner.id}/")


def test_equal_names_do_not_overwrite_each_other(people: People, project: dict[str, Any]) -> None:
    one, other = (upload(people.owner, project, "a.png", content).json() for content in (b"1", b"2"))
    assert [requests.get(made["media_url"], timeout=30).content for made in (one, other)] == [b"1", b"2"]


def test_other_keys_of_info_are_kept(people: People, project: dict[str, Any]) -> None:
    made = upload(people.owner, project, "a.css", b"x", info='{"key": "value"}', priority="0.5").json()
    assert made["info"] == {"key": "value", "container": f"user_{people.owner.id}", "file_name": "a.css"}
    assert made["priority"] == 0.5


def test_a_put_replaces_the_file_and_only_that(people: People, project: dict[str, Any]) -> None:
    made = upload(people.owner, project, "a.png", b"old", info='{"k": 1}').json()
    form = {"project_id": project["id"], "priority": "3"}
    path = f"/helpingmaterial/{made['id']}"
    changed = people.owner.send("PUT", path, data=form, files={"file": ("b.gif", b"new")}).json()
    assert requests.get(changed["media_url"], timeout=30).content == b"new"
    assert requests.get(made["media_url"], timeout=30).status_code == 404
    assert (changed["info"]["k"], changed["info"]["file_name"], changed["priority"]) == (1, "b.gif", 0.0)


def test_deletion_removes_the_file(people: People, project: dict[str, Any]) -> None:
    made = upload(people.owner, project, "a.zip", b"x").json()
    assert people.owner.delete(f"/helpingmaterial/{made['id']}").status_code == 204
    assert requests.get(made["media_url"], timeout=30).status_code == 404


def test_a_material_cannot_remove_the_file_of_another(people: People, project: dict[str, Any]) -> None:
    victim = upload(people.owner, project, "a.png", b"mine").json()
    thief = people.stranger.made("/helpingmaterial", project_id=people.stranger.project()["id"])
    stolen = {"media_url": victim["media_url"], "info": victim["info"]}
    assert people.stranger.put(f"/helpingmaterial/{thief['id']}", stolen).status_code == 200
    assert people.stranger.delete(f"/helpingmaterial/{thief['id']}").status_code == 204
    assert requests.get(victim["media_url"], timeout=30).content == b"mine"


@pytest.mark.parametrize("name", ["a.exe", "a.html", "a.svg", "noextension", "png", "a.png.exe"])
def test_other_types_are_refused(people: People, project: dict[str, Any], name: str) -> None:
    answer = upload(people.owner, project, name, b"x")
    assert (answer.status_code, answer.json()["target"]) == (415, "helpingmaterial")


def test_an_administrator_uploads_under_the_owners_name(people: People, project: dict[str, Any]) -> None:
    made = upload(people.admin, project, "a.jpg", b"x").json()
    assert made["info"]["container"] == f"user_{people.owner.id}"


@pytest.mark.parametrize(("role", "status"), [("anonymous", 401), ("stranger", 403)])
def test_others_upload_nothing(people: People, project: dict[str, Any], role: str, status: int) -> None:
    assert upload(getattr(people, role), project, "a.png", b"x").status_code == status


def test_a_form_without_a_file_is_an_attribute_error(people: People, project: dict[str, Any]) -> None:
    answer = people.owner.send(
        "POST", "/helpingmaterial", files={"project_id": (None, str(project["id"])), "other": ("a.png", b"x")}
    )
    assert (answer.status_code, answer.json()["exception_cls"]) == (415, "AttributeError")


def test_a_form_with_two_files_or_reserved_keys_is_refused(people: People, project: dict[str, Any]) -> None:
    form = {"project_id": project["id"]}
    two = [("file", ("a.png", b"1")), ("file", ("b.png", b"2"))]
    assert people.owner.send("POST", "/helpingmaterial", data=form, files=two).status_code == 415
    assert upload(people.owner, project, "a.png", b"x", id=5).status_code == 400
    assert upload(people.owner, project, "a.png", b"x", info="[1]").status_code == 415


def test_a_file_that_is_too_large_is_refused(people: People, project: dict[str, Any]) -> None:
    assert upload(people.owner, project, "a.png", b"x" * 4_500_000).status_code == 413


@pytest.mark.parametrize("path", ["/uploads/user_1/x/a.png", "/uploads/other/1-0123456789abcdef/a.png"])
def test_addresses_that_no_upload_has_are_not_found(people: People, path: str) -> None:
    assert requests.get(people.owner.url + path, timeout=30).status_code == 404
