"""Static files: typed, tagged, compressed, and nothing but static files."""

import gzip

import pytest

from chalicelib.web import static_files
from tests.fakes.pages import Services, Site

PYBOSSA = "/static/js/pybossa/pybossa.js"


def site() -> Site:
    return Site(Services())


def test_pybossa_js_is_at_its_canonical_address() -> None:
    answer = site().get(PYBOSSA)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert b"window.pybossa = {" in answer.body


def test_a_file_named_with_its_tag_is_kept_for_ever_and_without_for_an_hour() -> None:
    assert "immutable" in site().get(static_files.address("css/site.css")).headers["Cache-Control"]
    assert site().get("/static/css/site.css").headers["Cache-Control"] == "public, max-age=3600"
    assert site().get("/static/css/site.css?v=old").headers["Cache-Control"] == "public, max-age=3600"


def test_a_browser_that_has_the_file_is_told_so() -> None:
    tag = site().get(PYBOSSA).headers["ETag"]
    answer = site().get(PYBOSSA, if_none_match=f'W/"x", {tag}')
    assert (answer.status, answer.body) == (304, b"")


def test_text_is_compressed_for_browsers_that_can() -> None:
    answer = site().get(PYBOSSA, accept_encoding="gzip, br")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.body) == site().get(PYBOSSA).body


def test_a_head_request_has_the_length_and_no_body() -> None:
    answer = site().get(PYBOSSA, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(site().get(PYBOSSA).body)


def test_a_picture_is_bytes_of_its_own_type_whatever_the_browser_accepts() -> None:
    answer = site().get("/static/img/icon.svg", accept="image/avif")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.body.startswith(b"<svg")


def test_fonts_and_scripts_may_be_used_by_a_frame_without_an_origin() -> None:
    assert site().get(PYBOSSA).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "../routes.py",
        "%2e%2e/routes.py",
        ".gitignore",
        "vendor/.pins",
        "css",
        "js/../../routes.py",
        "js/nope.js",
        "a/b/c/d",
    ],
)
def test_nothing_else_is_served(path: str) -> None:
    assert site().get(f"/static/{path}").status == 404
