"""What a user's URL asks for, read strictly: a URL that two programs could read differently is refused."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from chalicelib.core.outgoing import RefusedAddress
from chalicelib.edge.addresses import Address, is_local_or_public, is_public, parse

LONGEST_URL = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}
AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\<>\"`{}|^\ud800-\udfff]|\s")
BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+\](?::[0-9]*)?")
TWO_NAMES = re.compile(r"[\u00df\u03c2\u200c\u200d]")  # IDNA 2003 and 2008 make different names of these (UTS 46 §7)
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NUMERIC = re.compile(r"\d+|0x[0-9a-f]*")
PATH_CHARACTERS = "%/:=&?~+!$,;'@()*[]"


@dataclass(frozen=True)
class EgressRules:
    """Where a deployment lets users' URLs lead. `ports` None means all."""

    schemes: frozenset[str]
    ports: frozenset[int] | None
    private: bool

    def allows(self, address: Address, port: int) -> bool:
        return is_local_or_public(address, port) if self.private else is_public(address)


PUBLIC = EgressRules(frozenset({"https"}), frozenset({80, 443}), private=False)
LOCAL = EgressRules(frozenset({"http", "https"}), None, private=True)


@dataclass(frozen=True)
class Target:
    """`host` is ASCII, without the brackets of an IPv6 address; `path` has the query, never the fragment."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Whom a header for this host may go to (RFC 6454 §4)."""
        return self.scheme, self.host, self.port

    @property
    def literal(self) -> Address | None:
        """The address, if the host is one."""
        return parse(self.host)


def target(url: str, rules: EgressRules) -> Target:
    """Read `url`; raises RefusedAddress with what to change."""
    if len(url) > LONGEST_URL or AMBIGUOUS.search(url):
        raise RefusedAddress(f"A URL has at most {LONGEST_URL} characters and no spaces, backslashes or brackets in it")
    parts, port = _split(url)
    if parts.scheme not in rules.schemes:
        raise RefusedAddress(f"The URL must start with {' or '.join(sorted(rules.schemes))}://")
    if "@" in parts.netloc:
        raise RefusedAddress("The URL must have no user name and no password")
    if "[" in parts.netloc and not BRACKETED.fullmatch(parts.netloc):
        raise RefusedAddress("Brackets in a URL hold an IPv6 address and nothing else")
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    if port == 0 or (rules.ports is not None and port not in rules.ports):
        raise RefusedAddress(f"Port {port} is not allowed; leave the port out")
    query = f"?{quote(parts.query, safe=PATH_CHARACTERS)}" if parts.query else ""
    path = quote(parts.path or "/", safe=PATH_CHARACTERS) + query
    return Target(parts.scheme, _host(parts.hostname or "", rules), port, path)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise RefusedAddress(f"The URL cannot be read: {error}") from error


def _host(host: str, rules: EgressRules) -> str:
    """The name in ASCII, or the address in its usual notation; other notations of addresses are refused, because
    resolvers read them each in their own way (`0177.1`, `2130706433`, `0x7f.1`)."""
    if parse(host) is not None:
        return host
    if TWO_NAMES.search(host):
        raise RefusedAddress(f"{host!r} is read differently by different programs; write it as xn--…")
    try:
        name = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError as error:
        raise RefusedAddress(f"{host!r} is not the name of a host") from error
    if parse(name) is not None:
        return name
    labels = name.split(".")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise RefusedAddress(f"{host!r} is not the name of a host")
    if NUMERIC.fullmatch(labels[-1]):
        raise RefusedAddress(f"{host!r} is an address in an unusual notation; write it as four decimal numbers")
    if len(labels) == 1 and not rules.private:
        raise RefusedAddress(f"{host!r} is a local name; the URL must name a host on the Internet")
    return name
