"""A local listener for the project's webhooks, and the analyst behind it, who writes back what a task came to."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from infra.local.api import Api
from infra.local.listening import HOST


class Receiver:
    """Takes signed messages, each once, and hands their results to the analyst."""

    def __init__(self, url: str, api_key: str) -> None:
        """`url` and `api_key`: the server, and the project owner's key."""
        self._url = url
        self._api_key = api_key
        self._lock = threading.Lock()
        self.secret = ""
        self.by_task: dict[int, str] = {}  # task to the id of its message
        self.deliveries = 0
        self.refused = 0  # messages whose signature does not fit

    def receive(self, body: bytes, headers: dict[str, str]) -> int:
        """Take one delivery; the HTTP status to answer with."""
        try:
            message: Any = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            with self._lock:
                self.refused += 1
            return 401
        with self._lock:
            self.deliveries += 1
            again = message["task_id"] in self.by_task
            self.by_task[message["task_id"]] = headers["webhook-id"]
        if not again:
            self._analyse(message)
        return 200

    def _analyse(self, message: dict[str, Any]) -> None:
        """Write the most frequent answer of the task into its result."""
        api = Api(self._url, self._api_key)
        runs = api.get("/api/taskrun", task_id=message["task_id"], project_id=message["project_id"], limit=100, all=1)
        (answer, votes), *_ = Counter(run["info"]["answer"] for run in runs).most_common(1)
        api.put(f"/api/result/{message['result_id']}", {"info": {"answer": answer, "votes": votes, "of": len(runs)}})


@contextmanager
def listening(receiver: Receiver) -> Iterator[str]:
    """Serve the receiver on a free port; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status = receiver.receive(body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: the demo prints counts."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    threading.Thread(target=server.serve_forever, name="receiver", daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/completed"
    finally:
        server.shutdown()
        server.server_close()
