"""Keys and tokens that the site makes; every key derives from the site's one secret."""

import hashlib
import os
import uuid
from typing import Any

from chalicelib.core.errors import Unauthorized

TOKEN_SECONDS = 12 * 3600


def derive(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (at most 16 characters), independent of every other purpose's."""
    return hashlib.blake2b(b"", key=secret[:64], person=purpose.encode(), digest_size=32).digest()


def new_api_key() -> str:
    """128 random bits in the 36 characters of a UUID, which clients expect (contract rest-api.md §3.1)."""
    return str(uuid.UUID(bytes=os.urandom(16)))


def hashed(api_key: str) -> str:
    """What is stored of an API key: SHA-256, hex. It has 128 random bits, so no salt and no slow hash are needed."""
    return hashlib.sha256(api_key.encode()).hexdigest()


def sign(claims: dict[str, Any], key: bytes) -> str:
    """A compact HS256 token."""
    from joserfc import jwt
    from joserfc.jwk import OctKey

    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))


def verify(token: str, key: bytes, now: float) -> dict[str, Any]:
    """The claims of a token that `key` signed with HS256 and that has not expired; raises Unauthorized."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import OctKey

    try:
        claims: dict[str, Any] = jwt.decode(token, OctKey.import_key(key), algorithms=["HS256"]).claims
    except (JoseError, ValueError) as error:
        raise Unauthorized("Signature verification failed") from error
    if not isinstance(claims.get("exp", now + 1), int | float) or claims.get("exp", now + 1) <= now:
        raise Unauthorized("The token has expired; reload the page.")
    return claims
