"""The API's front: rate limits, headers, and defects that tell callers nothing (contract rest-api.md §6–8)."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.api.calls import call_of
from chalicelib.api.front_door import FrontDoor
from chalicelib.api.routes import ROUTES
from chalicelib.api.serving import blueprint_of
from chalicelib.core.callers import Caller
from chalicelib.core.errors import Unauthorized
from chalicelib.core.rate_limits import RateLimits
from chalicelib.settings import Settings

WINDOW = 900


class Recognition:
    """Everybody is the address they come from, unless they send a token, which is never good."""

    def caller(self, headers: Any, query: Any, source_ip: str) -> Caller:
        if headers.get("authorization", "").startswith("Presenter "):
            raise Unauthorized("Signature verification failed")
        return self.stranger(source_ip)

    def stranger(self, source_ip: str) -> Caller:
        return Caller(source_ip)


class Broken:
    """A store with a defect."""

    def get(self, item_id: int) -> None:
        raise RuntimeError(f"secret text of item {item_id}")


class Sums:
    """A table that never answers: each container counts for itself."""

    def add(self, name: str, requests: int, end: int) -> None:
        return None


class Services:
    def __init__(self, limit: int) -> None:
        self.now = 1_000_000.0
        self.settings = Settings(rate_limit=limit)
        self.rate_limits = RateLimits(limit, limit, WINDOW, Sums(), b"secret" * 6, self.clock)
        self.recognition = Recognition()
        self.categories = Broken()

    def clock(self) -> float:
        return self.now


class Api:
    def __init__(self, limit: int = 300) -> None:
        self.services = Services(limit)
        self._door = FrontDoor("test", self.services)  # type: ignore[arg-type]
        self._door.register_blueprint(blueprint_of(__name__, ROUTES))

    def send(self, method: str, address: str, source: str = "10.0.0.1", **headers: str) -> dict[str, Any]:
        parts = urlsplit(address)
        http = {"method": method, "path": parts.path, "sourceIp": source}
        event = {
            "version": "2.0",
            "rawQueryString": parts.query,
            "headers": {"host": "example.org", **headers},
            "requestContext": {"http": http, "domainName": "example.org"},
            "isBase64Encoded": False,
        }
        answer: dict[str, Any] = self._door(event, None)
        return answer


def test_17_the_last_request_of_a_window_is_refused() -> None:
    api = Api(limit=300)
    answers = [api.send("GET", "/api/") for _ in range(301)]
    assert {answer["statusCode"] for answer in answers[:299]} == {200}
    assert [answer["headers"]["X-RateLimit-Remaining"] for answer in answers[:2]] == ["299", "298"]
    for refused in answers[299:]:
        assert (refused["statusCode"], refused["headers"]["X-RateLimit-Remaining"]) == (429, "0")
        body = json.loads(refused["body"])
        assert (body["exception_cls"], body["target"], body["action"]) == ("TooManyRequests", "/api/", "GET")
        assert refused["headers"]["Access-Control-Allow-Origin"] == "*"


def test_the_window_ends_where_the_header_says() -> None:
    api = Api(limit=2)
    api.send("GET", "/api/")
    refused = api.send("GET", "/api/")
    reset = int(refused["headers"]["X-RateLimit-Reset"])
    assert reset % WINDOW == 0
    assert 0 < reset - api.services.now <= WINDOW
    api.services.now = reset
    assert api.send("GET", "/api/")["statusCode"] == 200


def test_callers_and_endpoints_are_counted_apart_and_methods_together() -> None:
    api = Api(limit=3)

    def remaining(method: str, address: str, source: str = "10.0.0.1") -> str:
        return str(api.send(method, address, source)["headers"]["X-RateLimit-Remaining"])

    assert remaining("GET", "/api/category/1") == "2"
    assert remaining("HEAD", "/api/category/1") == "1"
    assert remaining("DELETE", "/api/category/1") == "0"
    assert remaining("GET", "/api/task?foo=1") == "2"
    assert remaining("GET", "/api/category/1", "10.0.0.2") == "2"


def test_every_answer_of_an_endpoint_says_what_is_left() -> None:
    api = Api(limit=10)
    asked = [
        (200, api.send("GET", "/api/")),
        (200, api.send("HEAD", "/api/")),
        (401, api.send("GET", "/api/", authorization="Presenter x")),
    ]
    assert [answer["statusCode"] for _, answer in asked] == [status for status, _ in asked]
    left = [[answer["headers"][f"X-RateLimit-{what}"] for what in ("Limit", "Remaining")] for _, answer in asked]
    assert left == [["10", "9"], ["10", "8"], ["10", "7"]]
    for status, method, address in ((415, "GET", "/api/task?foo=1"), (500, "GET", "/api/category/1")):
        answer = api.send(method, address)
        assert (answer["statusCode"], answer["headers"]["X-RateLimit-Remaining"]) == (status, "9")
    for method, address in (("GET", "/api/nothing"), ("PATCH", "/api/task"), ("GET", "/api/helpinmaterial")):
        answer = api.send(method, address)
        assert answer["statusCode"] in (404, 405)
        assert "X-RateLimit-Limit" not in answer["headers"]


def test_tokens_that_are_not_good_are_counted_for_their_address() -> None:
    api = Api(limit=4)
    for _ in range(3):
        assert api.send("GET", "/api/", authorization="Presenter x")["statusCode"] == 401
    assert api.send("GET", "/api/", authorization="Presenter x")["statusCode"] == 429
    assert api.send("GET", "/api/")["statusCode"] == 429
    assert api.send("GET", "/api/", source="10.0.0.2")["statusCode"] == 200


def test_a_limit_that_is_reached_stays_reached_and_is_counted_no_further() -> None:
    limits = RateLimits(10, 10, WINDOW, Sums(), b"secret" * 6, lambda: 0.0)
    assert [limits.take("task", Caller("me")).remaining for _ in range(12)] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0]


def test_a_defect_tells_its_class_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    answer = Api().send("GET", "/api/category/7", origin="https://x.org")
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["exception_cls"], body["target"]) == (500, "RuntimeError", "category")
    assert "secret" not in answer["body"]
    assert answer["headers"]["Access-Control-Allow-Origin"] == "https://x.org"
    assert "secret text of item 7" in caplog.text


def test_options_is_not_counted() -> None:
    api = Api(limit=2)
    for _ in range(5):
        answer = api.send("OPTIONS", "/api/task")
        assert answer["statusCode"] == 200
        assert "X-RateLimit-Limit" not in answer["headers"]


@pytest.mark.parametrize(
    ("headers", "site"),
    [
        ({}, "http://example.org"),
        ({"x-forwarded-proto": "https"}, "https://example.org"),
        ({"x-forwarded-proto": "https, http"}, "https://example.org"),
        ({"host": "127.0.0.1:8000"}, "http://127.0.0.1:8000"),
        ({"host": "[::1]:8000"}, "http://[::1]:8000"),
        ({"host": "x'/><script>"}, "http://example.org"),
        ({"x-forwarded-proto": "javascript"}, "http://example.org"),
    ],
)
def test_links_lead_to_where_the_caller_came_from(headers: dict[str, str], site: str) -> None:
    class Request:
        method, path, query_params = "GET", "/api/", None
        context = {"path": "/api/", "domainName": "example.org", "identity": {"sourceIp": "::1"}}

        def __init__(self) -> None:
            self.headers = {"host": "example.org", **headers}

    assert call_of(Services(300), Request()).site == site  # type: ignore[arg-type]
