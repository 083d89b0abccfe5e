"""Who contributes: every volunteer, signed in or not, has one key.

The key is a keyed hash, so that tables hold no raw address; 16 characters (96 bits) keep a sheet of 30 seats below
1 KB (heart.md §1). Its first character tells the kind of volunteer, for the statistics, which see nothing but keys.
"""

import base64
import hashlib
import ipaddress
from dataclasses import dataclass

KINDS = ("user", "ip", "browser", "external")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class Contributor:
    """A volunteer: the key on sheets, and the three columns of a task run (contract rest-api.md §9.3)."""

    key: str
    user_id: int | None = None
    user_ip: str | None = None
    external_uid: str | None = None


def contributor_key(secret: bytes, identity: str) -> str:
    """16 characters that stand for `identity`: "user:5", "ip:…", "browser:…", "external:<project>:…"."""
    digest = hashlib.blake2b(identity.encode(), key=secret, digest_size=12).digest()
    kind = KINDS.index(identity.split(":", 1)[0])
    return base64.urlsafe_b64encode(bytes([kind << 6 | digest[0] & 0x3F]) + digest[1:]).decode()


def kind_of(key: str) -> str:
    """One of KINDS, from (the beginning of) a contributor's key: the upper two of its first six bits."""
    return KINDS[ALPHABET.index(key[0]) >> 4]


def pseudonym(secret: bytes, address: str) -> str:
    """A keyed pseudonym of a network address, shaped like one of the same family (design §3, anonymous identity).

    An unknown address counts as 127.0.0.1 (contract §3.2). It cannot be turned back without the site's secret.
    """
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        address, version = "127.0.0.1", 4
    digest = hashlib.blake2b(address.encode(), key=secret, digest_size=16).digest()
    return str(ipaddress.IPv4Address(digest[:4]) if version == 4 else ipaddress.IPv6Address(digest))
