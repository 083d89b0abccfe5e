"""gzip for whoever accepts it (RFC 9110, §12.5.3); function URLs do not do it, and a page of tasks is mostly keys."""

import base64
import gzip
from collections.abc import Mapping
from typing import Any

LEAST_BYTES = 1024
LEVEL = 5
TEXTS = ("text/", "application/json", "application/javascript", "image/svg+xml")
BODILESS = frozenset({204, 304})


def compress(answer: dict[str, Any], accepted: str) -> dict[str, Any]:
    """The function-URL answer, its text compressed if it is worth it and `accepted` (Accept-Encoding) allows."""
    kind = _header(answer, "content-type").lower()
    if answer["statusCode"] in BODILESS or not kind.startswith(TEXTS) or _header(answer, "content-encoding"):
        return answer
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    if len(content) <= LEAST_BYTES:
        return answer
    headers = {name: value for name, value in answer["headers"].items() if name.lower() != "vary"}
    headers["Vary"] = _with_encoding(_header(answer, "vary"))
    if not accepts_gzip(accepted):
        return {**answer, "headers": headers}
    packed = base64.b64encode(gzip.compress(content, LEVEL, mtime=0)).decode()
    return {**answer, "headers": {**headers, "Content-Encoding": "gzip"}, "body": packed, "isBase64Encoded": True}


def accepts_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header allows gzip; a name's own weight wins over that of the star."""
    weights = dict(_weight(one) for one in accepted.lower().split(","))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(part: str) -> tuple[str, float]:
    name, _, parameter = part.partition(";")
    quality = parameter.replace(" ", "").removeprefix("q=")
    try:
        return name.strip(), float(quality) if parameter else 1.0
    except ValueError:
        return name.strip(), 0.0


def _header(answer: Mapping[str, Any], name: str) -> str:
    return next((str(value) for key, value in answer.get("headers", {}).items() if key.lower() == name), "")


def _with_encoding(vary: str) -> str:
    if "accept-encoding" in vary.lower():
        return vary
    return f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
