"""R7 under many schedules: the same events several times and in any order, files that overlap at once, handlers that
stand still and go on when others have finished, that die or lose an answer at any write, and a store that throttles.
Whatever the schedule, the tasks are the union of the files, once, and the counts add up.

A seed decides each schedule (`tests.histories.chance`): in memory, one handler at a time goes on to its next call of a
store; on the real stores, handlers are threads and faults are put between PynamoDB and DynamoDB."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import product

import orjson
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.canonical import digest
from chalicelib.core.errors import Unavailable
from chalicelib.core.imports import Record
from tests.fakes.import_memory import Memory
from tests.fakes.importing import ENDLESS, Event, Importing
from tests.histories.chance import Chance, run_seed, times
from tests.histories.import_turns import ImportTurns
from tests.histories.wire import Weather
from tests.reliability.faults import Crash

SCHEDULES = times(1800)
REAL_SCHEDULES = times(40)

tried: dict[str, int] = {}


@pytest.fixture(scope="module", autouse=True)
def told_how_many() -> Iterator[None]:
    yield
    print(f"\n{sum(tried.values())} fault schedules of imports: {tried} (NIMBOSSA_SEED={run_seed()})")


class Files:
    """Some files that overlap, tables and JSON arrays, with rows twice and rows that are wrong; of some arrays the end
    is missing."""

    def __init__(self, chance: random.Random) -> None:
        self.tables = [self._rows(chance, first) for first in range(0, 4 * chance.randint(2, 3), 4)]
        self._ends = [chance.choice([None, b"\n]", b""]) for _ in self.tables]  # None: it is a table

    @staticmethod
    def _rows(chance: random.Random, first: int) -> list[tuple[int, int]]:
        rows = [(first + chance.randrange(9), int(chance.random() < 0.9)) for _ in range(chance.randint(6, 14))]
        return [*rows, (first, 1), (first + 8, 1)]

    def upload(self, importing: Importing) -> list[Event]:
        return [
            importing.upload(f"{place}.{'csv' if end is None else 'json'}", self._written(rows, end))
            for place, (rows, end) in enumerate(zip(self.tables, self._ends, strict=True))
        ]

    def _written(self, rows: Sequence[tuple[int, int]], end: bytes | None) -> bytes:
        if end is None:
            return "\n".join(["url,n_answers", *(f"u{url},{answers}" for url, answers in rows)]).encode()
        values = [{"info": {"url": f"u{url}"}, "n_answers": answers} for url, answers in rows]
        return b"[\n" + b",\n".join(map(orjson.dumps, values)) + end

    @property
    def union(self) -> set[str]:
        return {f"u{url}" for rows in self.tables for url, answers in rows if answers}

    def wrong_lines(self, place: int) -> list[int]:
        rows = self.tables[place]
        missing_end = [len(rows) + 1] if self._ends[place] == b"" else []
        return [line for line, (_, answers) in enumerate(rows, start=2) if not answers] + missing_end

    def check(self, importing: Importing, records: Sequence[Record]) -> None:
        """Each file has one record, which is over and adds up; together they made the union, once."""
        assert [record.state for record in records] == ["finished"] * len(self.tables)
        assert len(importing.imports.after(importing.project.id, 0, 100)) == len(self.tables)
        for place, record in enumerate(records):
            assert record.rows_seen == len(self.tables[place]) + (self._ends[place] == b"")
            assert record.rows_seen == record.tasks_made + record.duplicates + record.error_count
            lines = [error.line for error in importing.imports.errors(record.id)]
            assert lines == self.wrong_lines(place)
            assert record.error_count == len(lines)
        assert sum(record.tasks_made for record in records) == len(self.union)


# --- in memory, turn by turn ---


def _by_turns(seed: int) -> None:
    chance = Chance("imports", run_seed(), seed)
    files, play = Files(chance.of("files")), ImportTurns(chance)
    events = files.upload(play.importing)
    begin = play.importing.imports.start_from_event
    play.run([partial(begin, event) for event in events] * chance.randint(2, 4))
    files.check(play.importing, [play.importing.deliver(event) for event in events])
    assert set(play.memory.tasks) == {digest({"url": url}) for url in files.union}
    assert play.memory.counted == len(files.union)


@pytest.mark.parametrize("part", range(6))
def test_whoever_goes_on_when_and_whatever_breaks_the_tasks_are_the_union_once(part: int) -> None:
    for number in range(part, SCHEDULES, 6):
        _by_turns(number)
        tried["turns in memory"] = tried.get("turns in memory", 0) + 1


class Died(Exception):
    pass


@pytest.mark.parametrize("slice_rows", [1, 2, 3, 5, 40])
def test_a_death_at_each_call_of_the_store_and_another_one_behind_it_change_nothing(slice_rows: int) -> None:
    files = Files(random.Random(slice_rows))
    calls = _calls_of_one_delivery(files, slice_rows)
    for first, second in product(range(calls), (0, 1, 5, 17)):
        memory = Memory()
        importing = Importing(slice_rows, records=memory, batches=memory)
        events = files.upload(importing)
        for wait in (first, second):
            memory.fault = _dying_after(memory, wait)
            with suppress(Died):
                for event in events:
                    importing.deliver(event, lambda: 0.0)
        memory.fault = lambda: None
        importing.queue.clear()
        files.check(importing, [importing.deliver(event) for event in events])
        assert memory.counted == len(memory.tasks) == len(files.union)
        tried["deaths in memory"] = tried.get("deaths in memory", 0) + 1


def _calls_of_one_delivery(files: Files, slice_rows: int) -> int:
    memory, calls = Memory(), [0]

    def count() -> None:
        calls[0] += 1

    memory.fault = count
    importing = Importing(slice_rows, records=memory, batches=memory)
    for event in files.upload(importing):
        importing.deliver(event)
    return calls[0]


def _dying_after(memory: Memory, calls: int) -> Callable[[], None]:
    left = [calls]

    def fault() -> None:
        left[0] -= 1
        if left[0] < 0:
            memory.fault = lambda: None
            raise Died

    return fault


# --- on the real stores ---


def _storm(importing: Importing, events: Sequence[Event], weather: Weather, seed: int) -> None:
    """Handlers that run side by side, each from delivery to death or end, while requests break."""
    chance = Chance("imports", run_seed(), "storm", seed)
    failures: list[BaseException] = []

    def live(number: int) -> None:
        mine = chance.of("handler", number)
        weather.comes_from(mine.of("weather"))
        try:
            for _ in range(mine.randint(1, 3)):
                _delivered(importing, mine.choice(events), mine)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=live, args=[number]) for number in range(chance.randint(2, 4))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def _delivered(importing: Importing, event: Event, chance: Chance) -> None:
    seconds = chance.choice([0.0, ENDLESS])
    with suppress(Crash, Unavailable, PynamoDBException, ClientError, BotoCoreError):
        record = importing.imports.start_from_event(event)
        assert record is not None
        importing.imports.run(record.id, lambda: seconds)


@pytest.mark.parametrize("seed", range(REAL_SCHEDULES))
def test_storms_over_the_real_stores_leave_the_union_once(connected: object, seed: int) -> None:
    chance = Chance("imports", run_seed(), "real", seed)
    files = Files(chance.of("files"))
    importing = Importing(chance.randint(2, 6), workers=1, at_once=chance.choice([1, 3]))
    events = files.upload(importing)
    weather = Weather(connected.client, chance.choice([0.0, 0.03, 0.1]))  # type: ignore[attr-defined]
    with weather.around():
        _storm(importing, events, weather, seed)
    importing.queue.clear()
    files.check(importing, [importing.deliver(event) for event in events])
    assert importing.stored() == sorted(f'{{"url":"{url}"}}' for url in files.union)
    assert importing.task_count == len(files.union)
    tried["storms on the real stores"] = tried.get("storms on the real stores", 0) + 1
