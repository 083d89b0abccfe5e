"""Forms that make no sense (contract rest-api.md §13): a 4xx in the contract's shape, nothing stored, no file left."""

from typing import Any

import pytest
import requests

from tests.contract.buckets import Bucket
from tests.contract.people import People, Person, unique

SHAPE = {"action", "status", "status_code", "target", "exception_cls", "exception_msg"}
HEAD = 'Content-Disposition: form-data; name="{}"'
FIELDS: dict[str, dict[str, Any]] = {
    "announcement": {"title": "News", "body": "All of it"},
    "blogpost": {"title": "News", "body": "All of it"},
    "helpingmaterial": {},
    "page": {"slug": "about"},
    "taskrun": {},
}
KINDS = pytest.mark.parametrize("kind", FIELDS)


class Scene:
    """A project with one task that the stranger may answer, and who may make one thing of each kind."""

    def __init__(self, people: People, bucket: Bucket) -> None:
        self._people = people
        self._bucket = bucket
        self.project = people.owner.project()
        people.owner.tasks(self.project, 1, info=unique("t"))
        self._task = people.stranger.next(self.project)
        self._before = bucket.listed()

    def who(self, kind: str) -> Person:
        return {"announcement": self._people.admin, "taskrun": self._people.stranger}.get(kind, self._people.owner)

    def form(self, kind: str, **changes: str | None) -> dict[str, str]:
        """What makes one thing, text throughout; None takes a field out."""
        ids = {} if kind == "announcement" else {"project_id": str(self.project["id"])}
        task = {"task_id": str(self._task["id"])} if kind == "taskrun" else {}
        fields = FIELDS[kind] | ids | task | changes
        return {name: text for name, text in fields.items() if text is not None}

    def send(self, kind: str, form: dict[str, str], files: Any) -> requests.Response:
        return self.who(kind).send("POST", f"/{kind}", data=form, files=files)

    def raw(self, kind: str, parts: list[bytes], boundary: str = "edge", named: str = "edge") -> requests.Response:
        """Parts as they are, each with its head; `named` is what the header says."""
        mark = f"--{boundary}\r\n".encode()
        body = b"".join(mark + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={named}"}
        return self.who(kind).send("POST", f"/{kind}", data=body, headers=headers)

    def parts(self, kind: str) -> list[bytes]:
        return [f"{HEAD.format(name)}\r\n\r\n{text}".encode() for name, text in self.form(kind).items()]

    def refused(self, kind: str, answer: requests.Response, *statuses: int) -> dict[str, Any]:
        """The error's body, after looking that nothing is stored."""
        assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
        body: dict[str, Any] = answer.json()
        assert (set(body), body["status"], body["target"]) == (SHAPE, "failed", kind)
        assert self._bucket.listed() == self._before
        if kind != "announcement":
            assert self.who(kind).get(f"/{kind}", project_id=self.project["id"], all="1").json() == []
        return body


@pytest.fixture
def scene(people: People, bucket: Bucket) -> Scene:
    return Scene(people, bucket)


PNG = ("a.png", b"x")


@KINDS
def test_a_form_without_a_file(scene: Scene, kind: str) -> None:
    nothing = scene.raw(kind, scene.parts(kind))
    assert scene.refused(kind, nothing, 415)["exception_cls"] == "AttributeError"
    elsewhere = scene.send(kind, scene.form(kind), {"picture": PNG})
    assert scene.refused(kind, elsewhere, 415)["exception_cls"] == "AttributeError"
    as_text = scene.send(kind, scene.form(kind), {"file": (None, b"x")})
    scene.refused(kind, as_text, 415)


@KINDS
def test_a_form_with_two_files(scene: Scene, kind: str) -> None:
    answer = scene.send(kind, scene.form(kind), [("file", PNG), ("file", ("b.png", b"y"))])
    assert scene.refused(kind, answer, 415)["exception_cls"] == "ValueError"


@KINDS
@pytest.mark.parametrize("boundary", ["other", "", "e" * 300, '"', "ed\tge"])
def test_a_wrong_boundary(scene: Scene, kind: str, boundary: str) -> None:
    file = f'{HEAD.format("file")}; filename="a.png"\r\n\r\nx'.encode()
    scene.refused(kind, scene.raw(kind, [*scene.parts(kind), file], named=boundary), 415)


@pytest.mark.parametrize("kind", [kind for kind in FIELDS if kind != "announcement"])
@pytest.mark.parametrize("project_id", [None, "", "x", "0", "-1", "1.5", "1e3", "999999999", "9" * 40, "１"])
def test_a_project_that_is_none(scene: Scene, kind: str, project_id: str | None) -> None:
    answer = scene.send(kind, scene.form(kind, project_id=project_id), {"file": PNG})
    scene.refused(kind, answer, 403 if kind == "taskrun" else 415)


@KINDS
@pytest.mark.parametrize("info", ["", "x", "[1]", "5", "null", '"text"', "{", '{"a": 1, "a": 2}', '{"a": NaN}'])
def test_an_info_that_is_no_object(scene: Scene, kind: str, info: str) -> None:
    answer = scene.send(kind, scene.form(kind, info=info), {"file": PNG})
    assert answer.json()["exception_msg"] == "info must be the JSON text of an object."
    assert scene.refused(kind, answer, 415)["exception_cls"] == "ValueError"


@KINDS
def test_a_field_of_a_megabyte(scene: Scene, kind: str) -> None:
    huge = "x" * 1_000_000
    scene.refused(kind, scene.send(kind, scene.form(kind, info=f'{{"a": "{huge}"}}'), {"file": PNG}), 413)
    scene.refused(kind, scene.send(kind, scene.form(kind, info=f'{{"a": "{huge[:500_000]}"}}'), {"file": PNG}), 415)
    answer = scene.send(kind, scene.form(kind, unknown=huge), {"file": PNG})
    assert scene.refused(kind, answer, 415)["exception_cls"] == "TypeError"
    for name in scene.form(kind):
        scene.refused(kind, scene.send(kind, scene.form(kind, **{name: huge}), {"file": PNG}), 415, 403)


@KINDS
@pytest.mark.parametrize("key", ["id", "created"])
def test_a_reserved_key(scene: Scene, kind: str, key: str) -> None:
    scene.refused(kind, scene.send(kind, scene.form(kind, **{key: "1"}), {"file": PNG}), 400)


@KINDS
@pytest.mark.parametrize(
    "name", ["a.exe", "a.html", "a.svg", "png", ".htaccess", "a.png.exe", "a.png ", "a.", "blob.php"]
)
def test_a_type_that_is_not_taken(scene: Scene, kind: str, name: str) -> None:
    answer = scene.send(kind, scene.form(kind), {"file": (name, b"x")})
    assert scene.refused(kind, answer, 415)["exception_cls"] == "DataError"


@KINDS
@pytest.mark.parametrize(
    "name",
    [b"../x.png", b"..\\x.png", b"/etc/x.png", b"a\x00.png", b"a/../../b.png", b"x" * 300 + b".png", b"a\x7f.png"],
    ids=["up", "up, as Windows does", "absolute", "NUL", "up in between", "300 characters", "DEL"],
)
def test_a_file_name_that_is_no_name(scene: Scene, kind: str, name: bytes) -> None:
    file = HEAD.format("file").encode() + b'; filename="' + name + b'"\r\n\r\nx'
    scene.refused(kind, scene.raw(kind, [*scene.parts(kind), file]), 415)


@KINDS
def test_an_empty_file_name_is_no_file(scene: Scene, kind: str) -> None:
    file = f'{HEAD.format("file")}; filename=""\r\n\r\nx'.encode()
    answer = scene.raw(kind, [*scene.parts(kind), file])
    assert scene.refused(kind, answer, 415)["exception_cls"] == "AttributeError"


@KINDS
def test_broken_forms(scene: Scene, kind: str) -> None:
    file = f'{HEAD.format("file")}; filename="a.png"\r\n\r\nx'.encode()
    for part in (
        b"no head at all",
        b"Content-Disposition: form-data\r\n\r\nx",
        HEAD.format("a").encode(),
        b"\xff\r\n\r\n",
    ):
        scene.refused(kind, scene.raw(kind, [*scene.parts(kind), file, part]), 415)
    scene.refused(kind, scene.raw(kind, [*scene.parts(kind), file, *[b"a: b\r\n\r\nx"] * 40]), 415)


@pytest.mark.parametrize("name", ["Łódź – 雲.png", 'a "quoted" name.png', "100% a&b=c#d?.png", "...png", "a;b='.png"])
def test_names_of_any_language_come_back(people: People, scene: Scene, name: str) -> None:
    made = scene.send("helpingmaterial", scene.form("helpingmaterial"), {"file": (name, b"content")}).json()
    assert made["info"]["file_name"] == name
    assert requests.get(made["media_url"], timeout=30).content == b"content"
    assert people.owner.delete(f"/helpingmaterial/{made['id']}").status_code == 204
    assert requests.get(made["media_url"], timeout=30).status_code == 404
