"""Where a JSON line, or an element of a JSON array, ends; for bytes that come in chunks."""

import re

from chalicelib.importers.pieces import END, START

_TOKEN = re.compile(rb'["\[\]{},]')
_STRING_REST = re.compile(rb'(?:[^"\\]|\\.)*+', re.DOTALL)
_DEEPER = {b"[": 2, b"{": 2, b"]": -2, b"}": -2, b",": 0}


def scan_line(buffer: bytes, at: int, state: int) -> tuple[int, int]:
    """A `Scan` of lines."""
    end = buffer.find(b"\n", at) + 1
    return (end, END) if end else (len(buffer), START)


def scan_element(buffer: bytes, at: int, state: int) -> tuple[int, int]:
    """A `Scan` of the elements of an array whose opening bracket is gone: an element ends with the comma or the closing
    bracket behind it. The state is twice the depth of nesting, and one more inside a string."""
    size = len(buffer)
    while at < size and state != END:
        if state % 2:
            return_at, state = _leave_string(buffer, at, state)
            if state % 2:
                return return_at, state
            at = return_at
        else:
            at, state = _next_token(buffer, at, state)
    return at, state


def _leave_string(buffer: bytes, at: int, state: int) -> tuple[int, int]:
    rest = _STRING_REST.match(buffer, at)
    end = rest.end() if rest else at
    return (end + 1, state - 1) if buffer[end : end + 1] == b'"' else (end, state)


def _next_token(buffer: bytes, at: int, state: int) -> tuple[int, int]:
    token = _TOKEN.search(buffer, at)
    if token is None:
        return len(buffer), state
    if token.group() == b'"':
        return token.end(), state + 1
    closing_or_comma = token.group() in b",]"
    if state == START and closing_or_comma:
        return token.end(), END
    return token.end(), max(START, state + _DEEPER[token.group()])
