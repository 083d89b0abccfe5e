"""Listening sockets, opened by the launcher and inherited by the process that serves: ports are known at once."""

import errno
import socket

from infra.local.errors import LaunchError

HOST = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A socket listening on the loopback address; port 0 takes a free one. Raises LaunchError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise LaunchError(_why(port, error)) from error
    return listener


def address(listener: socket.socket) -> str:
    """The HTTP address of a listening socket."""
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _why(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program: stop it or choose another one with PORT=…"
    if error.errno == errno.EACCES:
        return f"Port {port} needs special rights: choose one above 1023 with PORT=…"
    return f"Port {port} cannot be opened ({error.strerror}): choose another one with PORT=…"
