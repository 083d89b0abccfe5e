"""Secrets are made when first needed and rotate with two valid at once."""

import itertools
from collections.abc import Sequence

import pytest

from chalicelib.core.errors import NotFound, Unavailable
from chalicelib.webhooks.secrets import Secrets


class Settings:
    """The secrets of project 4, in memory; `meddle` changes them between a read and the write that follows."""

    def __init__(self, *secrets: str) -> None:
        self.kept = list(secrets)
        self.reads = 0
        self.meddle = 0

    def secrets(self, project_id: int) -> list[str] | None:
        self.reads += 1
        return list(self.kept) if project_id == 4 else None

    def replace_secrets(self, project_id: int, seen: Sequence[str], new: Sequence[str]) -> bool:
        if self.meddle:
            self.meddle -= 1
            self.kept = [f"other{self.meddle}", *self.kept][:2]
        if self.kept != list(seen):
            return False
        self.kept = list(new)
        return True


class Hand:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def secrets_of(settings: Settings, hand: Hand | None = None) -> Secrets:
    numbers = itertools.count(1)
    return Secrets(settings, hand or Hand(), lambda: f"made{next(numbers)}")


def test_a_project_without_a_secret_gets_one_and_keeps_it() -> None:
    settings = Settings()
    secrets = secrets_of(settings)
    assert secrets.current(4) == secrets.current(4) == settings.kept == ["made1"]


def test_rotation_keeps_the_former_secret_valid_and_ends_older_ones() -> None:
    secrets = secrets_of(Settings("a"))
    assert secrets.rotate(4) == ["made1", "a"]
    assert secrets.rotate(4) == ["made2", "made1"]


def test_retiring_ends_the_rotation() -> None:
    secrets = secrets_of(Settings("b", "a"))
    assert secrets.retire(4) == ["b"]
    assert secrets.retire(4) == ["b"]


def test_a_container_reads_the_secrets_once_a_minute() -> None:
    settings, hand = Settings("a"), Hand()
    secrets = secrets_of(settings, hand)
    assert [secrets.of_project(4) for _ in range(5)] == [["a"]] * 5
    assert settings.reads == 1
    settings.kept = ["b", "a"]
    hand.now = 61
    assert secrets.of_project(4) == ["b", "a"]


def test_a_rotation_is_seen_at_once_where_it_was_made() -> None:
    secrets = secrets_of(Settings("a"))
    assert secrets.of_project(4) == ["a"]
    secrets.rotate(4)
    assert secrets.of_project(4) == ["made1", "a"]


def test_two_rotations_at_once_both_count() -> None:
    settings = Settings("a")
    settings.meddle = 1
    assert secrets_of(settings).rotate(4) == ["made2", "other0"]


def test_endless_changes_by_others_end_in_an_error() -> None:
    settings = Settings("a")
    settings.meddle = 99
    with pytest.raises(Unavailable):
        secrets_of(settings).rotate(4)


def test_an_unknown_project_has_no_secrets() -> None:
    secrets = secrets_of(Settings())
    for ask in (secrets.of_project, secrets.current, secrets.rotate, secrets.retire):
        with pytest.raises(NotFound):
            ask(5)
