"""A plain client of the REST API, for the launcher and the demo."""

from typing import Any

import requests

SECONDS = 30.0


class ApiError(Exception):
    """The server refused; the message has its reason."""


class Api:
    """One caller; anonymous without a key. Not to be shared by threads."""

    def __init__(self, url: str, api_key: str = "") -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands before this machine itself
        if api_key:
            self._session.headers["Authorization"] = api_key

    def get(self, path: str, **query: object) -> Any:
        return self._call("GET", path, params=query)

    def post(self, path: str, body: object) -> Any:
        return self._call("POST", path, json=body)

    def put(self, path: str, body: object) -> Any:
        return self._call("PUT", path, json=body)

    def submit(self, path: str) -> None:
        """POST an empty form to a page, which answers by leading elsewhere."""
        self._checked(self._session.post(self._url + path, timeout=SECONDS, allow_redirects=False))

    def _call(self, method: str, path: str, **given: Any) -> Any:
        return self._checked(self._session.request(method, self._url + path, timeout=SECONDS, **given)).json()

    def _checked(self, answer: requests.Response) -> requests.Response:
        if answer.status_code >= 400:
            reason = f"{answer.status_code} {answer.text[:300]}"
            raise ApiError(f"{answer.request.method} {answer.request.path_url}: {reason}")
        return answer
