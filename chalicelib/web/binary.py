"""A response whose body is bytes, whatever its type."""

import base64
from typing import Any

from chalice.app import Response


class BinaryResponse(Response):
    """Chalice encodes only the exact types on its list, and refuses those to callers that do not name them."""

    body: bytes

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        headers, many = self._sort_headers(self.headers)
        return {
            "headers": headers,
            "multiValueHeaders": many,
            "statusCode": self.status_code,
            "body": base64.b64encode(self.body).decode(),
            "isBase64Encoded": True,
        }
