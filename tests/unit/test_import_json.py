"""JSON arrays and JSON lines as importers read them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.json_records import scan_element
from chalicelib.importers.pieces import MOST_ROW_BYTES, pieces
from tests.fakes.reading import infos, read, reasons, split

VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.sampled_from('a"\\[]{},\né'), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab]"), inner, max_size=2),
    max_leaves=6,
)
CUTS = st.lists(st.integers(0, 300), max_size=12)


@given(st.lists(VALUE, max_size=5), st.sampled_from([None, 1]), st.booleans(), CUTS)
def test_the_elements_of_an_array_are_those_of_the_whole_however_the_bytes_arrive(
    values: list[Any], indent: int | None, escaped: bool, cuts: list[int]
) -> None:
    inside = json.dumps(values, indent=indent, ensure_ascii=escaped).encode()[1:]
    found = [piece.text for piece in pieces(split(inside, cuts), scan_element, 0, 1)]
    assert [json.loads(text[:-1]) for text in found if text is not None and text[:-1].strip()] == values


@given(st.lists(VALUE, min_size=1, max_size=5), st.integers(1, 60))
def test_bare_values_become_info_from_an_array_and_from_lines_alike(values: list[Any], chunk: int) -> None:
    array = json.dumps(values, indent=1).encode()
    lines = "\r\n\n".join(json.dumps(value) for value in values).encode()
    assert infos(read("t.json", array, chunk)) == values
    assert infos(read("t.jsonl", lines, chunk)) == values


def test_task_objects_give_info_and_attributes_and_what_the_api_shows_of_a_task_is_passed_over() -> None:
    task = {"info": {"u": 1}, "n_answers": 2, "priority_0": 0.25, "quorum": 1, "calibration": 1, "state": "completed"}
    shown = {"id": 7, "project_id": 1, "created": "2020", "links": [], "link": "", "exported": True}
    (row,) = read("t.json", json.dumps([task | shown]).encode())
    assert row.new is not None
    assert row.new.info == {"u": 1}
    assert (row.new.n_answers, row.new.priority_0, row.new.quorum, row.new.calibration) == (2, 0.25, 1, 1)


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "NaN"),
        ('{"a"}', "not JSON"),
        ("", "not JSON"),
        ('"\\ud800"', "not JSON"),
        ('{"info": 1, "priority": 2}', "'priority'"),
        ('{"info": 1, "n_answers": 0}', "n_answers"),
        ('{"info": 1, "n_answers": "3"}', "n_answers"),
        ('{"info": 1, "n_answers": true}', "n_answers"),
        ('{"info": 1, "priority_0": 1.5}', "priority_0"),
        ("[" * 101 + "]" * 101, "100 levels"),
        ("[" * 3000 + "]" * 3000, "not JSON"),
        ('"' + "x" * 400_000 + '"', "400,002 bytes"),
    ],
)
def test_an_element_that_is_wrong_names_its_line_and_the_others_are_read(element: str, words: str) -> None:
    rows = read("t.json", f"[1,\n\n {element},\n2\n]\n".encode())
    assert infos(rows) == [1, 2]
    ((line, reason),) = reasons(rows)
    assert words in reason
    assert line == 3


def test_a_line_that_is_wrong_names_its_number_and_the_others_are_read() -> None:
    rows = read("t.jsonl", b'{"a": 1}\n\n{"a":\n\xff\n{"a": 2}')
    assert infos(rows) == [{"a": 1}, {"a": 2}]
    assert [line for line, _ in reasons(rows)] == [3, 4]


def test_a_first_line_that_is_wrong_is_one_error_too() -> None:
    for name in ("t.json", "t.jsonl"):
        rows = read(name, b'{"a": NaN}\n{"a": 2}\n')
        assert infos(rows) == [{"a": 2}]
        assert [line for line, _ in reasons(rows)] == [1]


def test_elements_and_lines_too_long_to_keep_are_passed_over() -> None:
    long = json.dumps("x," * MOST_ROW_BYTES)
    for name, text in (("t.json", f"[1,{long},2,{long}]"), ("t.jsonl", f"1\n{long}\n2\n{long}\n")):
        rows = read(name, text.encode())
        assert infos(rows) == [1, 2]
        assert len(reasons(rows)) == 2
        assert all("more than a task can hold" in reason for _, reason in reasons(rows))


@pytest.mark.parametrize("text", ["[1, 2", '[1, 2, {"a": [3', '[1, 2, "x'])
def test_an_array_that_is_cut_off_keeps_its_good_rows_and_says_so(text: str) -> None:
    rows = read("t.json", text.encode())
    assert infos(rows) == [1, 2]
    assert "closing ]" in reasons(rows)[-1][1]


def test_what_stands_behind_an_array_is_reported() -> None:
    rows = read("t.json", b"[1]\n[2]\n")
    assert infos(rows) == [1]
    assert reasons(rows) == [(2, "something stands behind the array's closing ]")]


def test_the_content_says_what_a_wrong_name_hides() -> None:
    assert infos(read("t.json", b'{"a": 1}\n{"a": 2}\n')) == [{"a": 1}, {"a": 2}]
    assert infos(read("t.jsonl", b"[\n1,\n2\n]\n")) == [1, 2]
    assert infos(read("t.jsonl", b"[1]\n[2]\n")) == [[1], [2]]
    assert infos(read("T.JSON", b"\xef\xbb\xbf [1]")) == [1]


def test_an_empty_array_is_no_rows_and_no_error() -> None:
    assert read("t.json", b" [ ] ") == read("t.json", b"[]") == []


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("t.json", b"", "empty"),
        ("t.jsonl", b"\n \n", "empty"),
        ("t.json", b'{\n "a": 1\n}\n', "neither an array"),
        ("t.json", b"url,question\na,b\n", "its name must end in .csv"),
        ("t.jsonl", b"url,question\na,b\n", "its name must end in .csv"),
        ("t.json", b"PK\x03\x04", "ZIP"),
        ("t.jsonl", b"<html>", "web page"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_error_that_says_what_to_change(name: str, data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(name, data)
