"""R7 for what is gathered first: handlers that die between two parts, several that gather at once, checkpoints that
arrive late, services that ask for patience, and sources that change between two looks at the same page. Whatever the
schedule, each record that was gathered is imported once, and a file is never put together of two."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from chalicelib.core.canonical import digest
from chalicelib.core.import_gathering import Listing, Tools, TryLater
from chalicelib.core.import_running import TRIES
from chalicelib.core.imports import Record
from chalicelib.core.media import kinds_of, object_info
from chalicelib.core.outgoing import NO_HEADERS, Answer, Streamed, Unreachable
from tests.histories.chance import Chance, run_seed, times
from tests.histories.import_turns import ImportTurns

SCHEDULES = times(400)
URL = "https://example.org/t.csv"

tried: dict[str, int] = {}


@pytest.fixture(scope="module", autouse=True)
def told_how_many() -> Iterator[None]:
    yield
    print(f"\n{sum(tried.values())} fault schedules of gathering: {tried} (NIMBOSSA_SEED={run_seed()})")


@pytest.fixture(autouse=True)
def parts_of_a_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.core.import_gatherer.PART_BYTES", 300)
    monkeypatch.setattr("chalicelib.core.import_gatherer.CHECKPOINT_SECONDS", -1.0)  # behind every piece


class Outside:
    """A bucket and a file on the web. Each look at them may be the handler's last, and may be answered with a request
    for patience, though not so often that an import gives up. `changes`: what is there differs from look to look."""

    def __init__(self, chance: Chance, changes: bool) -> None:
        self._chance = chance
        self._changes = changes
        self._patience = TRIES - 2
        self._per_page = chance.randint(1, 4)
        self.keys = [f"{n:03}.jpg" for n in range(chance.randint(1, 14))]
        self.seen = set(self.keys)
        self.versions = 0
        self.play: ImportTurns | None = None

    @property
    def tools(self) -> Tools:
        return Tools(self, {}, self._listed)  # type: ignore[arg-type]

    def _looked_at(self) -> None:
        if self.play is not None:
            self.play.memory.fault()
        if self._patience and self._chance.happens(0.1):
            self._patience -= 1
            raise TryLater("Not now.")

    def _listed(self, bucket: str, prefix: str, after: str) -> Listing:
        self._looked_at()
        if self._changes and self._chance.happens(0.4):
            self.keys = sorted({*self.keys, f"{self._chance.randrange(20):03}.jpg"} - {self._chance.choice(self.keys)})
            self.keys = self.keys or ["000.jpg"]
            self.seen |= {*self.keys}
        behind = [key for key in self.keys if key > after]
        return Listing(behind[: self._per_page], len(behind) > self._per_page)

    @contextmanager
    def stream(self, url: str, most_bytes: int, seconds: float) -> Iterator[Streamed]:
        self._looked_at()
        self.versions += self._changes
        yield Streamed(200, {"content-type": "text/csv"}, self._pieces(self.rows(self.versions)))

    def _pieces(self, rows: list[str]) -> Iterator[bytes]:
        for row in ["version,n", *rows]:
            yield f"{row}\n".encode()
            self._looked_at_in_the_middle()

    def _looked_at_in_the_middle(self) -> None:
        if self.play is not None:
            self.play.memory.fault()
        if self._patience and self._chance.happens(0.02):
            self._patience -= 1
            raise Unreachable("The connection broke off")

    def rows(self, version: int) -> list[str]:
        """Longer ones and shorter ones."""
        return [f"v{version},{n}" for n in range(5 + 7 * version % 11)]

    def fetch(self, url: str, most_bytes: int, seconds: float, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
        raise NotImplementedError

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        raise NotImplementedError


def played(seed: int, changes: bool, type: str, **fields: Any) -> tuple[Outside, ImportTurns, Record]:
    chance = Chance("gathering", run_seed(), seed, changes, type)
    outside = Outside(chance.of("outside"), changes)
    play = ImportTurns(chance, outside.tools)
    outside.play = play
    wanted = play.importing.wanted(type, **fields)
    play.run([partial(play.importing.imports.start, wanted)] * chance.randint(1, 4))
    (record,) = play.memory.records.values()
    assert record.state == "finished", play.importing.imports.errors(record.id)
    assert record.rows_seen == record.tasks_made + record.duplicates
    assert record.error_count == 0
    assert record.tasks_made == len(play.memory.tasks) == play.memory.counted
    name = f"{type}, {'changing' if changes else 'the same'}"
    tried[name] = tried.get(name, 0) + 1
    return outside, play, record


def media(key: str) -> str:
    return digest(object_info("photos", key, kinds_of(key)))


@pytest.mark.parametrize("part", range(4))
def test_pages_that_stay_the_same_are_imported_once_and_whole(part: int) -> None:
    for seed in range(part, SCHEDULES, 4):
        outside, play, record = played(seed, False, "s3", bucket="photos", prefix="")
        assert set(play.memory.tasks) == set(map(media, outside.keys))
        assert (record.gathered, record.rows_seen, record.duplicates) == (len(outside.keys), len(outside.keys), 0)


@pytest.mark.parametrize("part", range(4))
def test_pages_that_change_between_two_looks_give_what_was_there_once(part: int) -> None:
    for seed in range(part, SCHEDULES, 4):
        outside, play, record = played(seed, True, "s3", bucket="photos", prefix="")
        assert set(play.memory.tasks) <= set(map(media, outside.seen))
        assert record.gathered == record.rows_seen


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("changes", [False, True])
def test_a_file_is_one_of_its_versions_and_whole(part: int, changes: bool) -> None:
    for seed in range(part, SCHEDULES // 2, 4):
        outside, play, _ = played(seed, changes, "csv", csv_url=URL)
        versions = [
            {digest({"version": row.split(",")[0], "n": int(row.split(",")[1])}) for row in outside.rows(version)}
            for version in range(outside.versions + 1)
        ]
        assert set(play.memory.tasks) in versions
