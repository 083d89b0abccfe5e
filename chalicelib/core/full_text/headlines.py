"""The part of a text that shows what was found, as PostgreSQL's `ts_headline`: at most 35 words, those that were asked
for in `<b>…</b>`. Unlike there, the text is made safe to be shown as HTML, which is what the tags ask for."""

from bisect import bisect_left
from collections.abc import Sequence
from html import escape

from chalicelib.core.full_text.wanted import Wanted
from chalicelib.core.full_text.words import Found, Word

MOST_WORDS = 35


def headline(wanted: Wanted, found: Found) -> str:
    """HTML in which nothing but `<b>` has a meaning."""
    terms = list(wanted.terms())
    marked = {word for word in found.words if word.stem and any(term.fits(word.stem) for term in terms)}
    shown = _window(found.words, [place for place, word in enumerate(found.words) if word in marked])
    whole = len(shown) == len(found.words)
    place = 0 if whole else shown[0].start
    parts: list[str] = []
    for word in (one for one in shown if one in marked):
        parts += [_safe(found.text[place : word.start]), f"<b>{_safe(found.text[word.start : word.end])}</b>"]
        place = word.end
    return "".join([*parts, _safe(found.text[place : len(found.text) if whole else shown[-1].end])])


def _window(words: Sequence[Word], marked: Sequence[int]) -> Sequence[Word]:
    """The words from the match that most others follow closely; all of a short text."""
    if len(words) <= MOST_WORDS:
        return words
    following = [bisect_left(marked, first + MOST_WORDS) - nth for nth, first in enumerate(marked)]
    best = marked[following.index(max(following))] if marked else 0
    start = min(best, len(words) - MOST_WORDS)
    return words[start : start + MOST_WORDS]


def _safe(text: str) -> str:
    return escape(text, quote=False)
