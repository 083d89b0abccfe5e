"""A running stack from outside: its owner who makes projects and tasks, and volunteers who contribute over HTTP.

Volunteers are a project's external users (contract rest-api.md §3.3), so that any number of them needs no account.
`http.client` with one kept-alive connection each keeps the clients' own work small.
"""

import http.client
import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import botocore.session

from tests.instance import Stack

IMPORT_SECONDS = 300.0


class Refused(Exception):
    """An answer of 400 or more; `status` and the body's text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:300]}")
        self.status = status


class Connection:
    """One kept-alive connection that speaks JSON."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._http = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self._headers = {"Content-Type": "application/json", **(headers or {})}

    def call(self, method: str, path: str, body: Any = None, once: str | None = None, **query: Any) -> Any:
        """The JSON of the answer; `once` is the Idempotency-Key. Raises Refused."""
        target = f"{path}?{urlencode(query)}" if query else path
        headers = {**self._headers, "Idempotency-Key": once} if once else self._headers
        self._http.request(method, target, None if body is None else json.dumps(body), headers)
        answer = self._http.getresponse()
        text = answer.read().decode()
        if answer.status >= 400:
            raise Refused(answer.status, text)
        return json.loads(text) if text else None

    def close(self) -> None:
        self._http.close()


class Site:
    """The stack, as its administrator sees it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._key = stack.admin_api_key
        self._connection = Connection(stack.url)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        return self._connection.call(method, path, body, api_key=self._key, **query)

    def create_project(self, short_name: str, **fields: Any) -> dict[str, Any]:
        project = {"name": f"Project {short_name}", "short_name": short_name, "description": "d", **fields}
        made: dict[str, Any] = self.call("POST", "/api/project", project)
        return made

    def import_csv(self, project: dict[str, Any], header: str, rows: Sequence[str]) -> dict[str, Any]:
        """Put a CSV object into the bucket and wait for its import record to end."""
        content = "\n".join([header, *rows]).encode()
        self._objects().put_object(
            Bucket=self.stack.import_bucket,
            Key=f"imports/{project['short_name']}/{time.time_ns()}.csv",
            Body=content,
        )
        return self._imported(project, time.monotonic() + IMPORT_SECONDS)

    def _imported(self, project: dict[str, Any], deadline: float) -> dict[str, Any]:
        while time.monotonic() < deadline:
            records = self.call("GET", "/api/import", project_id=project["id"])
            if records and all(record["finished"] for record in records):
                last: dict[str, Any] = records[-1]
                return last
            time.sleep(0.2)
        raise TimeoutError(f"the import into {project['short_name']} did not end in {IMPORT_SECONDS} s")

    def files(self, short_name: str) -> set[str]:
        """Keys of what was put into the bucket for that project."""
        pages = self._objects().get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.stack.import_bucket, Prefix=f"imports/{short_name}/")
        return {file["Key"] for page in found for file in page.get("Contents", ())}

    def _objects(self) -> Any:
        return botocore.session.get_session().create_client(
            "s3",
            region_name=self.stack.region,
            endpoint_url=self.stack.aws_endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def all_of(self, resource: str, **query: Any) -> list[dict[str, Any]]:
        """Every object of a list, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            last = found[-1]["id"] if found else 0
            page = self.call("GET", f"/api/{resource}", limit=100, last_id=last, **query)
            if not page:
                return found
            found += page

    def volunteer(self, project: dict[str, Any], name: str) -> "Volunteer":
        secret = Connection(self.stack.url, {"Authorization": project["secret_key"]})
        token = secret._http
        token.request("GET", f"/api/auth/project/{project['short_name']}/token", headers=secret._headers)
        text = token.getresponse().read().decode()
        secret.close()
        return Volunteer(self.stack.url, project["id"], name, text.strip().strip('"'))


class Volunteer:
    """One external user of a project, with a connection of their own."""

    def __init__(self, url: str, project_id: int, name: str, token: str) -> None:
        self._connection = Connection(url, {"Authorization": f"Bearer {token}"})
        self._project_id = project_id
        self.name = name
        self.token = token

    def newtask(self, **query: Any) -> Any:
        """A task, several, or `{}`."""
        path = f"/api/project/{self._project_id}/newtask"
        return self._connection.call("GET", path, external_uid=self.name, **query)

    def submit(self, task_id: int, info: Any, once: str | None = None) -> dict[str, Any]:
        run = {"project_id": self._project_id, "task_id": task_id, "info": info, "external_uid": self.name}
        stored: dict[str, Any] = self._connection.call("POST", "/api/taskrun", run, once, external_uid=self.name)
        return stored

    def contribute_until_nothing_is_left(self) -> int:
        """How many tasks were answered."""
        answered = 0
        while task := self.newtask():
            self.submit(task["id"], {"by": self.name})
            answered += 1
        return answered

    def close(self) -> None:
        self._connection.close()
