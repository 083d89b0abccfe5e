"""Mails that the site sends: plain text, to one address each (contract events.md §5)."""

import re
from typing import Protocol

import msgspec

LONGEST_SUBJECT = 150  # characters
# What ends a line or steers a terminal: in a name that somebody gave it would begin a header of their own.
_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class Mail(msgspec.Struct, frozen=True):
    """One mail. `subject` is one line: make it with `one_line`."""

    to: str
    subject: str
    body: str


class Mails(Protocol):
    def send(self, mail: Mail) -> None:
        """Hand the mail over for delivery. Raises when it was not accepted: send it again later."""


def one_line(text: str, most: int = LONGEST_SUBJECT) -> str:
    """A text that others gave, as one line of at most `most` characters."""
    line = " ".join(_NOT_IN_A_LINE.sub(" ", text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


class NoMails:
    """A site that sends none."""

    def send(self, mail: Mail) -> None:
        pass
