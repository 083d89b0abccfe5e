"""What services answer: statuses and bodies that are no records, in words that say what to change.

`where` begins a sentence and names what was asked: "The playlist".
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from chalicelib.core.import_gathering import Refused, TryLater, Web
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.outgoing import NO_HEADERS, Answer, OutgoingFailure, TooSlow, Unreachable
from chalicelib.importers.sniffing import BOM, is_markup

MOST_BYTES = 16 << 20  # of one page
FETCH_SECONDS = 20.0  # less than a request of ours may take: small imports run within one
LONGEST_WAIT = 3600  # seconds that a Retry-After may ask for
_REASONS = {
    401: "{} is not open to us: share it with everybody who has the link.",
    403: "{} is not open to us: we have no permission to read it. Share it with everybody who has the link.",
    404: "{} is not there: check the address.",
    410: "{} was deleted: check the address.",
}
_BUSY = {408, 425, 429}

T = TypeVar("T")


def read(web: Web, url: str, shape: type[T], where: str, headers: Mapping[str, str] = NO_HEADERS) -> T:
    """The JSON document at `url` as a `shape`. Raises Unreadable, TryLater."""
    answer = asked(web, url, where, headers)
    refuse_status(answer.status, answer.headers, where)
    return decoded(answer.body, shape, where)


def asked(web: Web, url: str, where: str, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
    """Whatever comes back. Raises Unreadable, TryLater."""
    with explained(where):
        return web.fetch(url, MOST_BYTES, FETCH_SECONDS, headers)


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turns failures on the way into Unreadable and TryLater."""
    try:
        yield
    except (TooSlow, Unreachable) as error:
        raise TryLater(f"{where} could not be reached: {error}.") from error
    except OutgoingFailure as error:
        raise Unreadable(f"{where} could not be read: {error}.") from error


def refuse_status(status: int, headers: Mapping[str, str], where: str) -> None:
    """Raises Refused or TryLater for every status but 200."""
    if status in _BUSY or status >= 500:
        raise TryLater(f"{where} cannot be read at present: the server answered with status {status}.", _wait(headers))
    if status != 200:
        reason = _REASONS.get(status, f"{{}} cannot be read: the server answered with status {status}.")
        raise Refused(reason.format(where), status)


def _wait(headers: Mapping[str, str]) -> int:
    told = headers.get("retry-after", "").strip()
    return min(int(told), LONGEST_WAIT) if told.isascii() and told.isdigit() else 0


def decoded(body: bytes, shape: type[T], where: str) -> T:
    """`body` as a `shape`; numbers may be written as text. Raises Unreadable."""
    text = body.removeprefix(BOM)
    if is_markup(text):
        raise Unreadable(f"{where} is a web page and no data: check the address, and that no sign-in is needed.")
    try:
        return msgspec.json.decode(text, type=shape, strict=False)
    except msgspec.ValidationError as error:
        raise Unreadable(f"{where} is not what was expected there: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{where} is not JSON in UTF-8: {error}.") from error
    except RecursionError as error:
        raise Unreadable(f"{where} is nested too deep to be read.") from error
