"""Sockets that end at a moment, however slowly the other side drips, and after so many bytes, however fast it sends."""

import io
import socket
from collections.abc import Callable
from typing import Any

from chalicelib.core.outgoing import BadAnswer


class DeadlineSocket:
    """What `http.client` needs of a socket; each call may take `step` seconds and all together until `deadline` of
    `clock` (seconds). `most_bytes` are still taken from the other side; whoever expects more raises it. Raises
    TimeoutError, BadAnswer. The owner of the real socket closes it: `http.client` would do so while the answer is still
    being read."""

    def __init__(
        self, real: socket.socket, clock: Callable[[], float], deadline: float, step: float, most_bytes: int
    ) -> None:
        self._real = real
        self._clock = clock
        self._deadline = deadline
        self._step = step
        self.most_bytes = most_bytes

    def _set_limit(self) -> None:
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeoutError("the time for the whole exchange is over")
        self._real.settimeout(min(left, self._step))

    def sendall(self, data: Any) -> None:
        self._set_limit()
        self._real.sendall(data)

    def recv_into(self, buffer: Any) -> int:
        self._set_limit()
        size = self._real.recv_into(buffer)
        self.most_bytes -= size
        if self.most_bytes < 0:
            raise BadAnswer("The answer has more around its body than any body needs: it was cut off")
        return size

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(_Reading(self))

    def close(self) -> None:
        """Nothing: see above."""


class _Reading(io.RawIOBase):
    def __init__(self, source: DeadlineSocket) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.recv_into(buffer)
