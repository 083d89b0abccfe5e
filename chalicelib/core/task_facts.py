"""What the statistics know of one task, taken whole from one image of its seat sheet: an absolute value, never a delta.

`Facts` are stored as a short text behind the sheet's version in eight hexadecimal digits, so that comparing two texts
compares versions: the later one wins, in whichever order and however often they come.
"""

import itertools
from collections.abc import Iterable

import msgspec

from chalicelib.core.identifiers import EPOCH_MILLISECONDS, made_at
from chalicelib.core.results import GUARD, Image, is_gold, number, whole

KEY_CHARACTERS = 7  # of a contributor's sixteen: 2 bits for the kind and 40 that tell volunteers apart
HOUR = 3600
GONE = "ffffffff"  # above every version: the ids of removed tasks never come back
GOLD = "-"  # all that stands behind the version of a gold task
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Facts(msgspec.Struct, frozen=True):
    """One task: the answers it wants, each run's hour (since 1970) and contributor, the newest run's moment
    (milliseconds since 1970, 0 without runs), and how many answers were spared because the others agreed. Of a
    gold task, which is no work, nothing but that it is one."""

    wanted: int
    runs: tuple[tuple[int, str], ...] = ()
    last: int = 0
    spared: int = 0
    gold: bool = False

    @property
    def completed(self) -> bool:
        return len(self.runs) >= self.wanted


GOLD_FACTS = Facts(0, gold=True)


class Change(msgspec.Struct, frozen=True):
    """What a stream record says of a task: its entry in the statistics."""

    project_id: int
    task_id: int
    entry: str


def facts_of(wanted: int, runs: Iterable[tuple[int, str]], spared: int = 0) -> Facts:
    """From the redundancy and the runs as (id, contributor's key); an id tells when its run was made. `spared` is what
    was not wanted any more when the answers agreed: what came nevertheless, under `at_least` or `depth_first_all`, was
    not spared."""
    made = sorted(runs)
    spared = max(0, spared - max(0, len(made) - wanted))
    hours = sorted((int(made_at(run) // HOUR), key[:KEY_CHARACTERS]) for run, key in made)
    return Facts(wanted, tuple(hours), round(made_at(made[-1][0]) * 1000) if made else 0, spared)


def change_of(old: Image | None, new: Image | None) -> Change | None:
    """What the change of a sheet from `old` (None: it is new) to `new` (None: it was removed) means for the statistics;
    None when it means nothing, as a lease does. Raises MalformedRecord."""
    image = new if new is not None else old
    if image is None or image.get("src", {}).get("S") == GUARD:
        return None
    if new is None:
        return Change(number(image, "project"), number(image, "task"), GONE)
    facts = _facts_in(new)
    if old is not None and _facts_in(old) == facts:
        return None
    return Change(number(new, "project"), number(new, "task"), written(number(new, "ver"), facts))


def project_of(old: Image | None, new: Image | None) -> int | None:
    """Whose sheet changed; None where no image says so."""
    told = (new or old or {}).get("project", {}).get("N", "")
    return int(told) if told.isdecimal() else None


def written(version: int, facts: Facts) -> str:
    """The entry: version, wanted, moment, spared if any, then each hour (since the one before) with the keys of its
    runs; base 36."""
    if facts.gold:
        return f"{version:08x}{GOLD}"
    hours: dict[int, str] = {}
    for hour, key in facts.runs:
        hours[hour] = hours.get(hour, "") + key
    since = itertools.pairwise([0, *hours])
    runs = "".join(f";{_base36(hour - before)}:{hours[hour]}" for before, hour in since)
    moment = max(0, facts.last - EPOCH_MILLISECONDS)
    spared = f".{_base36(facts.spared)}" if facts.spared else ""
    return f"{version:08x}{_base36(facts.wanted)}.{_base36(moment)}{spared}{runs}"


def read(entry: str) -> Facts | None:
    """The facts of an entry; None for a task that is gone."""
    if entry == GONE:
        return None
    if entry[8:] == GOLD:
        return GOLD_FACTS
    head, *groups = entry[8:].split(";")
    wanted, moment, *spared = (int(part, 36) for part in head.split("."))
    return Facts(wanted, tuple(_runs_in(groups)), moment + EPOCH_MILLISECONDS if groups else 0, sum(spared))


def newer(entry: str, known: str | None) -> bool:
    """Whether an entry is of a later version than the known one."""
    return known is None or entry[:8] > known[:8]


def _runs_in(groups: Iterable[str]) -> Iterable[tuple[int, str]]:
    hour = 0
    for group in groups:
        since, keys = group.split(":")
        hour += int(since, 36)
        for place in range(0, len(keys), KEY_CHARACTERS):
            yield hour, keys[place : place + KEY_CHARACTERS]


def _facts_in(image: Image) -> Facts:
    if is_gold(image):
        return GOLD_FACTS
    seats = image.get("seats", {}).get("M", {})
    held = ((who, whole(image, f"seats.{who}", value)) for who, value in seats.items())
    spared = number(image, "spared") if "spared" in image else 0
    return facts_of(number(image, "n"), ((-run, who) for who, run in held if run < 0), spared)


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"
