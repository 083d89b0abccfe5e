"""A project as the rest of the core knows it."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import msgspec

from chalicelib.core.agreement import Agreement, read_agreement
from chalicelib.core.errors import DataFault
from chalicelib.core.gold_rate import read_gold_rate

AT_LEAST = "at_least"
LONGEST_LEASE = 7 * 86400
Rule = TypeVar("Rule")


class Rules(msgspec.Struct, frozen=True):
    """What of a project's `info` the volunteers' path obeys; taken out of `info` on each write."""

    sched: str = "default"
    lease_seconds: int | None = None
    tell_browsers_apart: bool = True
    has_presenter: bool = False
    has_tutorial: bool = False
    agreement: Agreement | None = None
    gold_rate: float = 0.0
    at_least: bool = False  # when nothing else is left, tasks whose seats are all leased are handed out again


class BucketAccess(msgspec.Struct, frozen=True):
    """By which role a project reads a private bucket, and where that is (core/private_buckets.py)."""

    role_arn: str
    region: str


class Card(msgspec.Struct, frozen=True):
    """The small part of a project that a contribution needs (half a read unit)."""

    id: int
    short_name: str
    owner_id: int
    owners_ids: list[int]
    published: bool
    allow_anonymous_contributors: bool
    secret_key: str
    webhook: str | None
    rules: Rules
    buckets: dict[str, BucketAccess] = {}


class Project(msgspec.Struct):
    """A project with all its fields (contract rest-api.md §9.1); `info` is the whole JSON object. What is in `PRIVATE`
    has routes of its own and is shown nowhere else."""

    PRIVATE: ClassVar[frozenset[str]] = frozenset({"webhook_secrets", "buckets"})

    id: int
    created: str
    updated: str
    name: str
    short_name: str
    description: str
    long_description: str | None
    webhook: str | None
    allow_anonymous_contributors: bool
    published: bool
    featured: bool
    secret_key: str
    zip_download: bool
    contacted: bool
    owner_id: int
    category_id: int
    info: dict[str, Any]
    owners_ids: list[int]
    webhook_secrets: list[str] = []
    buckets: dict[str, BucketAccess] = {}

    @property
    def rules(self) -> Rules:
        """The rules that `info` asks for; values that cannot be used fall back to the defaults."""
        return Rules(
            sched=str(self.info.get("sched") or "default"),
            lease_seconds=_unless_bad(read_lease_seconds, self.info.get("lease_seconds"), None),
            tell_browsers_apart=self.info.get("tell_browsers_apart") is not False,
            has_presenter=bool(self.info.get("task_presenter")),
            has_tutorial=bool(self.info.get("tutorial")),
            agreement=_unless_bad(read_agreement, self.info.get("agreement"), None),
            gold_rate=_unless_bad(read_gold_rate, self.info.get("gold_rate"), 0.0),
            at_least=self.info.get("redundancy") == AT_LEAST,
        )

    @property
    def card(self) -> Card:
        return Card(
            self.id,
            self.short_name,
            self.owner_id,
            self.owners_ids,
            self.published,
            self.allow_anonymous_contributors,
            self.secret_key,
            self.webhook,
            self.rules,
            self.buckets,
        )


def check_rules(info: dict[str, Any]) -> None:
    """Raises DataFault for rules in `info` that cannot be followed."""
    if info.get("redundancy") not in (None, AT_LEAST):
        raise DataFault(f'info.redundancy must be "{AT_LEAST}", or be left out: then n_answers is never exceeded.')
    read_lease_seconds(info.get("lease_seconds"))
    read_agreement(info.get("agreement"))
    read_gold_rate(info.get("gold_rate"))


def read_lease_seconds(value: object) -> int | None:
    """How long a lease lasts by `info.lease_seconds`; None is as everywhere on the site. Raises DataFault."""
    if value is not None and (type(value) is not int or not 1 <= value <= LONGEST_LEASE):
        raise DataFault(f"info.lease_seconds must be a whole number from 1 to {LONGEST_LEASE}, or be left out.")
    return value


def _unless_bad(read: Callable[[object], Rule], value: object, otherwise: Rule) -> Rule:
    try:
        return read(value)
    except DataFault:  # stored before it was checked
        return otherwise
