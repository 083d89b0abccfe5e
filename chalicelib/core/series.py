"""The long statistics of a project: runs per day and hour, and who made them (contract §9.12, events.md §7.1)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.core.contributors import KINDS
from chalicelib.core.tallies import Counts, Tally
from chalicelib.core.tasks import TaskRun

DAYS = 14
HOUR, DAY = 3600, 86_400
KINDS_OF = {"Anon + Auth": KINDS, "Anonymous": ("ip", "browser"), "Authenticated": ("user",)}
TOP = 5

Series = dict[str, Any]


def dates_series(tally: Tally, now: float) -> list[Series]:
    """Runs per day of the last two weeks: all, anonymous, of accounts; and how many tasks were completed by then."""
    days = _days(now)
    series = [
        {"label": label, "values": [[day * DAY * 1000, _on_day(tally, day, kinds)] for day in days]}
        for label, kinds in KINDS_OF.items()
    ]
    done = tally.completed - sum(tally.ended.get(day, 0) for day in days)
    values = [[day * DAY * 1000, done := done + tally.ended.get(day, 0)] for day in days]
    return [*series, {"label": "Completed Tasks", "disabled": "True", "values": values}]


def hours_series(tally: Tally, now: float) -> list[Series]:
    """Runs by hour of the day (UTC) over the last two weeks, and the same scaled to five."""
    return [_by_hour(tally, _days(now), label, kinds) for label, kinds in KINDS_OF.items()]


def _by_hour(tally: Tally, days: Sequence[int], label: str, kinds: Sequence[str]) -> Series:
    counts = [sum(_of(tally.hours.get(day * 24 + hour), kinds) for day in days) for hour in range(24)]
    most = max(counts)
    values = [[hour, count, count * 5 / most if most else 0] for hour, count in enumerate(counts)]
    return {"label": label, "max": most, "values": values}


def users_series(tally: Tally, runs: Iterable[TaskRun], names: Mapping[int, tuple[str, str, bool]]) -> Series:
    """Who made `runs`, by pseudonym of the address and by account, and the busiest ones. `names` are the (name, full
    name, restricted) of accounts."""
    found = list(runs)
    anonymous = Counter(run.user_ip for run in found if run.user_ip is not None)
    accounts = busiest(found)
    top = [(names[user], count) for user, count in accounts if user in names][:TOP]
    n_anon, n_auth = tally.count("ip", "browser"), tally.count("user")
    return {
        "users": {"label": "User Statistics", "values": [_bar("Anonymous", n_anon), _bar("Authenticated", n_auth)]},
        "anon": {
            "label": "Anonymous Users",
            "values": [{"label": address, "value": [count]} for address, count in anonymous.most_common()],
            "top5": [{"ip": address, "tasks": count} for address, count in anonymous.most_common(TOP)],
            "locs": [],
        },
        "auth": {
            "label": "Authenticated Users",
            "values": [{"label": user, "value": [count]} for user, count in accounts],
            "top5": [
                {"name": name, "fullname": fullname, "tasks": count, "restrict": restrict}
                for (name, fullname, restrict), count in top
            ],
        },
        "n_anon": n_anon,
        "n_auth": n_auth,
    }


def busiest(runs: Iterable[TaskRun]) -> list[tuple[int, int]]:
    """Accounts with the number of their runs, the busiest first."""
    return Counter(run.user_id for run in runs if run.user_id is not None).most_common()


def _bar(label: str, count: int) -> Series:
    return {"label": label, "value": [0, count]}


def _days(now: float) -> Sequence[int]:
    today = int(now // DAY)
    return range(today - DAYS + 1, today + 1)


def _on_day(tally: Tally, day: int, kinds: Sequence[str]) -> int:
    return sum(_of(tally.hours.get(hour), kinds) for hour in range(day * 24, day * 24 + 24))


def _of(counts: Counts | None, kinds: Sequence[str]) -> int:
    return sum(count for count, kind in zip(counts or (), KINDS, strict=False) if kind in kinds)
