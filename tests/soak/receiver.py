"""The project owner's webhook receiver, which is often not at its best: it answers 500, slowly, or hangs up."""

import hashlib
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.soak.history import OK, Line, Recorder

FAIL, DROP, SLOW = 0.1, 0.05, 0.1  # how often, of all deliveries
LONGEST_WAIT = 2.0  # seconds


class Receiver:
    """Listens on a free port. `secrets`: project to its signing secret; fill it before the first message."""

    def __init__(self, recorder: Recorder, seed: int) -> None:
        self.secrets: dict[int, str] = {}
        self._recorder = recorder
        self._rng = random.Random(f"{seed} receiver")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/completed"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def receive(self, body: bytes, headers: dict[str, str]) -> int:
        """The status to answer with, 0 to hang up."""
        began, fate = time.monotonic(), self._rng.random()
        if fate > 1 - SLOW:
            time.sleep(self._rng.uniform(0, LONGEST_WAIT))
        status = 500 if fate < FAIL else 0 if fate < FAIL + DROP else 200
        message = json.loads(body)
        request = {
            "id": headers.get("webhook-id"),
            "body": hashlib.sha256(body).hexdigest(),
            "signed": self._is_signed(message, body, headers),
            **{name: message[name] for name in ("project_id", "task_id", "result_id")},
        }
        self._recorder.write(Line("receiver", "webhook", began, time.monotonic(), request, OK, status))
        return status

    def _is_signed(self, message: dict[str, Any], body: bytes, headers: dict[str, str]) -> bool:
        try:
            Webhook(self.secrets[message["project_id"]]).verify(body, headers)
        except (KeyError, WebhookVerificationError):
            return False
        return True

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status = receiver.receive(body, {name.lower(): value for name, value in self.headers.items()})
                if status == 0:
                    self.connection.close()
                    return
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing: every delivery is in the history."""

        return Handler
