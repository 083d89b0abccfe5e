"""Full-text search (contract rest-api.md §4.4). Figures are those that PostgreSQL gives for the same texts."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.errors import ValueFault
from chalicelib.core.filters import filters_for
from chalicelib.core.full_text import found_in, headline, rank, read_wanted
from chalicelib.core.listing import Budget, Candidates, select
from chalicelib.core.queries import read_query
from chalicelib.core.resources import TASK
from tests.unit.test_queries import Item

TEXT = "The quick brown foxes jumped over the lazy dogs."


def finds(words: str, text: str = TEXT, language: str = "english") -> bool:
    return read_wanted(words, language).within(found_in(text, language).places)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("fox", True),
        ("Foxes", True),
        ("jumping", True),
        ("cat", False),
        ("fox & dog", True),
        ("fox & cat", False),
        ("fox dog", True),
        ("fox cat", False),
        ("fox & !cat", True),
        ("fox & !dog", False),
        ("!cat", True),
        ("!fox", False),
        ("!!fox", True),
        ("!(fox & cat)", True),
        ("!(fox & dog)", False),
        ("(fox", True),
        ("fox)", True),
        ("((fox)) & (dog)", True),
        ("'fox'", True),
        ('"brown fox"', True),
        ("fox <-> jump", True),
        ("laz:*", True),
        ("laz", False),
        ("qu:* & do:*", True),
        ("qu:*A", True),
        ("qu:A*", True),
        ("fox:A", True),
        ("fox:dog", True),
        ("fox:cat", False),
        ("ov:*", False),
        ("the", False),
        ("the & fox", True),
        ("!the", False),
        ("", False),
        ("&", False),
        ("()", False),
        ("!", False),
    ],
)
def test_words_and_operators(words: str, expected: bool) -> None:
    assert finds(words) is expected


def test_other_languages_have_other_endings() -> None:
    assert finds("Haus", "die Häuser", "german")
    assert not finds("Haus", "die Häuser", "english")
    assert finds("gatos", "un gato negro", "spanish")
    assert finds("the", TEXT, "simple")
    assert not finds("fox", TEXT, "simple")


def test_threads_do_not_disturb_each_other() -> None:
    texts = [f"running{number} foxes{number}" for number in range(200)]
    expected = [found_in(text, "porter" if number % 2 else "english") for number, text in enumerate(texts, 10**6)]
    seen: list[bool] = []

    def read() -> None:
        found = [found_in(text, "porter" if number % 2 else "english") for number, text in enumerate(texts, 10**6)]
        seen.append(found == expected)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 4


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("fox", "a fox", 0.0607927),
        ("fox", "a fox, two foxes", 0.0759909),
        ("quick & brown", "quick brown", 0.0991032),
        ("quick brown", "quick brown", 0.0991032),
        ("fox:*", "foxy fox", 0.0759909),
        ("!cat", "fox", 1e-20),
    ],
)
def test_ranks_are_postgresqls(words: str, text: str, expected: float) -> None:
    assert rank(read_wanted(words, "english"), found_in(text, "english")) == pytest.approx(expected, rel=1e-5)


def test_nearer_is_better_and_more_often_is_better() -> None:
    def ranked(words: str, text: str) -> float:
        return rank(read_wanted(words, "english"), found_in(text, "english"))

    assert ranked("fox dog", "fox dog") > ranked("fox dog", "fox and cat and dog") > 0
    assert ranked("fox", "fox fox fox") > ranked("fox", "fox fox") > ranked("fox", "fox")


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("fox", TEXT, "The quick brown <b>foxes</b> jumped over the lazy dogs."),
        ("fox & dog", TEXT, "The quick brown <b>foxes</b> jumped over the lazy <b>dogs</b>."),
        ("fo:*", "Fox, foal!", "<b>Fox</b>, <b>foal</b>!"),
        ("!cat", "fox", "fox"),
        ("fox", "<script>fox</script> & 'x'", "&lt;script&gt;<b>fox</b>&lt;/script&gt; &amp; 'x'"),
    ],
)
def test_headlines_mark_what_was_found_and_are_safe(words: str, text: str, expected: str) -> None:
    assert headline(read_wanted(words, "english"), found_in(text, "english")) == expected


def test_a_long_text_is_cut_to_where_most_was_found() -> None:
    text = " ".join(["fox", *["filler"] * 100, "dog", "fox", "dog", *["end"] * 100])
    shown = headline(read_wanted("fox & dog", "english"), found_in(text, "english"))
    assert shown.startswith("<b>dog</b> <b>fox</b> <b>dog</b> end")
    assert len(shown.split()) == 35
    last = headline(read_wanted("fox", "english"), found_in("filler " * 100 + "fox", "english"))
    assert last.endswith("filler <b>fox</b>")
    assert len(last.split()) == 35


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_whatever_is_asked_of_whatever_text(text: str, words: str) -> None:
    try:
        wanted = read_wanted(words, "english")
    except ValueFault:
        return
    found = found_in(text, "english")
    shown = headline(wanted, found)
    plain = shown.replace("<b>", "").replace("</b>", "")
    assert "<" not in plain
    if wanted.within(found.places):
        assert rank(wanted, found) > 0


@pytest.mark.parametrize("words", ["(" * 1000, "!(" * 1000 + "fox", "fox " * 21])
def test_what_nobody_means_is_refused(words: str) -> None:
    with pytest.raises(ValueFault, match="at most"):
        read_wanted(words, "english")


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"k": TEXT}, True),
        ({"k": ["foxes"]}, True),
        ({"k": 5}, False),
        ({"k": None}, False),
        ("fox", False),
        ({}, False),
    ],
)
def test_a_search_looks_at_one_key_of_info(info: object, expected: bool) -> None:
    [search] = filters_for(TASK.by_name["info"], "k::fox", "english")
    assert search.matches({"info": info}) is expected
    assert search.matches({}) is False


def order(*texts: str, **given: str) -> list[int]:
    query = read_query(TASK, {"info": "k::fox", "fulltextsearch": "1", **given})
    items = [Item(place, {"k": text}) for place, text in enumerate(texts, 1)]
    budget = Budget(lambda: 0.0)
    found = select(query, Candidates(iter([items])), lambda item: {"id": item.id, "info": item.value}, budget)
    return [item.id for item in found]


def test_rank_comes_before_orderby() -> None:
    texts = ("fox", "fox fox", "cat", "fox", "fox fox fox")
    assert order(*texts) == [5, 2, 1, 4]
    assert order(*texts, desc="1") == [5, 2, 4, 1]
    assert order(*texts, orderby="info", desc="1") == [5, 2, 1, 4]
    assert order(*texts, limit="2", offset="1") == [2, 1]


def test_without_a_pair_on_info_the_switch_changes_nothing() -> None:
    assert read_query(TASK, {"info": "fox", "fulltextsearch": "1"}).search is None
    assert read_query(TASK, {"info": "k::fox", "fulltextsearch": "true"}).search is None
    assert read_query(TASK, {"fulltextsearch": "1"}).by_id
