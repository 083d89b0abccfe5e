"""What spares the wire: `ETag`, 304 and gzip, against the running stack."""

import gzip
from typing import Any

import pytest
import requests

from tests.contract.people import People


@pytest.fixture(scope="module")
def task(people: People) -> dict[str, Any]:
    return people.owner.tasks(people.owner.project(), 1, info={"text": "cloud " * 500})[0]


def test_who_has_an_object_already_gets_no_body(people: People, task: dict[str, Any]) -> None:
    path = f"/task/{task['id']}"
    first = people.anonymous.get(path)
    tag = first.headers["ETag"]
    for asked in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        answer = people.anonymous.send("GET", path, headers={"If-None-Match": asked, "Origin": "https://x.org"})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
        assert answer.headers["Access-Control-Allow-Origin"] == "https://x.org"
        assert "X-RateLimit-Remaining" in answer.headers
        assert "Authorization" in answer.headers["Vary"]
        assert "Origin" in answer.headers["Vary"]
    assert people.anonymous.send("GET", path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert people.owner.put(path, {"quorum": 3}).status_code == 200
    changed = people.anonymous.send("GET", path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["quorum"]) == (200, 3)
    assert people.anonymous.send("HEAD", path).headers["ETag"] == changed.headers["ETag"]


def test_the_tag_is_of_what_the_caller_reads(people: People) -> None:
    project = people.owner.project()
    path = f"/project/{project['id']}"
    tags = {people.owner.get(path).headers["ETag"], people.admin.get(path).headers["ETag"]}
    assert len(tags) == 1  # both read everything
    assert "ETag" not in people.anonymous.get(path).headers  # 401: nothing to keep


def test_long_answers_are_compressed_for_those_who_accept_it(people: People, task: dict[str, Any]) -> None:
    path = f"{people.anonymous.url}/api/task/{task['id']}"
    plain, packed = (_raw(path, accepted) for accepted in ("identity", "gzip"))
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    content, raw = plain.raw.read(), packed.raw.read()
    assert gzip.decompress(raw) == content
    assert len(raw) < len(content) / 5
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "X-RateLimit-Limit" in answer.headers
    head = requests.head(path, headers={"Accept-Encoding": "gzip"}, timeout=30)
    assert int(head.headers["Content-Length"]) == len(raw)


def _raw(path: str, accepted: str) -> requests.Response:
    return requests.get(path, headers={"Accept-Encoding": accepted}, stream=True, timeout=30)
