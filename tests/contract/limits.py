"""Web servers of the running stack that allow fewer requests than it does."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

import pytest

from infra import stack as deployed
from infra.local import aws
from infra.local.listening import address, listen
from tests.instance import REPOSITORY, Stack


@pytest.fixture
def limited(stack: Stack) -> Iterator[Callable[[int, int], str]]:
    """Starts a web server on the running stack that allows so many requests in so many seconds; its address."""
    started = []

    def start(limit: int, seconds: int) -> str:
        listener: socket.socket = listen(0)
        limits = {"NIMBOSSA_RATE_LIMIT": str(limit), "NIMBOSSA_RATE_WINDOW_SECONDS": str(seconds)}
        with listener:
            command = [sys.executable, "-m", "infra.local.web", str(listener.fileno()), "app.app", "29"]
            environment = _environment(stack) | limits
            started.append(subprocess.Popen(command, cwd=REPOSITORY, env=environment, pass_fds=[listener.fileno()]))
            return address(listener)

    yield start
    for server in started:
        server.terminate()
        server.wait(30)


def _environment(stack: Stack) -> Mapping[str, str]:
    """What a function of the running stack has."""
    return {
        **os.environ,
        **deployed.environment(aws.client("lambda", stack.aws_endpoint), "nimbossa"),
        "AWS_ENDPOINT_URL": stack.aws_endpoint,
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
