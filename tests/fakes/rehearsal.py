"""Plays each function once on a deployed stack and prints the calls to AWS that it made, as JSON on the last line.

A program of its own, because the hook must be there before the first botocore session of the process. Started as
`python -m tests.fakes.rehearsal <stack>`, with the environment that points at the emulated cloud.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import botocore.handlers

TABLE = b"question\nWhat?\nWhere?\n"
STATUS = {"/well": 200, "/gone": 410, "/broken": 500}

playing: list[str] = []  # the function that is being played; empty while the rehearsal itself calls AWS
calls: list[dict[str, Any]] = []  # the threads of a function append to it


def record(params: Any, model: Any, context: Any, **_: Any) -> None:
    """Note a call, whichever thread and client makes it. A form is signed under the name of CreateBucket, which is not
    called."""
    signs_a_form = model.name == "CreateBucket" and context.get("is_presign_request")
    if playing and not signs_a_form:
        told = {"function": playing[-1], "service": model.service_model.service_name, "operation": model.name}
        calls.append(told | {"params": dict(params)})


def run(function: str, handler: Callable[[Any, Any], Any], event: Any, seconds: float = 60) -> Any:
    """Call a handler as `function`, in a container that starts cold and remembers nothing of the others'."""
    import app
    from chalicelib.bootstrap import Bootstrap

    app.app.services = Bootstrap(os.environ)
    playing.append(function)
    try:
        return handler(event, _context(function, seconds))
    finally:
        playing.pop()


def _context(function: str, seconds: float) -> Any:
    """What Lambda hands to a handler beside the event."""
    ends = time.monotonic() + seconds
    remaining = {"get_remaining_time_in_millis": lambda: int((ends - time.monotonic()) * 1000)}
    return SimpleNamespace(function_name=function, aws_request_id="1", invoked_function_arn="", **remaining)


class Listener(BaseHTTPRequestHandler):
    """A webhook listener: content on one path, gone for good on another, broken on the third. And a table to import."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(TABLE)))
        self.end_headers()
        self.wfile.write(TABLE)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(STATUS[self.path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def _listen() -> str:
    server = HTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def main() -> None:
    from chalicelib.core import costs
    from chalicelib.store import connections
    from tests.fakes.played_cloud import Cloud
    from tests.fakes.rehearsed import play

    costs.OLD_SECONDS = 0.0  # each call of a function adds up what it consumed
    connections.OPERATIONS = frozenset()  # all go through botocore, and so through the hook
    botocore.handlers.BUILTIN_HANDLERS.append(("before-parameter-build", record))
    play(Cloud(sys.argv[1], os.environ["AWS_DEFAULT_REGION"]), run, _listen())
    print(json.dumps(calls, default=repr))


if __name__ == "__main__":
    main()
