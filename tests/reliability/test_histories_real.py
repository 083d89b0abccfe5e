"""Recorded histories of clients at once on the real stores: threads, and processes that die at any request. The wire
conflicts, throttles, loses answers; indexes lag; clocks differ. The whole record is checked against what is stored.

What each client does, and what breaks for it at its how manieth request, follows from `NIMBOSSA_SEED`; when the others'
requests come between is the machine's choice. `NIMBOSSA_HISTORIES=20` makes histories twenty times as long.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.store import contention
from chalicelib.store.tables import SheetItem
from tests.fakes.emulator import REPOSITORY, Emulator
from tests.fakes.heart import Heart
from tests.histories.breakage import Breakage
from tests.histories.chance import Chance, run_seed, times
from tests.histories.clients import Client
from tests.histories.closing import deliver, finish, look
from tests.histories.delivery import SHARDS, Handler, Killed, Reader, Shard
from tests.histories.journal import Journal, read_steps
from tests.histories.real import BROKEN, KILLED, ROWS, Importer, Part, RealGround, SharedProject, play, sheets_table
from tests.histories.verdict import violations
from tests.histories.wire import Weather
from tests.reliability.conftest import REGION

VOLUNTEERS, OWNERS, IMPORTERS, STEPS, TASKS = 5, 1, 2, 14, 4


@pytest.fixture(scope="module")
def streams(connected: Any, emulator: Emulator) -> Any:
    """A client of the streams; the sheets' table has one from here on."""
    kind = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    emulator.client(REGION).update_table(TableName=sheets_table(), StreamSpecification=kind)
    return emulator.client(REGION, "dynamodbstreams")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "FIRST_PAUSE_SECONDS", 0.001)


class Stage:
    """One project, its clients' parts, and the stream's functions that read along."""

    def __init__(self, scheduler: str, streams: Any, folder: Path) -> None:
        self.chance = Chance("stage", run_seed(), scheduler)
        heart = Heart(scheduler=scheduler)
        self.ground = RealGround(heart, streams)
        self.folder = folder
        self._scheduler_in = folder / "scheduler"
        self._scheduler_in.write_text(scheduler)
        self.tasks = heart.add(TASKS, 2, lambda _: self.chance.choice([0.0, 0.5, 1.0]))
        self.project = SharedProject(heart, self.tasks, self._scheduler_in)
        shards = [Shard(self.ground, number) for number in range(SHARDS)]
        self._handlers = [Handler(self.ground, self._breakage(number)) for number in range(2)]
        self._readers = [
            Reader(shard, handler, self.chance.of("reader", place, number))
            for place, handler in enumerate(self._handlers)
            for number, shard in enumerate(shards)
        ]

    def _breakage(self, number: int) -> Breakage:
        return Breakage(self.chance.of("handler", number), BROKEN, died=Killed)

    @property
    def parts(self) -> list[Part]:
        people = {"volunteer": VOLUNTEERS, "owner": OWNERS, "importer": IMPORTERS}
        names = [f"{kind} {number}" for kind, most in people.items() for number in range(most)]
        return [
            Part(
                name,
                run_seed(),
                times(STEPS),
                self.ground.heart.project,
                [task.id for task in self.tasks],
                str(self._scheduler_in),
                str(self.folder / f"{name}.jsonl"),
                self.chance.choice([-1.0, 0.0, 0.0, 1.0]),
                worker=100 * place + 1,
            )
            for place, name in enumerate(names)
        ]

    def verdict(self) -> str:
        """What was not kept."""
        journal = Journal(lambda: float("inf"))
        given = self.project, Breakage(self.chance, 0.0), self.chance, journal
        for number in range(IMPORTERS):
            Importer(number, Client("importer", *given)).deliver()
        finish(self.ground, self.project, journal)
        deliver(self._readers)
        journal.steps = read_steps(sorted(self.folder.glob("*.jsonl"))) + journal.steps
        sent = [str(message["delivery"]) for handler in self._handlers for message in handler.sent]
        history = look(self.ground, journal, sent)
        assert len(history.steps) > VOLUNTEERS * STEPS
        rows = [task.info["row"] for task in self.ground.tasks() if "row" in task.info]
        assert sorted(rows) == ROWS, "R7: each row once, however often and from however many files it came"
        return "\n".join(map(str, violations(history)))


@pytest.fixture
def stage(scheduler: str, streams: Any, tmp_path: Path) -> Stage:
    return Stage(scheduler, streams, tmp_path)


def at_once(works: Sequence[Callable[[], None]]) -> None:
    """All of them in threads; raises what one of them raised."""
    failures: list[BaseException] = []

    def safely(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=safely, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


@pytest.mark.parametrize("scheduler", ["breadth_first", "depth_first_all"])
def test_threads_keep_what_is_promised(stage: Stage, connected: Any) -> None:
    weather = Weather(connected.client, BROKEN)
    with weather.around():
        at_once([lambda part=part: play(part, weather) for part in stage.parts])  # type: ignore[misc]
    assert not (told := stage.verdict()), f"NIMBOSSA_SEED={run_seed()}\n{told}"


@pytest.mark.parametrize("scheduler", ["default"])
def test_processes_that_die_keep_what_is_promised(stage: Stage) -> None:
    stack = sheets_table().removesuffix(f"-{SheetItem.name}")
    parts = [replace(part, stack=stack, region=REGION) for part in stage.parts]
    at_once([lambda part=part: _until_it_ends(part) for part in parts])  # type: ignore[misc]
    assert not (told := stage.verdict()), f"NIMBOSSA_SEED={run_seed()}\n{told}"


def _until_it_ends(part: Part) -> None:
    """Start the client's process again, each time that it dies, behind the step at which it died."""
    program = [sys.executable, "-m", "tests.histories.real"]
    for worker in range(part.steps + 1):
        told = msgspec.json.encode(replace(part, first=_begun(part), worker=part.worker + worker)).decode()
        ended = subprocess.run([*program, told], cwd=REPOSITORY, env=dict(os.environ), check=False)
        if ended.returncode != KILLED:
            assert ended.returncode == 0
            return


def _begun(part: Part) -> int:
    path = Path(part.journal)
    return path.read_text().count('"event": "invoked"') if path.exists() else 0

