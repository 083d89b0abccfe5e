"""Why the launcher gives up: each message is one sentence for the person at the terminal."""

import os

DAMAGED = os.EX_DATAERR  # exit status of the cloud's process when the saved state cannot be used; its log says why


class LaunchError(Exception):
    """The local stack cannot start or go on; the message says why and what to do."""


class Damaged(LaunchError):
    """The data folder cannot be used as it is."""


class Stopped(BaseException):
    """Somebody asked us to stop (Ctrl-C, SIGTERM)."""
