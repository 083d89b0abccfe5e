"""Every change of every seat sheet in order, as the stream tells it: taken off the stores in memory as they change, or
read from the emulator's stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.core.seats import Sheet
from tests.fakes.memory import Memory

Image = Mapping[str, Any]
NUMBERS = ("task", "project", "n", "ans", "gen", "ver")
TEXTS = ("key", "qk", "open", "src")


@dataclass(frozen=True)
class Change:
    """Images as in a stream record; `at` orders the changes of one sheet, and in memory all changes and steps."""

    old: Image | None
    new: Image | None
    at: float

    @cached_property
    def before(self) -> Sheet | None:
        return sheet_of(self.old) if self.old is not None else None

    @cached_property
    def after(self) -> Sheet | None:
        return sheet_of(self.new) if self.new is not None else None

    @property
    def key(self) -> str:
        image = self.new if self.new is not None else self.old
        assert image is not None
        return str(image["key"]["S"])

    def __str__(self) -> str:
        return f"{self.at:.4f} {self.key[-24:]}: {_told(self.before)} → {_told(self.after)}"


def _told(sheet: Sheet | None) -> str:
    if sheet is None:
        return "none"
    listed = f"listed, ready {sheet.ready}" if sheet.open else "not listed"
    kind = "gold " if sheet.gold else ""
    early = f" votes {dict(sheet.votes)} spared {sheet.spared}" if sheet.votes or sheet.spared else ""
    return f"{kind}{sheet.ans}/{sheet.n} gen {sheet.gen} ver {sheet.ver} seats {dict(sheet.seats)} {listed}{early}"


def image_of(sheet: Sheet) -> Image:
    """A sheet as a stream record holds it."""
    image: dict[str, Any] = {name: {"N": str(getattr(sheet, name))} for name in (*NUMBERS, "prio")}
    image |= {name: {"S": value} for name in TEXTS if (value := getattr(sheet, name)) is not None}
    image |= {"ready": {"N": str(sheet.ready)}} if sheet.ready is not None else {}
    image |= {"spared": {"N": str(sheet.spared)}} if sheet.spared else {}
    image |= {"marked": {"BOOL": True}} if sheet.marked else {}
    image |= {"votes": _map(sheet.votes)} if sheet.votes else {}
    return {**image, "seats": _map(sheet.seats)}


def _map(numbers: Mapping[str, int]) -> Mapping[str, Any]:
    return {"M": {name: {"N": str(number)} for name, number in numbers.items()}}


def _numbers(image: Image, name: str) -> Mapping[str, int]:
    return {one: int(number["N"]) for one, number in image.get(name, {}).get("M", {}).items()}


def sheet_of(image: Image) -> Sheet:
    return Sheet(
        key=image["key"]["S"],
        **{name: int(image[name]["N"]) for name in NUMBERS},
        prio=float(image["prio"]["N"]),
        seats=_numbers(image, "seats"),
        qk=image["qk"]["S"],
        open=image.get("open", {}).get("S"),
        ready=int(image["ready"]["N"]) if "ready" in image else None,
        votes=_numbers(image, "votes"),
        spared=int(image.get("spared", {"N": "0"})["N"]),
        marked=image.get("marked", {}).get("BOOL", False),
        src=image.get("src", {}).get("S"),
    )


class WatchedSheets(dict[str, Sheet]):
    """The sheets of a memory; notes each change of one. `now` gives the time."""

    def __init__(self, memory: Memory, now: Any) -> None:
        super().__init__()
        self._now = now
        self.changes: list[Change] = []
        for sheet in memory.sheets.values():
            self[sheet.key] = sheet
        memory.sheets = self

    def __setitem__(self, key: str, sheet: Sheet) -> None:
        self._note(self.get(key), sheet)
        super().__setitem__(key, sheet)

    def __delitem__(self, key: str) -> None:
        self._note(self[key], None)
        super().__delitem__(key)

    def _note(self, old: Sheet | None, new: Sheet | None) -> None:
        if old != new:
            before, after = (image_of(one) if one is not None else None for one in (old, new))
            self.changes.append(Change(before, after, self._now()))
