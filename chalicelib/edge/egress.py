"""The egress guard: the one module that opens sockets to addresses that users gave (design: reliability.md).

A name is resolved once, every address it has must be allowed, and the connection goes to an address that was checked:
a resolver that answers differently the second time gains nothing. TLS and the Host header use the name. No proxy is
taken from the environment, no redirect is followed unless asked for, and each is checked like the first address.
"""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Thread
from typing import Any, cast
from urllib.parse import urljoin

from chalicelib.core.inflation import PIECE_BYTES, inflated
from chalicelib.core.outgoing import NO_HEADERS, Answer, BadAnswer, RefusedAddress, Streamed, TooSlow, Unreachable
from chalicelib.edge.addresses import parse
from chalicelib.edge.deadlines import DeadlineSocket
from chalicelib.edge.targets import DEFAULT_PORTS, PUBLIC, EgressRules, Target, target

CONNECT_SECONDS = 3.0
CONNECTING_SECONDS = 10.0  # to all addresses of a name: it may have hundreds where nobody answers
READ_SECONDS = 15.0
WHOLE_SECONDS = 20.0
KEPT_BYTES = 64 * 1024
MOST_HEAD_BYTES = 256 * 1024  # of the status and the headers, with all that is said before (`100 Continue`)
FRAMING_BYTES = 1024 * 1024  # around a body, beside as much as the body: chunks have sizes, extensions and trailers
LONGEST_COMPLAINT = 200  # characters of what somebody else's server or library says
MOST_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}
PLAIN_HEADERS = {"Accept-Encoding": "gzip", "Accept": "*/*", "User-Agent": "Nimbossa-Imports/1"}
_LENGTH = re.compile(r"[0-9]{1,18}")

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[tuple[str, int], float], socket.socket]


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, by the system's resolver."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Egress:
    """Requests to users' URLs. `dial` connects to (address, port) within so many seconds; `clock` is monotonic."""

    def __init__(
        self,
        rules: EgressRules = PUBLIC,
        resolve: Resolve = resolve,
        dial: Dial = socket.create_connection,
        clock: Callable[[], float] = time.monotonic,
        trust: Callable[[], ssl.SSLContext] = ssl.create_default_context,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._dial = dial
        self._clock = clock
        self._trust = trust
        self._whole_seconds = whole_seconds

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._trust()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST without following redirects; at most the first 64 KB of the answer. Raises OutgoingFailure."""
        deadline = self._clock() + self._whole_seconds
        return self._exchange("POST", target(url, self._rules), headers, body, KEPT_BYTES, deadline)

    def fetch(self, url: str, most_bytes: int, seconds: float, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
        """GET, following at most three redirects; the whole body, decompressed, of at most `most_bytes`. `headers` go
        to the origin of `url` only: they may hold a token.

        Raises OutgoingFailure, also when the body is larger or was cut.
        """
        with self.stream(url, most_bytes, seconds, headers) as answer:
            return Answer(answer.status, answer.headers, b"".join(answer.chunks))

    @contextmanager
    def stream(
        self, url: str, most_bytes: int, seconds: float, headers: Mapping[str, str] = NO_HEADERS
    ) -> Iterator[Streamed]:
        """The same piece by piece, for bodies that memory does not hold; `seconds` are for all of it. Raises
        OutgoingFailure, at first or while the pieces are read."""
        deadline = self._clock() + seconds
        first = target(url, self._rules)
        for _ in range(MOST_REDIRECTS + 1):
            wanted = target(url, self._rules)
            own = headers if wanted.origin == first.origin else NO_HEADERS
            with self._asked("GET", wanted, {**own, **PLAIN_HEADERS}, None, most_bytes, deadline) as response:
                told = _headers(response)
                if response.status not in REDIRECTS or "location" not in told:
                    _refuse_framing(response, told, most_bytes)
                    pieces = _pieces(response, wanted.host, most_bytes)
                    plain = inflated(told.get("content-encoding", ""), pieces, most_bytes)
                    yield Streamed(response.status, told, self._in_time(plain, wanted.host, deadline))
                    return
            url = _redirected(url, told["location"])
        raise RefusedAddress(f"The address redirects more than {MOST_REDIRECTS} times")

    def _exchange(
        self,
        method: str,
        wanted: Target,
        headers: Mapping[str, str],
        body: bytes | None,
        most_bytes: int,
        deadline: float,
    ) -> Answer:
        with self._asked(method, wanted, headers, body, most_bytes, deadline) as response:
            return _read(response, most_bytes)

    def _in_time(self, pieces: Iterator[bytes], host: str, deadline: float) -> Iterator[bytes]:
        """Reading from the socket keeps the deadline; unpacking what a few bytes hold takes time too."""
        for piece in pieces:
            if self._clock() > deadline:
                raise TooSlow(f"{host} did not answer in time: the time for the whole exchange is over")
            yield piece

    @contextmanager
    def _asked(
        self,
        method: str,
        wanted: Target,
        headers: Mapping[str, str],
        body: bytes | None,
        most_bytes: int,
        deadline: float,
    ) -> Iterator[HTTPResponse]:
        """The answer up to its body. Only what goes wrong until there is explained here: what the caller does
        meanwhile is its own."""
        with ExitStack() as opened:
            with _explained(wanted.host):
                stream = opened.enter_context(self._open(wanted, deadline))
                wire = DeadlineSocket(stream, self._clock, deadline, READ_SECONDS, MOST_HEAD_BYTES)
                connection = HTTPConnection(wanted.host, wanted.port)
                connection.default_port = DEFAULT_PORTS[wanted.scheme]
                connection.sock = cast(Any, wire)
                connection.request(method, wanted.path, body, {**headers, "Connection": "close"})
                response = connection.getresponse()
                wire.most_bytes = 2 * most_bytes + FRAMING_BYTES
            yield response

    def _open(self, wanted: Target, deadline: float) -> socket.socket:
        stream = self._connect(wanted, self._checked_addresses(wanted, deadline), deadline)
        if wanted.scheme != "https":
            return stream
        stream.settimeout(self._left(deadline, READ_SECONDS))
        try:
            return self._context.wrap_socket(stream, server_hostname=wanted.host)
        except BaseException:
            stream.close()
            raise

    def _checked_addresses(self, wanted: Target, deadline: float) -> list[str]:
        found = [wanted.host] if wanted.literal else self._resolved(wanted, deadline)
        addresses = [parse(text) for text in found]
        if not addresses:
            raise Unreachable(f"{wanted.host} has no address")
        if not all(address is not None and self._rules.allows(address, wanted.port) for address in addresses):
            raise RefusedAddress(f"{wanted.host} leads to an address that is not on the public Internet")
        return [str(address) for address in addresses]

    def _resolved(self, wanted: Target, deadline: float) -> Sequence[str]:
        """The system's resolver has no time limit of its own that we could set, hence the thread."""
        outcome: list[Sequence[str] | OSError] = []

        def ask() -> None:
            try:
                outcome.append(self._resolve(wanted.host, wanted.port))
            except (OSError, UnicodeError) as error:
                outcome.append(error if isinstance(error, OSError) else OSError(str(error)))

        thread = Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self._left(deadline, READ_SECONDS))
        if not outcome:
            raise TooSlow(f"The name {wanted.host} was not resolved in time")
        if isinstance(outcome[0], OSError):
            raise Unreachable(f"The name {wanted.host} cannot be resolved: {outcome[0]}") from outcome[0]
        return outcome[0]

    def _connect(self, wanted: Target, addresses: Sequence[str], deadline: float) -> socket.socket:
        """The first address that accepts; IPv6 comes first and may have no way out, so the others are tried too."""
        failure: OSError = OSError("no address")
        deadline = min(deadline, self._clock() + CONNECTING_SECONDS)
        for address in addresses:
            try:
                return self._dial((address, wanted.port), self._left(deadline, CONNECT_SECONDS))
            except OSError as error:
                failure = error
        raise failure

    def _left(self, deadline: float, step: float) -> float:
        left = deadline - self._clock()
        if left <= 0:
            raise TimeoutError("the time for the whole exchange is over")
        return min(left, step)


@contextmanager
def _explained(host: str) -> Iterator[None]:
    """Turns what sockets and `http.client` raise into reasons."""
    try:
        yield
    except TimeoutError as error:
        raise TooSlow(f"{host} did not answer in time: {error}") from error
    except ssl.SSLError as error:
        raise Unreachable(f"No secure connection to {host}: {error}") from error
    except OSError as error:
        raise Unreachable(f"No connection to {host}: {error}") from error
    except (HTTPException, ValueError) as error:
        complaint = f"{type(error).__name__}: {error}"[:LONGEST_COMPLAINT]
        raise BadAnswer(f"{host} did not answer in HTTP: {complaint}") from error


def _redirected(url: str, location: str) -> str:
    """Where a redirect leads. `http.client` reads headers as Latin-1; browsers take addresses in them for UTF-8."""
    try:
        return urljoin(url, location.encode("latin-1").decode())
    except ValueError as error:
        raise RefusedAddress(f"The address redirects to what is no URL: {error}") from error


def _refuse_framing(response: HTTPResponse, told: Mapping[str, str], most_bytes: int) -> None:
    """Raises BadAnswer where two programs would see bodies of different lengths (RFC 9112 §6.3), and before the first
    byte of a body that says that it is too large."""
    if "transfer-encoding" in told and not response.chunked:
        raise BadAnswer(f"The answer comes in an encoding that was not asked for: {told['transfer-encoding'][:40]!r}")
    length = told.get("content-length", "0")
    if not response.chunked and not _LENGTH.fullmatch(length):
        raise BadAnswer(f"The answer does not tell its length clearly: {length[:40]!r}")
    if not response.chunked and int(length) > most_bytes:
        raise BadAnswer(f"The answer is larger than {most_bytes} bytes")


def _read(response: HTTPResponse, most_bytes: int) -> Answer:
    """The status counts even if the body is endless, slow or broken off: what came of it is kept, up to a limit."""
    content, whole = bytearray(), False
    try:
        while len(content) < most_bytes and not whole:
            piece = response.read1(most_bytes - len(content))
            content += piece
            whole = not piece
        whole = whole or not response.read1(1)
    except (OSError, HTTPException, ValueError, BadAnswer):
        whole = False
    return Answer(response.status, _headers(response), bytes(content), whole and not response.length)


def _pieces(response: HTTPResponse, host: str, most_bytes: int) -> Iterator[bytes]:
    """The body up to its end. Raises OutgoingFailure, also when it has more than `most_bytes` or breaks off."""
    size = 0
    while True:
        with _explained(host):
            piece = response.read1(PIECE_BYTES)
        size += len(piece)
        if size > most_bytes:
            raise BadAnswer(f"The answer is larger than {most_bytes} bytes")
        if not piece:
            break
        yield piece
    if response.length:
        raise BadAnswer("The answer was cut off")


def _headers(response: HTTPResponse) -> dict[str, str]:
    """Several headers of one name are one with commas (RFC 9110 §5.3): none of them is lost, nor chosen by us."""
    told: dict[str, str] = {}
    for name, value in response.getheaders():
        name = name.lower()
        told[name] = f"{told[name]}, {value}" if name in told else value
    return told
