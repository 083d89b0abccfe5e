"""Headless clients of the pages on the running stack: cookies are kept, forms' tokens sent back."""

from dataclasses import dataclass, field
from typing import Any

import requests

from tests.contract.people import unique

PASSWORD = "correct horse battery"
JSON = {"Content-Type": "application/json"}


@dataclass
class Headless:
    """One client with its session. Contract web.md §1.1–1.11."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **given: Any) -> requests.Response:
        headers = {**JSON, **given.pop("headers", {})}
        return self.session.get(self.url + path, headers=headers, timeout=30, allow_redirects=False, **given)

    def look(self, path: str) -> dict[str, Any]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def token(self, path: str) -> str:
        page = self.look(path)
        found: str = page["form"]["csrf"] if "form" in page else page["csrf"]
        return found

    def post(self, path: str, body: Any, token: str | None, **headers: str) -> requests.Response:
        sent = {**JSON, **({"X-CSRFToken": token} if token else {}), **headers}
        return self.session.post(self.url + path, json=body, headers=sent, timeout=60, allow_redirects=False)

    def send(self, path: str, body: Any, form: str | None = None) -> dict[str, Any]:
        """A POST with the token of the form at `form`, by default the same address."""
        answer = self.post(path, body, self.token(form or path))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def api(self, method: str, path: str, body: Any = None) -> requests.Response:
        """The API with nothing but the session's cookie."""
        return self.session.request(method, f"{self.url}/api{path}", json=body, timeout=30)


@dataclass
class Account:
    """A registered account and the client that is signed in to it."""

    name: str
    email: str
    key: str
    browser: Headless


def registration(name: str, /, **changes: str) -> dict[str, str]:
    fields = {"fullname": f"Full {name}", "name": name, "email_addr": f"{name}@example.org"}
    return {**fields, "password": PASSWORD, "confirm": PASSWORD, **changes}


def registered(url: str, prefix: str = "person") -> Account:
    """A new account, signed in."""
    browser, name = Headless(url), unique(prefix)
    answer = browser.send("/account/register", registration(name))
    assert answer["status"] == "success", answer
    return Account(name, f"{name}@example.org", answer["api_key"], browser)


def sign_in(url: str, email: str, password: str = PASSWORD) -> tuple[Headless, dict[str, Any]]:
    browser = Headless(url)
    return browser, browser.send("/account/signin", {"email": email, "password": password})
