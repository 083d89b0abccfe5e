"""Compressed answers of the front door."""

import base64
import gzip
from typing import Any

import pytest

from chalicelib.api.compression import LEAST_BYTES, accepts_gzip, compress

LONG = "x" * (LEAST_BYTES + 1)


def answer(body: str = LONG, status: int = 200, **headers: str) -> dict[str, Any]:
    named = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return {"statusCode": status, "headers": named, "cookies": [], "body": body, "isBase64Encoded": False}


@pytest.mark.parametrize(
    ("accepted", "yes"),
    [
        ("gzip", True), ("gzip, deflate, br", True), ("*", True), ("br;q=1, gzip;q=0.2", True), ("GZIP", True),
        ("", False), ("br", False), ("gzip;q=0", False), ("*;q=0", False), ("gzip;q=0, *", False), ("gzip;q=x", False),
    ],
)  # fmt: skip
def test_what_an_accept_encoding_allows(accepted: str, yes: bool) -> None:
    assert accepts_gzip(accepted) is yes


def test_a_long_text_is_compressed_and_says_so() -> None:
    given = answer(Vary="Origin", X_RateLimit_Limit="300")
    packed = compress(given, "gzip")
    assert packed["isBase64Encoded"]
    assert gzip.decompress(base64.b64decode(packed["body"])).decode() == LONG
    assert packed["headers"] == given["headers"] | {"Content-Encoding": "gzip", "Vary": "Origin, Accept-Encoding"}


def test_who_does_not_accept_it_gets_the_text_and_the_same_vary() -> None:
    plain = compress(answer(), "br")
    assert (plain["body"], plain["headers"]["Vary"]) == (LONG, "Accept-Encoding")
    assert "Content-Encoding" not in plain["headers"]


PICTURE = answer(**{"Content-Type": "image/png"})


@pytest.mark.parametrize(
    "given", [answer("x" * LEAST_BYTES), answer(status=304), answer(Content_Encoding="br"), PICTURE]
)
def test_what_is_short_packed_or_no_text_stays(given: dict[str, Any]) -> None:
    assert compress(given, "gzip") == given
