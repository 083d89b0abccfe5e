"""What is gathered comes out of the spool as it went in."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.import_gathering import Page
from chalicelib.importers.spool import lines_of
from tests.fakes.reading import infos, read, reasons

INFO = st.dictionaries(
    st.sampled_from(["wrong", "info", "n_answers", "url", "é\n"]), st.none() | st.integers(0, 9) | st.text(max_size=5)
)


REASONS = st.lists(st.text(min_size=1, max_size=9), max_size=2)


@given(st.lists(st.tuples(st.lists(INFO, max_size=3), REASONS), max_size=4))
def test_every_info_and_every_reason_of_every_page_comes_out_whatever_its_keys(found):
    pages = [Page(records, wrong=wrong) for records, wrong in found]
    rows = read("x.spool", b"".join(map(lines_of, pages)))
    assert infos(rows) == [info for page in pages for info in page.infos]
    assert [reason for _, reason in reasons(rows)] == [reason for page in pages for reason in page.wrong]


@pytest.mark.parametrize("value", [10**30, 2**64, functools.reduce(lambda inner, _: [inner], range(300), [])])
def test_a_record_that_cannot_be_kept_is_told_and_the_others_are_imported(value):
    rows = read("x.spool", lines_of(Page([{"a": 1}, {"a": value}, {"a": 2}])))
    assert infos(rows) == [{"a": 1}, {"a": 2}]
    ((line, reason),) = reasons(rows)
    assert line == 2
    assert "cannot be kept" in reason


def test_an_empty_spool_is_nothing_and_no_error():
    assert read("x.spool", b"") == []
