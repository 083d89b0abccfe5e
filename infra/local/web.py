"""The web server's process: real HTTP requests become function-URL events, and the app answers them in this process.

Started as `python -m infra.local.web <listening socket> <handler> <time limit in seconds>`.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from waitress.task import ErrorTask

from infra.local.function_url import Answer, as_answer, as_event
from infra.local.invocation import Context, find_handler
from infra.local.serving import serve

THREADS = 16
PAYLOAD_BYTES = 6 * 1024 * 1024  # AWS: "Lambda quotas", invocation payload, each way
TOO_LARGE = f"A request may have {PAYLOAD_BYTES:,} bytes at most"
READ_BYTES = 64 * 1024 * 1024  # larger bodies are refused before they are read

HEADERS = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}

Application = Callable[[Mapping[str, Any], Any], Iterable[bytes]]


def main() -> None:
    """Serve HTTP until stopped."""
    application = function_url(find_handler(sys.argv[2]), time_limit=float(sys.argv[3]))
    serve(application, int(sys.argv[1]), THREADS, READ_BYTES, error_task=JsonErrorTask)


def function_url(handler: Callable[[Any, Context], Any], time_limit: float) -> Application:
    """A WSGI application that stands for a function URL before `handler`."""

    def application(environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = _answer(handler, environ, time.time() + time_limit)
        start_response(answer.status, answer.headers)
        return [answer.body]

    return application


def _answer(handler: Callable[[Any, Context], Any], environ: Mapping[str, Any], deadline: float) -> Answer:
    body = environ["wsgi.input"].read()
    event = as_event(environ, body)
    if len(event.get("body", "")) > PAYLOAD_BYTES:
        return _refusal(environ, 413, "RequestEntityTooLarge", TOO_LARGE)
    try:
        answer = as_answer(handler(event, Context("api", deadline)))
    except Exception:  # noqa: BLE001 - as in Lambda, whatever the app lets through is a 502 of the front door
        traceback.print_exc()
        return _refusal(environ, 502, "BadGateway", "The server failed; its log says why")
    if len(answer.body) > PAYLOAD_BYTES:
        return _refusal(environ, 502, "BadGateway", f"The answer has more than {PAYLOAD_BYTES:,} bytes; ask for less")
    return answer


def _refusal(environ: Mapping[str, Any], status: int, name: str, message: str) -> Answer:
    failure = failed(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), status, name, message)
    return as_answer({"statusCode": status, "headers": HEADERS, "body": failure})


def failed(method: str, target: str, status: int, name: str, message: str) -> str:
    """The API's error body (rest-api.md §6.1)."""
    return json.dumps(
        {
            "action": method,
            "status": "failed",
            "status_code": status,
            "target": target,
            "exception_cls": name,
            "exception_msg": message,
        }
    )


class JsonErrorTask(ErrorTask):  # type: ignore[misc]  # waitress is not typed
    """What waitress itself refuses (malformed requests, enormous bodies), in the API's error shape."""

    def execute(self) -> None:
        error = self.request.error
        reason = TOO_LARGE if error.code == 413 else error.body
        method, path = (getattr(self.request, name, "") for name in ("command", "path"))  # unset when neither was read
        body = failed(method or "", path or "", error.code, type(error).__name__, reason).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [*HEADERS.items(), ("Connection", "close")]
        self.content_length = len(body)
        self.close_on_finish = True
        self.write(body)


if __name__ == "__main__":
    main()
