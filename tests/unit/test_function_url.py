"""Real HTTP requests become the events that a function URL sends, and its answers become HTTP again."""

import base64
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from infra.local.function_url import as_answer, as_event
from infra.local.web import PAYLOAD_BYTES, function_url


def _environ(method: str = "GET", target: str = "/", body: bytes = b"", **headers: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    special = {"CONTENT_TYPE", "CONTENT_LENGTH"}
    return {
        "REQUEST_METHOD": method,
        "REQUEST_URI": target,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **{name if name in special else f"HTTP_{name}": value for name, value in headers.items()},
    }


def test_the_path_stays_as_it_was_sent() -> None:
    event = as_event(_environ(target="/project/caf%C3%A9%2Fbar/?x=%20"), b"")
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/project/caf%C3%A9%2Fbar/"
    assert event["rawQueryString"] == "x=%20"


def test_repeated_query_keys_are_joined_by_commas() -> None:
    event = as_event(_environ(target="/?a=1&b=&a=2"), b"")
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}


def test_a_request_without_query_and_body_has_neither() -> None:
    assert not {"queryStringParameters", "body", "cookies"} & set(as_event(_environ(), b""))


def test_header_names_are_in_small_letters_and_cookies_stand_apart() -> None:
    event = as_event(_environ(COOKIE="a=1; b=2", X_OWN="yes"), b"")
    assert event["headers"]["x-own"] == "yes"
    assert "cookie" not in event["headers"]
    assert event["cookies"] == ["a=1", "b=2"]


def test_the_callers_address_is_the_last_one_forwarded() -> None:
    event = as_event(_environ(X_FORWARDED_FOR="9.9.9.9"), b"")
    assert event["headers"]["x-forwarded-for"] == "9.9.9.9, 127.0.0.1"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


@pytest.mark.parametrize("kind", ["application/json", "text/plain; charset=utf-8", "application/xml"])
def test_text_stays_text(kind: str) -> None:
    event = as_event(_environ("POST", CONTENT_TYPE=kind), "é".encode())
    assert (event["body"], event["isBase64Encoded"]) == ("é", False)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/octet-stream", b"\x00\xff"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"a=1"),
        ("", b"plain"),
        ("application/json", b"\xff"),
    ],
)
def test_other_bodies_come_in_base64_byte_for_byte(kind: str, body: bytes) -> None:
    event = as_event(_environ("POST", CONTENT_TYPE=kind), body)
    assert event["isBase64Encoded"]
    assert base64.b64decode(event["body"]) == body


def test_an_answer_keeps_its_status_headers_and_every_cookie() -> None:
    answer = as_answer({"statusCode": 302, "headers": {"Location": "/"}, "cookies": ["a=1", "b=2"], "body": ""})
    assert answer.status == "302 Found"
    assert ("Location", "/") in answer.headers
    assert [value for name, value in answer.headers if name == "Set-Cookie"] == ["a=1", "b=2"]


def test_a_binary_answer_is_decoded() -> None:
    answer = as_answer({"statusCode": 200, "body": base64.b64encode(b"\x89PNG\xff").decode(), "isBase64Encoded": True})
    assert answer.body == b"\x89PNG\xff"
    assert ("Content-Length", "5") in answer.headers


def test_the_length_that_a_head_request_asked_for_is_kept() -> None:
    answer = as_answer({"statusCode": 200, "headers": {"content-length": "1234"}, "body": ""})
    assert [value for name, value in answer.headers if name.lower() == "content-length"] == ["1234"]


def test_a_status_without_a_name_is_no_error() -> None:
    assert as_answer({"statusCode": 599}).status == "599 Unknown"


def _called(handler: Callable[[Any, Any], Any], environ: dict[str, Any]) -> tuple[str, bytes]:
    started: list[str] = []
    chunks: Iterable[bytes] = function_url(handler, 29.0)(environ, lambda status, _headers: started.append(status))
    return started[0], b"".join(chunks)


def _echo(event: Any, _context: Any) -> dict[str, Any]:
    return {"statusCode": 200, "body": event.get("body", ""), "isBase64Encoded": event["isBase64Encoded"]}


def _raise(_event: Any, _context: Any) -> dict[str, Any]:
    raise ValueError("boom")


def _answer_too_much(_event: Any, _context: Any) -> dict[str, Any]:
    return {"statusCode": 200, "body": "x" * (PAYLOAD_BYTES + 1)}


def test_bytes_go_through_and_back_unchanged() -> None:
    body = bytes(range(256))
    assert _called(_echo, _environ("POST", body=body)) == ("200 OK", body)


@pytest.mark.parametrize(
    ("handler", "size", "status"), [(_echo, PAYLOAD_BYTES, 413), (_raise, 1, 502), (_answer_too_much, 1, 502)]
)
def test_what_a_function_url_refuses_is_refused_in_the_apis_error_shape(handler: Any, size: int, status: int) -> None:
    said, body = _called(handler, _environ("POST", "/api/task", body=b"x" * size))
    failure = json.loads(body)
    assert said.startswith(str(status))
    assert (failure["status"], failure["status_code"], failure["target"]) == ("failed", status, "/api/task")
