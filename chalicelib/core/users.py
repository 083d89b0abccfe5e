"""Accounts (contract rest-api.md §9.6)."""

from typing import Any

import msgspec


class User(msgspec.Struct):
    """One account; the API key is known by its hash only, and the password only to the store.

    `sessions` are the ids of its live sessions (core/sessions.py); no answer shows them.
    """

    id: int
    created: str
    name: str
    fullname: str
    email_addr: str
    admin: bool = False
    pro: bool = False
    restrict: bool = False
    privacy_mode: bool = True
    subscribed: bool = False
    locale: str = "en"
    info: dict[str, Any] = {}
    user_pref: dict[str, Any] = {}
    sessions: frozenset[str] = frozenset()
