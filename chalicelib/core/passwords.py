"""Passwords, stored as argon2id only. The library is imported when the first password comes."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MOST_BYTES = 1000  # a longer one only costs time
# OWASP, Password Storage Cheat Sheet: argon2id with 19 MiB, 2 passes, 1 lane.
KIBIBYTES, PASSES, LANES = 19 * 1024, 2, 1


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=KIBIBYTES, parallelism=LANES)


def hashed_password(password: str) -> str:
    """What is stored: argon2id in its own text form, salt and costs included (about 30 ms)."""
    return _hasher().hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Whether it is the one that `stored` was made of; None stands for an account without a password."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if stored is None or len(password.encode()) > MOST_BYTES:
        return False
    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
