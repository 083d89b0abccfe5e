"""A bare DynamoDB emulator in a process of its own, for tests of the stores; nothing is kept when it ends.

It serves the same emulator as `make run`, with the same sorted queries. Started as a program it serves on the given
port until its standard input is closed, so that it never outlives the tests.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
READY_SECONDS = 30.0


class Emulator:
    """Starts the process; `client()` makes a botocore client of its own. A context manager."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> "Emulator":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.emulator", str(self._port)], cwd=REPOSITORY, stdin=subprocess.PIPE
        )
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The emulator did not come up on {self.url}; its output is above.")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=15)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True

    def client(self, region: str, service: str = "dynamodb") -> Any:
        """A botocore client, of DynamoDB or its streams, that no meter or fault layer is hooked into."""
        import botocore.session

        return botocore.session.get_session().create_client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def _serve(port: int) -> None:
    os.environ.update(
        PERSIST_STATE="0", SFTP_ENABLED="0", IOT_MTLS_ENABLED="0", LOG_LEVEL="WARNING", GATEWAY_PORT=str(port)
    )
    os.environ["DOCKER_HOST"] = "unix:///nonexistent"  # it would look for containers of others
    import uvicorn
    from ministack.app import app

    from infra.local import inserts, known_numbers, read_units, sorted_queries

    read_units.install()
    sorted_queries.install()
    inserts.install()
    known_numbers.install()
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, timeout_keep_alive=600)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
