"""How much memory a handler takes for an import: a process of its own that runs one and tells its peak.

Reader, walk, pipeline and the tasks' serialisation are the product's; the object is a generator of chunks that are
forgotten, and what would go to the store is forgotten too. Started as `python -m tests.fakes.import_weight <file>`.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import orjson

from chalicelib.core.import_running import Imports
from chalicelib.core.imports import Record, Source
from chalicelib.edge.objects import CHUNK_BYTES
from chalicelib.importers.registry import reader_of
from chalicelib.store import tables
from chalicelib.store.task_batches import TaskBatches
from tests.fakes.import_memory import Memory
from tests.fakes.importing import some_project

MILLION = 1_000_000
LARGE = 370_000  # bytes of a row's info, just below what a task holds


@dataclass(frozen=True)
class File:
    """`row` makes the text of one."""

    rows: int
    row: Callable[[int], str]

    def chunks(self, position: int) -> Iterator[bytes]:
        rest, skip = bytearray(), position
        for text in self._lines():
            rest += text
            while len(rest) >= CHUNK_BYTES:
                chunk, rest = bytes(rest[:CHUNK_BYTES]), rest[CHUNK_BYTES:]
                if skip < len(chunk):
                    yield chunk[skip:]
                skip = max(0, skip - len(chunk))
        yield bytes(rest[skip:])

    def _lines(self) -> Iterator[bytes]:
        yield b"url,question,n_answers\n"
        for number in range(self.rows):
            yield self.row(number).encode()

    @property
    def size(self) -> int:
        return sum(map(len, self._lines()))


FILES = {
    "million": File(MILLION, lambda n: f"https://example.org/photos/{n}.jpg,What do you see in photo {n}?,3\n"),
    "large": File(250, lambda n: f"{n},{'x' * LARGE},3\n"),
    "wide letters": File(250, lambda n: f"{n},{'é' * ((LARGE - 4) // 2)}\U0001f426,3\n"),
    "escapes": File(1500, lambda n: f"{n},{chr(1) * (LARGE // 6)},3\n"),
}


class Objects:
    def __init__(self, file: File) -> None:
        self._file = file

    def measured(self, source: Source) -> Source:
        return source

    def chunks(self, source: Source, position: int) -> Iterator[bytes]:
        return self._file.chunks(position)


class Nowhere:
    """A client of a store that takes everything and keeps nothing but the next number. Each request is held as text as
    long as a store takes to answer."""

    def __init__(self) -> None:
        self._next = 1000

    def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> Any:
        text = orjson.dumps(request)
        time.sleep(0.005)
        if operation == "BatchExecuteStatement":
            return {"Responses": [{} for _ in request["Statements"]], "bytes": len(text)}
        if operation == "BatchGetItem":
            sequence = {"key": {"S": "tasks:1"}, "next": {"N": str(self._next)}, "end": {"N": str(10**15)}}
            found = {table: [sequence] for table in request["RequestItems"]}
            return {"Responses": found, "UnprocessedKeys": {}}
        if operation == "UpdateItem":
            self._next += min(int(value["N"]) for value in request["ExpressionAttributeValues"].values())
            return {"Attributes": {"next": {"N": str(self._next)}}}
        return {}


class OneProject:
    def get(self, project_id: int) -> Any:
        return some_project(project_id)

    def by_short_name(self, short_name: str) -> Any:
        return some_project(1)


def _nothing() -> Any:
    raise AssertionError("there is nothing to gather")


def run(file: File, store: Any, memory: Memory) -> Record:
    """Import the file in one handler."""
    source = Source("b", "imports/p1/t.csv", "v", size=file.size)
    objects: Any = Objects(file)
    imports = Imports(
        memory, store, OneProject(), objects, reader_of, lambda _: False, _nothing, lambda *_: None, time.time, 500
    )
    record = memory.create(Record(0, 1, source, "2026"))
    done = imports.run(record.id, lambda: 900.0)
    assert done is not None
    return done


class Forgetful:
    """Batches whose tasks go nowhere before they are even serialised: the reading alone."""

    def open(self, project_id: int, queue: str, import_id: int) -> "Forgetful":
        return self

    def draft(self, rows: Any) -> Any:
        return Nothing(len(rows))

    def store(self, drafts: "Nothing") -> list[bool]:
        return [True] * drafts.rows


@dataclass(frozen=True)
class Nothing:
    rows: int
    digests: frozenset[str] = frozenset()


def _connected() -> TaskBatches:
    os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")
    tables.connect("nowhere", "us-west-2")
    connection: Any = tables.SheetItem._get_connection().connection
    connection._lean = Nowhere()
    return TaskBatches(time.time)


def _peak_bytes() -> int:
    """Of this program alone: getrusage's figure is at least that of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def main(name: str) -> None:
    batches = Forgetful() if name == "million" else _connected()
    record = run(FILES[name], batches, Memory())
    told = {"state": record.state, "made": record.tasks_made, "record": len(msgspec.json.encode(record))}
    print(json.dumps({**told, "peak": _peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1])
