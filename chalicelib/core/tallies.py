"""Sums of the facts of many tasks. A sum is a function of its parts alone, so adding in any order gives the same."""

from collections.abc import Iterable, Mapping

import msgspec

from chalicelib.core.contributors import ALPHABET, KINDS, kind_of
from chalicelib.core.task_facts import KEY_CHARACTERS, Facts

HOURS_KEPT = 15 * 24  # before the newest one; the series show two weeks
DAY_HOURS = 24
EXACT = 1000  # volunteers of one kind that are counted one by one
SPACE = 16 << 6 * (KEY_CHARACTERS - 1)  # how many different keys one kind has

Counts = tuple[int, ...]  # one number for each of KINDS
NONE: Counts = (0,) * len(KINDS)


class Tally(msgspec.Struct, frozen=True):
    """The statistics of some tasks. `hours` are runs by hour since 1970 and kind of contributor, `ended` tasks by the
    day since 1970 of their last answer, of the last fifteen days. `early` tasks were completed because their answers
    agreed, which `spared` so many more. `gold` tasks are in no other figure. `volunteers` holds each kind's keys,
    concatenated and ascending: all of them up to EXACT, beyond that the smallest ones, which tell how many there are (a
    "bottom-k" sketch, within about 3 %). `seconds` is the mean time per run of the newest ones, kept for whole
    projects only."""

    tasks: int = 0
    wanted: int = 0
    runs: int = 0
    completed: int = 0
    analysed: int = 0
    last: int = 0
    hours: Mapping[int, Counts] = {}
    ended: Mapping[int, int] = {}
    volunteers: tuple[str, ...] = ("",) * len(KINDS)
    seconds: float = 0.0
    early: int = 0
    spared: int = 0
    gold: int = 0

    def count(self, *kinds: str) -> int:
        """How many volunteers of these kinds took part."""
        return sum(_estimate(keys) for keys, kind in zip(self.volunteers, KINDS, strict=True) if kind in kinds)


def tally_of(tasks: Iterable[Facts], analysed: int = 0) -> Tally:
    """The sum over tasks; `analysed` results of theirs have an analysis."""
    return summed([_tally(facts) for facts in tasks] + [Tally(analysed=analysed)])


def summed(parts: Iterable[Tally]) -> Tally:
    """The sum over disjoint parts."""
    known = list(parts)
    last = max((part.last for part in known), default=0)
    newest = last // 3_600_000
    return Tally(
        tasks=sum(part.tasks for part in known),
        wanted=sum(part.wanted for part in known),
        runs=sum(part.runs for part in known),
        completed=sum(part.completed for part in known),
        analysed=sum(part.analysed for part in known),
        last=last,
        hours=_hours(known, newest - HOURS_KEPT),
        ended=_ended(known, (newest - HOURS_KEPT) // DAY_HOURS),
        volunteers=tuple(_smallest(part.volunteers[place] for part in known) for place in range(len(KINDS))),
        early=sum(part.early for part in known),
        spared=sum(part.spared for part in known),
        gold=sum(part.gold for part in known),
    )


def _tally(facts: Facts) -> Tally:
    if facts.gold:
        return Tally(gold=1)
    hours: dict[int, list[int]] = {}
    keys: list[set[str]] = [set() for _ in KINDS]
    for hour, key in facts.runs:
        kind = KINDS.index(kind_of(key))
        hours.setdefault(hour, [*NONE])[kind] += 1
        keys[kind].add(key)
    return Tally(
        tasks=1,
        wanted=facts.wanted,
        runs=len(facts.runs),
        completed=int(facts.completed),
        last=facts.last,
        hours={hour: tuple(counts) for hour, counts in hours.items()},
        ended={facts.last // 86_400_000: 1} if facts.completed and facts.runs else {},
        volunteers=tuple("".join(sorted(one, key=_rank)) for one in keys),
        early=int(facts.spared > 0),
        spared=facts.spared,
    )


def _hours(parts: Iterable[Tally], first: int) -> Mapping[int, Counts]:
    total: dict[int, Counts] = {}
    for part in parts:
        for hour, counts in part.hours.items():
            if hour >= first:
                total[hour] = tuple(map(sum, zip(total.get(hour, NONE), counts, strict=True)))
    return dict(sorted(total.items()))


def _ended(parts: Iterable[Tally], first: int) -> Mapping[int, int]:
    total: dict[int, int] = {}
    for part in parts:
        for day, tasks in part.ended.items():
            if day >= first:
                total[day] = total.get(day, 0) + tasks
    return dict(sorted(total.items()))


def _smallest(sketches: Iterable[str]) -> str:
    keys = {key for sketch in sketches for key in _keys(sketch)}
    return "".join(sorted(keys, key=_rank)[: EXACT + 1])


def _keys(sketch: str) -> list[str]:
    return [sketch[place : place + KEY_CHARACTERS] for place in range(0, len(sketch), KEY_CHARACTERS)]


def _rank(key: str) -> int:
    """A key as a number, evenly spread below SPACE within its kind."""
    number = 0
    for character in key:
        number = number * 64 + ALPHABET.index(character)
    return number % SPACE


def _estimate(sketch: str) -> int:
    """How many keys there are: exact up to EXACT. Of more, k evenly spread ones below the largest kept one say it (the
    "bottom-k" or "k minimum values" estimate: (k − 1) / largest, as a share of the space)."""
    keys = _keys(sketch)
    if len(keys) <= EXACT:
        return len(keys)
    return round((len(keys) - 1) * SPACE / _rank(keys[-1]))
