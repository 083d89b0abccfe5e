"""Who contributes: every volunteer, signed in or not, has one key.

The key is a keyed hash, so that tables hold no raw address; 16 characters (96 bits) keep a sheet of 30 seats below
1 KB (heart.md §1).
"""

import base64
import hashlib
import ipaddress
from dataclasses import dataclass


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
    return base64.urlsafe_b64encode(digest).decode()


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
