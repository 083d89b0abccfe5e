"""The functions' process: the emulator posts each event here, and the function's handler is called with it.

Started as `python -m infra.local.functions <listening socket> <handlers as JSON: function name to handler>`.
"""

import json
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infra.local.invocation import Context, find_handler
from infra.local.serving import serve

MAX_BODY = 64 * 1024 * 1024
THREADS = 16

Handler = Callable[[Any, Context], Any]


def main() -> None:
    """Serve invocations until stopped."""
    handlers = {name: find_handler(handler) for name, handler in json.loads(sys.argv[2]).items()}
    serve(host(handlers), int(sys.argv[1]), THREADS, MAX_BODY)


def host(handlers: Mapping[str, Handler]) -> Callable[[Mapping[str, Any], Any], Iterable[bytes]]:
    """A WSGI application that calls the function that the emulator names; an exception is a failed invocation."""

    def application(environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        name = environ["HTTP_X_AMZN_LAMBDA_FUNCTION_NAME"]
        event = json.loads(environ["wsgi.input"].read())
        context = Context(
            function_name=name,
            deadline=int(environ["HTTP_X_AMZN_LAMBDA_DEADLINE_MS"]) / 1000,
            aws_request_id=environ["HTTP_X_AMZN_LAMBDA_REQUEST_ID"],
            invoked_function_arn=environ["HTTP_X_AMZN_LAMBDA_FUNCTION_ARN"],
        )
        status, answer = _invoke(handlers[name], event, context)
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    return application


def _invoke(handler: Handler, event: Any, context: Context) -> tuple[str, Any]:
    try:
        return "200 OK", handler(event, context)
    except Exception as error:  # noqa: BLE001 - as in Lambda, whatever a handler raises is a failed invocation
        traceback.print_exc()
        return "500 Internal Server Error", {"errorMessage": str(error), "errorType": type(error).__name__}


if __name__ == "__main__":
    main()
