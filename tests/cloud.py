"""The embedded cloud's process alone, without the product on it."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from infra.local import aws
from infra.local.listening import address, listen
from tests.instance import REPOSITORY


class Cloud:
    """The embedded cloud's process over a state folder, until the block ends."""

    def __init__(self, state_dir: Path, functions_url: str) -> None:
        self._state_dir = state_dir
        self._functions_url = functions_url

    def __enter__(self) -> Self:
        listener: socket.socket = listen(0)
        self.url = address(listener)
        arguments = [str(listener.fileno()), str(self._state_dir), self._functions_url]
        with listener:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.cloud", *arguments], cwd=REPOSITORY, pass_fds=[listener.fileno()]
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        assert self._process.wait(30) == 0

    def client(self, service: str) -> Any:
        return aws.client(service, self.url)
