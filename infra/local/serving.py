"""A waitress server on an inherited socket that ends cleanly on SIGTERM."""

import signal
import socket
import sys
from typing import Any

import waitress.channel
import waitress.server
import waitress.task

from infra.local import lifeline


def serve(application: Any, descriptor: int, threads: int, max_body: int, error_task: type | None = None) -> None:
    """Serve a WSGI application until SIGTERM or until the launcher is gone; requests under way get up to 5 s."""
    lifeline.hold()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = waitress.server.create_server(
        application,
        sockets=[socket.socket(fileno=descriptor)],
        threads=threads,
        max_request_body_size=max_body,
        connection_limit=1000,
        channel_timeout=120,
        ident=None,
        clear_untrusted_proxy_headers=False,
    )
    if error_task:
        server.channel_class = type("Channel", (waitress.channel.HTTPChannel,), {"error_task_class": error_task})
    server.run()
