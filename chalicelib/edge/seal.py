"""What the site keeps for others and shows to nobody: encrypted with a key of the site's secret."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

_WAY = {"alg": "dir", "enc": "A256GCM"}  # RFC 7518 §4.5, §5.3


class Seal:
    """JSON objects as compact JWE (RFC 7516)."""

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.sha256(b"sealed parameters\n" + secret).digest()

    def shut(self, content: Mapping[str, Any]) -> str:
        """`content`, encrypted."""
        from joserfc import jwe
        from joserfc.jwk import OctKey

        return jwe.encrypt_compact(_WAY, orjson.dumps(content), OctKey.import_key(self._key))

    def open(self, sealed: str) -> dict[str, Any]:
        """What was shut. Raises joserfc's JoseError when it was shut with another secret."""
        from joserfc import jwe
        from joserfc.jwk import OctKey

        content: dict[str, Any] = orjson.loads(
            jwe.decrypt_compact(sealed, OctKey.import_key(self._key)).plaintext or ""
        )
        return content
