"""What a search asks for: words joined by `&`, `!`, parentheses, `:*`; anything else only parts words.

Words without an operator between them are all wanted. Stop words are left out; a search of nothing else finds nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from chalicelib.core.errors import ValueFault
from chalicelib.core.full_text.words import stem

MOST_LEVELS = 50
MOST_WORDS = 20
LABELS = r":[A-Da-d*]+(?![^\W_])"  # the star makes a prefix; texts have no labels, so they are passed over
TOKEN = re.compile(rf"[!()]|([^\W_]+)({LABELS})?")

Places = Mapping[str, Sequence[int]]


class Wanted(Protocol):
    def within(self, places: Places) -> bool:
        """Whether a text whose stems stand at these places is what is asked for."""

    def terms(self) -> Iterator["Term"]:
        """Every word of it."""


class Term(Struct, frozen=True):
    """One word; with `prefix`, any word that begins so."""

    stem: str
    prefix: bool = False

    def fits(self, stem: str) -> bool:
        return stem.startswith(self.stem) if self.prefix else stem == self.stem

    def places(self, places: Places) -> Sequence[int]:
        if not self.prefix:
            return places.get(self.stem, ())
        return sorted(place for found, those in places.items() if self.fits(found) for place in those)

    def within(self, places: Places) -> bool:
        return bool(self.places(places))

    def terms(self) -> Iterator["Term"]:
        yield self


class Without(Struct, frozen=True):
    unwanted: Wanted

    def within(self, places: Places) -> bool:
        return not self.unwanted.within(places)

    def terms(self) -> Iterator[Term]:
        return self.unwanted.terms()


class Every(Struct, frozen=True):
    parts: tuple[Wanted, ...]

    def within(self, places: Places) -> bool:
        return bool(self.parts) and all(part.within(places) for part in self.parts)

    def terms(self) -> Iterator[Term]:
        for part in self.parts:
            yield from part.terms()


class _Group:
    """What stands in one pair of parentheses, as far as it is read."""

    def __init__(self, negated: bool = False) -> None:
        self._negated = negated
        self._parts: list[Wanted] = []
        self.next_negated = False

    def add(self, part: Wanted | None) -> None:
        if part is not None:
            self._parts.append(Without(part) if self.next_negated else part)
        self.next_negated = False

    def close(self) -> Wanted | None:
        if not self._parts:
            return None
        whole = self._parts[0] if len(self._parts) == 1 else Every(tuple(self._parts))
        return Without(whole) if self._negated else whole


def read_wanted(text: str, language: str) -> Wanted:
    """What `text` asks for; raises ValueFault when it is longer or deeper than anybody means."""
    groups = [_Group()]
    if sum(1 for token in TOKEN.finditer(text) if token.group(1)) > MOST_WORDS:
        raise ValueFault(f"A search may have {MOST_WORDS} words at most.")
    for token in TOKEN.finditer(text):
        _take(groups, token, language)
    while len(groups) > 1:
        _close(groups)
    return groups[0].close() or Every(())


def _take(groups: list[_Group], token: re.Match[str], language: str) -> None:
    word, labels = token.groups()
    if word is not None:
        root = stem(word.lower(), language)
        groups[-1].add(Term(root, "*" in (labels or "")) if root else None)
    elif token.group() == "!":
        groups[-1].next_negated = not groups[-1].next_negated
    elif token.group() == "(":
        if len(groups) > MOST_LEVELS:
            raise ValueFault(f"A search may have {MOST_LEVELS} levels of parentheses at most.")
        negated, groups[-1].next_negated = groups[-1].next_negated, False
        groups.append(_Group(negated))
    elif len(groups) > 1:
        _close(groups)


def _close(groups: list[_Group]) -> None:
    closed = groups.pop().close()
    groups[-1].add(closed)
