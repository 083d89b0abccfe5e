"""List queries without a store: parameters, filters, order, and stopping in time (contract rest-api.md §4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import AttributeFault, DataFault
from chalicelib.core.filters import contains, filters_for
from chalicelib.core.listing import MOST_READ, MOST_SORTED, Budget, Candidates, select
from chalicelib.core.queries import Query, check_write_keys, read_query
from chalicelib.core.resources import PROJECT, TASK, TASKRUN

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=3),
    max_leaves=8,
)


@dataclass(frozen=True)
class Item:
    id: int
    value: Any = None


def row(item: Item) -> dict[str, Any]:
    return {"id": item.id, "info": item.value, "priority_0": item.value, "created": str(item.value)}


def found(items: Sequence[Item], ordered: bool = True, **given: str) -> list[int]:
    query = read_query(TASK, given)
    return [item.id for item in select(query, Candidates(iter([items]), ordered), row, Budget(lambda: 0.0))]


def test_unknown_keys_are_refused_before_anything_is_read() -> None:
    with pytest.raises(AttributeFault, match="type object 'Task' has no attribute 'foo'"):
        read_query(TASK, {"limit": "-1", "foo": "1"})


def test_external_uid_is_context_on_tasks_and_a_filter_on_runs() -> None:
    assert read_query(TASK, {"participated": "1", "external_uid": "x"}).external_uid == "x"
    assert read_query(TASKRUN, {"external_uid": "x"}).text("external_uid") == "x"
    with pytest.raises(AttributeFault):
        read_query(TASK, {"external_uid": "x"})


def test_a_page_is_no_larger_than_the_query_needs_unless_rows_are_left_out() -> None:
    assert read_query(TASK, {"project_id": "5"}).page_size == 20
    assert read_query(TASK, {"project_id": "5", "limit": "3", "offset": "4"}).page_size == 7
    assert read_query(TASK, {"project_id": "5", "info": "a::b"}).page_size == 100
    assert read_query(TASK, {"limit": "0"}).page_size == 1


@pytest.mark.parametrize(
    ("text", "ids"), [("1,2", {1, 2}), ("[1, 2]", {1, 2}), ("1 2", {1, 2}), ("-1", {1}), ("{3}", {3})]
)
def test_project_id_takes_any_list(text: str, ids: set[int]) -> None:
    assert read_query(TASK, {"project_id": text}).project_ids == ids


def test_writes_take_a_key_and_attributes_only() -> None:
    check_write_keys(TASKRUN, {"api_key": "x", "external_uid": "y"})
    with pytest.raises(AttributeFault):
        check_write_keys(TASK, {"limit": "1"})


@given(VALUES)
def test_everything_contains_itself(value: Any) -> None:
    assert contains(value, value)


@given(VALUES, VALUES, VALUES)
def test_containment_is_transitive(one: Any, two: Any, three: Any) -> None:
    if contains(one, two) and contains(two, three):
        assert contains(one, three)


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": {"b": [1, 2, {"c": 3}]}}, {"a": {"b": [{"c": 3}]}}, True),
        ([1, [2, 3]], [[3]], True),
        ([1, 2], 1, True),
        ({"a": 1}, "a", False),
        ({"a": True}, {"a": 1}, False),
        ([True], 1, False),
        ([], {}, False),
        ({"a": []}, {"a": [1]}, False),
    ],
)
def test_containment_is_postgresqls(whole: Any, part: Any, expected: bool) -> None:
    assert contains(whole, part) is expected


@pytest.mark.parametrize(
    ("info", "text", "expected"),
    [
        ({"k": 1}, "k::1", True),
        ({"k": True}, "k::true", True),
        ({"k": 1.5}, "k::1.5", True),
        ({"k": None}, "k::null", False),
        ({"k": None}, "k::", False),
        ({"k": ""}, "k::", True),
        ({"k": "1"}, "k::1", True),
        ("k::1", "k::1", False),
        ({}, "", False),
        ("", "", True),
    ],
)
def test_pairs_compare_text(info: Any, text: str, expected: bool) -> None:
    filters = filters_for(TASK.by_name["info"], text)
    assert all(one.matches({"info": info}) for one in filters) is expected


def test_what_the_caller_may_not_see_matches_nothing() -> None:
    for text, name in (("x", "secret_key"), ("a::b", "info"), ("2026", "created"), ("true", "published")):
        assert not any(one.matches({}) for one in filters_for(PROJECT.by_name[name], text))


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(0, 12), st.integers(0, 12), st.booleans())
def test_a_page_is_a_slice_of_what_is_sorted(values: list[int], limit: int, offset: int, desc: bool) -> None:
    items = [Item(place, value) for place, value in enumerate(values, 1)]
    given = {"limit": str(limit), "offset": str(offset), "orderby": "priority_0", "desc": str(desc).lower()}
    expected = sorted(items, key=lambda item: item.value, reverse=desc)
    assert found(items, **given) == [item.id for item in expected][offset : offset + limit]


def test_null_sorts_last_and_mixed_json_sorts_somehow() -> None:
    items = [Item(1, None), Item(2, 0.5), Item(3, 0.1)]
    assert found(items, orderby="priority_0") == [3, 2, 1]
    assert found(items, orderby="priority_0", desc="1") == [1, 2, 3]
    mixed = [Item(1, {"a": 1}), Item(2, "x"), Item(3, [1]), Item(4, 5), Item(5, None)]
    assert sorted(found(mixed, orderby="info")) == [1, 2, 3, 4, 5]


def endless() -> Iterator[Sequence[Item]]:
    place = 0
    while True:
        yield [Item(place + n) for n in range(100)]
        place += 100


def counted(pages: Iterator[Sequence[Item]], budget: Budget) -> Iterator[Sequence[Item]]:
    for page in pages:
        budget.read(len(page))
        yield page


def test_no_more_is_read_than_the_page_needs() -> None:
    read: list[int] = []

    def pages() -> Iterator[Sequence[Item]]:
        for page in endless():
            read.append(len(page))
            yield page

    select(Query(limit=20, offset=130), Candidates(pages()), row, Budget(lambda: 0.0))
    assert len(read) == 2


def test_a_search_for_a_needle_stops_and_says_how_to_narrow_it() -> None:
    query = read_query(TASK, {"info": "needle::1"})
    budget = Budget(lambda: 0.0)
    with pytest.raises(DataFault, match=rf"more than {MOST_READ} rows.*project_id"):
        select(query, Candidates(counted(endless(), budget)), row, budget)
    seconds = iter(range(1000))
    with pytest.raises(DataFault, match=r"longer than 8 seconds.*project_id"):
        select(query, Candidates(endless()), row, Budget(lambda: float(next(seconds))))


def test_an_order_over_too_many_rows_is_refused() -> None:
    with pytest.raises(DataFault, match=f"More than {MOST_SORTED} rows match"):
        select(read_query(TASK, {"orderby": "created"}), Candidates(endless()), row, Budget(lambda: 0.0))
