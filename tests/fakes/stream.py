"""Stream records of seat sheets as AWS sends them (Lambda: "Using AWS Lambda with Amazon DynamoDB", example event)."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from chalicelib.store.tables import SheetItem

Record = dict[str, Any]
ARN = "arn:aws:dynamodb:us-east-1:111122223333:table/nimbossa-sheets/stream/2026-11-22T00:00:00.000"

_numbers = itertools.count(4_421_584_500_000_000_017_450_439_091)


def record(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Record:
    """One record; its number is the next one of the shard."""
    images = {"OldImage": old, "NewImage": new}
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    key = (new or old or {}).get("key", {"S": "lost"})
    return {
        "eventID": f"{next(_numbers):032x}",
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_000_000.0,
            "Keys": {"key": key},
            **{kind: image for kind, image in images.items() if image is not None},
            "SequenceNumber": str(next(_numbers)),
            "SizeBytes": 300,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": ARN,
    }


def number_of(one: Record) -> str:
    return str(one["dynamodb"]["SequenceNumber"])


def image(task: int, runs: Sequence[int], n: int, gen: int = 0, project: int = 4) -> dict[str, Any]:
    """A sheet with those runs."""
    numbers = {"task": task, "project": project, "n": n, "ans": len(runs), "gen": gen, "ver": 9, "prio": 0}
    return {
        "key": {"S": f"{project}-{task}"},
        "qk": {"S": "x"},
        **{name: {"N": str(value)} for name, value in numbers.items()},
        "seats": {"M": {f"volunteer{run}": {"N": str(-run)} for run in runs}},
    }


def life(task: int, generations: int, project: int = 4) -> list[Record]:
    """A task that completes with n = 2 and is reopened for one answer more, again and again."""
    records = [record(None, image(task, [], 2, 0, project)), _answer(task, [1], 2, 0, project)]
    for gen in range(generations):
        runs, n = list(range(1, gen + 3)), gen + 2
        records.append(_answer(task, runs, n, gen, project))
        records.append(record(image(task, runs, n, gen, project), image(task, runs, n + 1, gen + 1, project)))
    return records


def _answer(task: int, runs: list[int], n: int, gen: int, project: int) -> Record:
    return record(image(task, runs[:-1], n, gen, project), image(task, runs, n, gen, project))


class Tap:
    """Takes records off real sheets: reads each before and after what a test does."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    @contextmanager
    def on(self, *keys: str) -> Iterator[None]:
        before = [_raw(key) for key in keys]
        yield
        after = [_raw(key) for key in keys]
        self.records += [record(old, new) for old, new in zip(before, after, strict=True) if old != new]


def _raw(key: str) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] = SheetItem._get_connection().get_item(key, consistent_read=True)
    return found.get("Item")
