"""The order of a category's projects (contract web.md §2.1)."""

from dataclasses import dataclass

import pytest

from chalicelib.core.ranking import DAY_SECONDS, score

LONG_AGO = 30 * DAY_SECONDS


@dataclass
class Shown:
    name: str = "Clouds"
    short_name: str = "clouds"
    picture: str | None = None
    finished: bool = True
    tasks: int = 0
    volunteers: int = 0


@pytest.mark.parametrize(
    ("project", "idle", "points"),
    [
        (Shown(), LONG_AGO, 500),
        (Shown(finished=False), LONG_AGO, 1500),
        (Shown(name="My Test"), LONG_AGO, 0),
        (Shown(short_name="contest"), LONG_AGO, 0),
        (Shown(picture="/a.png"), LONG_AGO, 700),
        (Shown(tasks=1), LONG_AGO, 501),
        (Shown(tasks=11), LONG_AGO, 505),
        (Shown(tasks=101), LONG_AGO, 520),
        (Shown(volunteers=21), LONG_AGO, 520),
        (Shown(), 0, 550),
        (Shown(), DAY_SECONDS, 520),
        (Shown(), 3.5 * DAY_SECONDS, 505),
    ],
)
def test_points_are_given_as_the_contract_says(project: Shown, idle: float, points: int) -> None:
    assert score(project, idle) == points
