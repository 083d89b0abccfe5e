"""The examples of `docs/reference` do what they say: their blocks are run, in order, against the running stack."""

import contextlib
import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pbclient
import pytest

from infra.reference import DOCS
from infra.reference_examples import VARIABLES
from infra.reference_pages import variables
from tests.contract.people import People, eventually, unique
from tests.contract.test_import_bucket import Bucket
from tests.instance import Stack

PAGES = sorted((DOCS / "reference").glob("*.md"))
FREE = {"info", "categories", "fields"}  # whose keys are anybody's own
BLOCK = re.compile(r"```(\w+)\n(.*?)\n```", re.DOTALL)


class Reader:
    """Who reads a page: has an account, and gets values for its names, each made when it is first wanted."""

    def __init__(self, stack: Stack, people: People, folder: Path) -> None:
        self.stack = stack
        self.people = people
        self.folder = folder
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = VALUES[name](self)
        return self._values[name]

    def made(self, resource: str, **fields: Any) -> Any:
        return self.people.owner.made(f"/{resource}", project_id=self["PROJECT"], **fields)["id"]


def answered(reader: Reader) -> list[dict[str, Any]]:
    """Runs of the reader on other tasks than the page's own."""
    asked = reader.people.owner.next(reader["draft"], limit=3)
    assert [one["id"] for one in asked] == [one["id"] for one in reader["tasks"]]
    return [reader.people.owner.answer(one) for one in asked[1:]]


def concluded(reader: Reader) -> Any:
    reader.people.owner.tasks(reader["draft"], 1, n_answers=1)
    reader.people.stranger.answer_all(reader["draft"])
    return eventually(lambda: reader.people.owner.get("/result", project_id=reader["PROJECT"]).json())[0]["id"]


def category(reader: Reader) -> Any:
    names = dict.fromkeys(("name", "short_name", "description"), unique("category"))
    return reader.people.admin.made("/category", **names)["id"]


def picture(reader: Reader) -> str:
    path = reader.folder / "bird.png"
    path.write_bytes(b"\x89PNG")
    return str(path)


def uploaded(reader: Reader) -> Any:
    file = ("bird.png", Path(reader["FILE"]).read_bytes())
    form = {"data": {"project_id": reader["PROJECT"]}, "files": {"file": file}}
    return reader.people.owner.send("POST", "/helpingmaterial", **form).json()["media_url"]


def imported(reader: Reader) -> Any:
    rows = b"image,n_answers\nhttps://example.org/1.jpg,1\nhttps://example.org/2.jpg,0\n"
    return Bucket(reader.stack).imported("birds.csv", rows, reader["draft"]["short_name"])["id"]


VALUES: dict[str, Callable[[Reader], Any]] = {
    "URL": lambda reader: reader.stack.url,
    "KEY": lambda reader: reader.people.owner.key,
    "ADMIN_KEY": lambda reader: reader.people.admin.key,
    "NAME": lambda reader: unique("birds"),
    "draft": lambda reader: reader.people.owner.project(),
    "tasks": lambda reader: reader.people.owner.tasks(reader["draft"], 3, n_answers=9),
    "runs": answered,
    "PROJECT": lambda reader: reader["tasks"][0]["project_id"],
    "SHORT_NAME": lambda reader: reader["draft"]["short_name"],
    "SECRET": lambda reader: reader["draft"]["secret_key"],
    "SPARE_PROJECT": lambda reader: reader.people.owner.project()["id"],
    "TASK": lambda reader: reader["tasks"][0]["id"],
    "SPARE_TASK": lambda reader: reader["tasks"][2]["id"],
    "RUN": lambda reader: reader["runs"][0]["id"],
    "SPARE_RUN": lambda reader: reader["runs"][1]["id"],
    "RESULT": concluded,
    "CATEGORY": category,
    "ME": lambda reader: reader.people.owner.id,
    "FILE": picture,
    "MATERIAL": lambda reader: reader.made("helpingmaterial"),
    "POST": lambda reader: reader.made("blogpost", title="t", body="b", published=True),
    "PAGE": lambda reader: reader.made("page", slug="s"),
    "NEWS": lambda reader: reader.people.admin.made("/announcement", title="t", body="b")["id"],
    "MEDIA": uploaded,
    "IMPORT": imported,
    "IMPORTED": lambda reader: (reader["IMPORT"], reader["draft"]["id"])[1],
}


@pytest.fixture
def reader(stack: Stack, people: People, tmp_path: Path) -> Iterator[Reader]:
    yield Reader(stack, people, tmp_path)
    pbclient._opts.clear()


def like(expected: Any, found: Any) -> bool:
    """Whether `found` has the keys of `expected`, and values of their types."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() <= found.keys() and all(
            name in FREE or like(value, found[name]) for name, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(found, list):
        return not expected or (bool(found) and all(like(expected[0], one) for one in found))
    return None in (expected, found) or type(expected) is type(found)


def prints(expected: str, printed: str) -> bool:
    """Whether it is the text; … in it stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, expected.split("…"))), printed.strip(), re.DOTALL) is not None


def run_bash(source: str, names: dict[str, Any]) -> str:
    environment = {**os.environ, **{name: str(value) for name, value in names.items()}}
    done = subprocess.run(["bash", "-euc", source], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_python(source: str, names: dict[str, Any]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(source, names)
    return printed.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_the_examples_of_a_page_do_what_they_say(reader: Reader, page: Path) -> None:
    text = page.read_text()
    names = {name: reader[name] for name in variables("".join(block for _, block in BLOCK.findall(text)))}
    program = dict(names)  # keeps what earlier blocks of the page made
    printed = ""
    for language, block in BLOCK.findall(text):
        if language == "bash":
            printed = run_bash(block, names)
        elif language == "python":
            printed = run_python(block, program)
        elif language == "json":
            assert like(json.loads(block), json.loads(printed)), (block, printed)
        else:
            assert prints(block, printed), (block, printed)


def test_every_name_has_a_value() -> None:
    assert set(VARIABLES) == {name for name in VALUES if name.isupper()}
