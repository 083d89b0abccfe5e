"""The words of a text, and what they are compared by."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

LANGUAGES = Literal[
    "simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "estonian", "finnish", "french",
    "german", "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian",
    "polish", "portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
]  # fmt: skip
WORD = re.compile(r"[^\W_]+")
# Words too usual to be searched for; the list of the Snowball project, which PostgreSQL has too.
ENGLISH_STOP_WORDS = (
    "i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself "
    "it its itself they them their theirs themselves what which who whom this that these those am is are was were be "
    "been being have has had having do does did doing a an the and but if or because as until while of at by for with "
    "about against between into through during before after above below to from up down in out on off over under "
    "again further then once here there when where why how all any both each few more most other some such no nor not "
    "only own same so than too very s t can will just don should now"
)
STOP_WORDS = {"english": frozenset(ENGLISH_STOP_WORDS.split())}


class Word(NamedTuple):
    """A word from `start` to before `end` in its text; the stem of a stop word is empty."""

    start: int
    end: int
    stem: str


class Found(NamedTuple):
    """A text's words, and where each stem stands, counted in words from 1, stop words included."""

    text: str
    words: Sequence[Word]
    places: Mapping[str, Sequence[int]]


def found_in(text: str, language: str) -> Found:
    words = [Word(*one.span(), stem(one.group().lower(), language)) for one in WORD.finditer(text)]
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words, 1):
        if word.stem:
            places.setdefault(word.stem, []).append(place)
    return Found(text, words, places)


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """What words of one kind have in common, "" for a stop word. `word` is in lower case."""
    if word in STOP_WORDS.get(language, ()):
        return ""
    if language == "simple":
        return word
    from snowballstemmer import stemmer  # 20 ms, for those who search only

    return str(stemmer(language).stemWord(word))  # a new one each time: two threads must not share it
