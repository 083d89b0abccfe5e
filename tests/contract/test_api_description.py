"""The description that the running site gives of itself: as a document and as a page."""

import re

import openapi_spec_validator

from tests.contract.people import People


def test_the_document_describes_the_site_that_serves_it(people: People) -> None:
    answer = people.anonymous.get("/openapi.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    openapi_spec_validator.validate(answer.json())
    for path in ("/api/task", "/api/project/{identifier}/newtask", "/leaderboard/"):
        assert path in answer.json()["paths"]
    assert answer.headers["Content-Encoding"] == "gzip"
    again = people.anonymous.send("GET", "/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_has_a_chapter_for_each_tag_and_an_anchor_for_each_operation(people: People) -> None:
    document = people.anonymous.get("/openapi.json").json()
    page = people.anonymous.get("/docs")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    anchors = re.findall(r' id="([^"]+)"', page.text)
    assert len(anchors) == len(set(anchors))
    operations = {f"op-{one['operationId']}" for methods in document["paths"].values() for one in methods.values()}
    assert {tag["name"] for tag in document["tags"]} | operations <= set(anchors)
    assert "<script" not in page.text
    assert 'href="/api/docs"' in people.anonymous.send("GET", "/../", headers={}).text
