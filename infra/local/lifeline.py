"""A child's tie to the launcher: when the launcher is gone, however it died, its children end too.

The launcher holds the only write end of a pipe; each child inherits the read end, on which nothing is ever written.
End of file therefore means that the launcher is no more. Works the same on Linux and macOS.
"""

import os
import signal
import threading

VARIABLE = "NIMBOSSA_LIFELINE"
GRACE_SECONDS = 8.0


def hold() -> None:
    """Watch the lifeline named by the environment from a daemon thread; does nothing when there is none."""
    descriptor = os.environ.get(VARIABLE)
    if descriptor:
        threading.Thread(target=_watch, args=(int(descriptor),), name="lifeline", daemon=True).start()


def _watch(descriptor: int) -> None:
    os.read(descriptor, 1)
    threading.Timer(GRACE_SECONDS, os._exit, (1,)).start()
    os.kill(os.getpid(), signal.SIGTERM)
