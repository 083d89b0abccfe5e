"""How imports start, go on and end; the stores are in memory, and die at any write when told."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core import import_running
from chalicelib.core.import_sources import short_name_of, source_of
from chalicelib.core.imports import MOST_ERRORS_KEPT, Record
from tests.fakes.import_memory import Memory
from tests.fakes.importing import BUCKET, Event, Importing, counts

ROWS = [(n % 17, 1 if n % 7 else 0) for n in range(40)]
TABLE = "\n".join(["url,n_answers", *(f"u{url},{answers}" for url, answers in ROWS)]).encode()


class Crash(Exception):
    pass


def _start(slice_rows: int = 5, at_once: int = 3) -> tuple[Memory, Importing]:
    memory = Memory()
    return memory, Importing(slice_rows, records=memory, batches=memory, at_once=at_once)


def _dying(memory: Memory, calls: int) -> None:
    """Make the store die at its `calls`-th call from now."""
    left = iter(range(calls))

    def fault() -> None:
        if next(left, None) is None:
            memory.fault = lambda: None
            raise Crash

    memory.fault = fault


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 1)), max_size=8), st.integers(1, 41), st.booleans())
def test_whatever_crashes_and_redeliveries_come_the_counts_are_those_of_one_delivery(
    deaths: list[tuple[int, int]], slice_rows: int, hurried: bool
) -> None:
    memory, importing = _start(slice_rows)
    events = [importing.upload("a.csv", TABLE), importing.upload("b.csv", TABLE)]
    for calls, which in deaths:
        _dying(memory, calls)
        with suppress(Crash):
            importing.deliver(events[which], lambda: 0.0 if hurried else 900.0)
    memory.fault = lambda: None
    first, second = [importing.deliver(event) for event in events]
    urls = {url for url, answers in ROWS if answers}
    assert len(memory.tasks) == memory.counted == first.tasks_made + second.tasks_made == len(urls)
    for record in (first, second):
        assert record.rows_seen == 40
        assert record.tasks_made + record.duplicates + record.error_count == 40
        lines = [error.line for error in importing.imports.errors(record.id)]
        assert lines == [place + 2 for place, (_, answers) in enumerate(ROWS) if not answers]


def test_a_handler_without_time_hands_over_after_each_slice() -> None:
    _, importing = _start(slice_rows=10)
    record = importing.imports.start_from_event(importing.upload("t.csv", TABLE))
    assert record is not None
    importing.queue.clear()
    for seen in (0, 10, 20, 30, 40):
        importing.imports.run(record.id, lambda: import_running.MARGIN_SECONDS - 1)
        assert importing.record(record.id).rows_seen == seen
    assert importing.queue == [record.id] * 5
    assert importing.record(record.id).state == "running"
    importing.imports.run(record.id, lambda: 0.0)
    assert importing.record(record.id).state == "finished"
    assert importing.queue == [record.id] * 5


def test_a_finished_import_asks_for_no_more_work() -> None:
    _, importing = _start()
    event = importing.upload("t.csv", TABLE)
    importing.deliver(event)
    importing.imports.start_from_event(event)
    assert importing.queue == []


def test_the_first_pass_of_a_large_file_is_checkpointed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.core.import_walk.SURVEY_BYTES", 50)
    _, importing = _start(slice_rows=100)
    record = importing.imports.start_from_event(importing.upload("t.csv", b"a\n" + b"1\n" * 99 + b"x\n"))
    assert record is not None
    steps = []
    while importing.queue:
        importing.imports.run(importing.queue.pop(), lambda: 0.0)
        steps.append(importing.record(record.id).step)
    assert steps == sorted(set(steps))
    assert len(steps) > 4
    assert counts(importing.record(record.id)) == ("finished", 100, 2, 98, 0)


def test_slices_of_large_rows_end_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.core.import_walk.MOST_SLICE_BYTES", 100)
    _, importing = _start(slice_rows=500)
    data = "a\n" + "".join(f"{n}{'x' * 60}\n" for n in range(10))
    record = importing.imports.start_from_event(importing.upload("t.csv", data.encode()))
    assert record is not None
    for _ in range(2):  # the first pass, a slice
        importing.imports.run(record.id, lambda: 0.0)
    assert importing.record(record.id).rows_seen == 2


def test_only_the_first_thousand_row_errors_are_kept_and_all_are_counted() -> None:
    _, importing = _start(slice_rows=300)
    data = b"a,n_answers\n" + b"1,0\n" * (MOST_ERRORS_KEPT + 500)
    record = importing.deliver(importing.upload("t.csv", data))
    assert record.error_count == MOST_ERRORS_KEPT + 500
    kept = importing.imports.errors(record.id)
    assert [error.line for error in kept] == list(range(2, MOST_ERRORS_KEPT + 2))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("imports/nowhere/t.csv", "no project 'nowhere'"),
        ("imports/t.csv", "in no project's folder"),
        ("imports//t.csv", "in no project's folder"),
    ],
)
def test_a_file_of_no_project_has_a_failed_record_without_project(key: str, words: str) -> None:
    _, importing = _start()
    record = importing.deliver(importing.drawer.arrive(key, b"a\n1\n"))
    assert (record.state, record.project_id, record.error_count) == ("failed", None, 1)
    (error,) = importing.imports.errors(record.id)
    assert words in error.reason
    assert error.line is None
    assert record.started
    assert record.finished


def test_a_name_of_another_kind_fails_and_says_which_are_read() -> None:
    _, importing = _start()
    record = importing.deliver(importing.upload("t.txt", b"a\n1\n"))
    assert (record.state, record.project_id) == ("failed", importing.project.id)
    assert ".csv, .csv.gz, .json" in importing.imports.errors(record.id)[0].reason


def test_an_object_deleted_in_the_middle_keeps_what_was_made_and_says_so() -> None:
    _, importing = _start(slice_rows=10)
    record = importing.imports.start_from_event(importing.upload("t.csv", TABLE))
    assert record is not None
    for _ in range(2):  # the first pass, a slice
        importing.imports.run(record.id, lambda: 0.0)
    importing.drawer.content.clear()
    importing.drain()
    after = importing.record(record.id)
    assert (after.state, after.rows_seen) == ("failed", 10)
    assert "deleted" in importing.imports.errors(record.id)[-1].reason


def test_an_import_whose_project_was_deleted_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    _, importing = _start()
    record = importing.imports.start_from_event(importing.upload("t.csv", TABLE))
    assert record is not None
    monkeypatch.setattr(importing, "get", lambda _: None)
    importing.drain()
    assert importing.record(record.id).state == "failed"


def test_an_import_that_is_given_up_stays_so_whatever_comes_after() -> None:
    memory, importing = _start()
    event = importing.upload("t.csv", TABLE)
    record = importing.imports.start_from_event(event)
    assert record is not None
    importing.imports.give_up(record.id, "it stopped")
    importing.imports.give_up(record.id, "again")
    again = importing.deliver(event)
    assert (again.state, again.error_count) == ("failed", 1)
    assert [error.reason for error in importing.imports.errors(record.id)] == ["it stopped"]
    assert memory.tasks == {}


def test_messages_about_imports_that_do_not_exist_are_passed_over() -> None:
    _, importing = _start()
    assert importing.imports.run(77, lambda: 0.0) is None
    importing.imports.give_up(77, "")


@pytest.fixture
def event() -> dict[str, Any]:
    told = {"key": "imports/p/a+b%2Bc+%C3%A9.csv", "size": 3, "eTag": "e", "versionId": "v"}
    return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": BUCKET}, "object": told}}


def test_keys_in_events_are_url_encoded(event: Event) -> None:
    source = source_of(event)
    assert source is not None
    assert (source.key, source.version, source.size) == ("imports/p/a b+c é.csv", "v", 3)


@pytest.mark.parametrize("name", ["ObjectRemoved:Delete", "s3:ObjectRemoved:Delete", "ObjectRestore:Post"])
def test_other_events_are_passed_over(event: dict[str, Any], name: str) -> None:
    assert source_of({**event, "eventName": name}) is None


@pytest.mark.parametrize("key", ["imports/p/", "imports/p/folder/", "exports/p/t.csv", "imports"])
def test_folders_and_other_places_are_passed_over(event: dict[str, Any], key: str) -> None:
    event["s3"]["object"]["key"] = key
    assert source_of(event) is None


def test_without_a_version_the_content_names_the_import(event: dict[str, Any]) -> None:
    _, importing = _start()
    told = event["s3"]["object"]
    told["key"] = f"imports/{importing.project.short_name}/t.csv"
    del told["versionId"]
    importing.drawer.content[told["key"], None] = b"a\n1\n"
    first = importing.deliver(event)
    told["eTag"] = "another"
    assert importing.deliver(event).id != first.id
    told["versionId"] = "null"
    told["eTag"] = "e"
    assert importing.deliver(event).id == first.id


def test_an_event_that_lacks_size_and_tag_is_completed_by_asking_for_them(event: dict[str, Any]) -> None:
    _, importing = _start()
    key = f"imports/{importing.project.short_name}/t.csv"
    importing.drawer.content[key, None] = b"a\n1\n"
    event["s3"]["object"] = {"key": key}
    records: list[Record] = [importing.deliver(event) for _ in range(2)]
    assert counts(records[0]) == ("finished", 1, 1, 0, 0)
    assert records[0] == records[1]
    assert records[0].source.etag == "e"


@pytest.mark.parametrize(
    ("key", "short_name"),
    [("imports/p/t.csv", "p"), ("imports/p/2024/t.csv", "p"), ("imports/t.csv", None), ("imports//t.csv", None)],
)
def test_the_folder_names_the_project(key: str, short_name: str | None) -> None:
    assert short_name_of(key) == short_name


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=4), st.integers(1, 41), st.booleans())
def test_an_import_that_is_stopped_anywhere_makes_no_more_tasks_and_has_counted_those_it_made(
    deaths: list[int], slice_rows: int, hurried: bool
) -> None:
    memory, importing = _start(slice_rows)
    event = importing.upload("a.csv", TABLE)
    for calls in deaths:
        _dying(memory, calls)
        with suppress(Crash):
            importing.deliver(event, lambda: 0.0 if hurried else 900.0)
    memory.fault = lambda: None
    record = importing.imports.start_from_event(event)
    assert record is not None
    importing.queue.clear()
    importing.imports.stop(record.id)
    importing.drain()
    stopped = importing.imports.stop(record.id)
    assert stopped is not None
    assert stopped.state == "withdrawn"
    assert stopped.finished
    assert stopped.tasks_made == memory.counted == len(memory.tasks)
    assert importing.deliver(event) == stopped


@pytest.mark.parametrize(("at_once", "seen"), [(1, 20), (2, 30), (4, 40)])
def test_an_import_that_is_stopped_meanwhile_counts_what_may_have_been_begun_and_ends(at_once: int, seen: int) -> None:
    _, importing = _start(slice_rows=10, at_once=at_once)
    record = importing.imports.start_from_event(importing.upload("t.csv", TABLE))
    assert record is not None
    for _ in range(2):  # the first pass, a slice
        importing.imports.run(record.id, lambda: 0.0)
    importing.queue.clear()

    def stopped_meanwhile() -> float:
        importing.imports.stop(record.id)
        return 900.0

    importing.imports.run(record.id, stopped_meanwhile)
    importing.drain()
    assert (importing.record(record.id).state, importing.record(record.id).rows_seen) == ("withdrawn", seen)


def test_an_import_that_keeps_failing_while_it_is_stopped_is_withdrawn_too() -> None:
    _, importing = _start(slice_rows=10)
    record = importing.imports.start_from_event(importing.upload("t.csv", TABLE))
    assert record is not None
    importing.imports.stop(record.id)
    importing.imports.give_up(record.id, "It broke.")
    assert importing.record(record.id).state == "withdrawn"
    assert importing.imports.errors(record.id)[0].reason == "It broke."
