"""Where a CSV record ends, as Python's csv module sees it (dialect "excel"), for bytes that come in chunks."""

import re

from chalicelib.importers.pieces import END, START

PLAIN, QUOTED, CLOSING, RETURN = 1, 2, 3, 4  # in a cell, in quotes, behind a quote in quotes, behind a carriage return
_PLAIN_END = re.compile(rb"[,\r\n]")
_LINE_END = re.compile(rb"\r\n|\n|\r(?=.)", re.DOTALL)
_AFTER = {b",": START, b"\n": END, b"\r": RETURN}


def scan_csv(buffer: bytes, at: int, state: int) -> tuple[int, int]:
    """A `Scan`. Lines without quotes, the usual ones, are taken whole."""
    if state == START and (end := _unquoted_line(buffer, at)):
        return end, END
    size = len(buffer)
    while at < size and state != END:
        at, state = _step(buffer, at, state)
    return at, state


def _unquoted_line(buffer: bytes, at: int) -> int:
    """The end of the line at `at` when it has no quote, else 0."""
    line = _LINE_END.search(buffer, at)
    return line.end() if line and buffer.find(b'"', at, line.start()) < 0 else 0


def _step(buffer: bytes, at: int, state: int) -> tuple[int, int]:
    byte = buffer[at : at + 1]
    if state == QUOTED:
        quote = buffer.find(b'"', at)
        return (quote + 1, CLOSING) if quote >= 0 else (len(buffer), QUOTED)
    if state == RETURN:
        return at + (byte == b"\n"), END
    if byte == b'"' and state in (START, CLOSING):
        return at + 1, QUOTED
    found = _PLAIN_END.search(buffer, at)
    return (found.end(), _AFTER[found.group()]) if found else (len(buffer), PLAIN)
