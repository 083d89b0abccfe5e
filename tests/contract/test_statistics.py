"""Statistics over HTTP: projectstats, stats=1, globalstats, leaderboard (contract §9.12–9.13, §1; events.md §7)."""

import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.contract.people import People, Person, eventually
from tests.instance import REPOSITORY, Stack

SERIES = ("hours_stats", "dates_stats", "agreement", "users_stats", "cost")


def stats_of(caller: Person, project: dict[str, Any], **query: Any) -> dict[str, Any]:
    answer = caller.get(f"/projectstats/{project['id']}", **query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture(scope="module")
def played(people: People) -> dict[str, Any]:
    """A project of four tasks for two answers each: an account answers all, an anonymous volunteer three."""
    project = people.owner.project()
    people.owner.tasks(project, 4, n_answers=2)
    people.stranger.answer_all(project)
    for _ in range(3):
        people.anonymous.answer(people.anonymous.next(project))
    eventually(lambda: stats_of(people.anonymous, project)["n_task_runs"] == 7)
    return project


def test_a_new_project_has_a_row_of_zeros_at_once(people: People) -> None:
    project = people.owner.project()
    row = stats_of(people.anonymous, project)
    assert re.fullmatch(f"<link rel='self' title='projectstats' href='.*/projectstats/{row['id']}'/>", row.pop("link"))
    (parent,) = row.pop("links")
    assert "rel='parent' title='project'" in parent
    assert row == {
        "id": project["id"],
        "project_id": project["id"],
        "n_tasks": 0,
        "n_task_runs": 0,
        "n_results": 0,
        "n_volunteers": 0,
        "n_completed_tasks": 0,
        "overall_progress": 0,
        "average_time": 0.0,
        "n_blogposts": 0,
        "last_activity": "0",
        "info": {},
    }


def test_soon_after_the_answers_the_figures_are_right(people: People, played: dict[str, Any]) -> None:
    row = stats_of(people.anonymous, played)
    figures = {name: row[name] for name in ("n_tasks", "n_task_runs", "n_volunteers", "n_completed_tasks")}
    assert figures == {"n_tasks": 4, "n_task_runs": 7, "n_volunteers": 2, "n_completed_tasks": 3}
    assert row["overall_progress"] == 75
    runs = people.owner.get("/taskrun", project_id=played["id"]).json()
    taken = [_time(run["finish_time"]) - _time(run["created"]) for run in runs]
    assert row["average_time"] == pytest.approx(sum(taken) / len(taken))
    newest = max(_time(run["finish_time"]) for run in runs)
    assert _time(row["last_activity"]) == pytest.approx(newest, abs=0.5)


def _time(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_the_series_come_with_full_only_and_single_volunteers_are_for_owners(
    people: People, played: dict[str, Any]
) -> None:
    assert stats_of(people.owner, played)["info"] == {}
    for caller in (people.owner, people.admin):
        info = stats_of(caller, played, full=1)["info"]
        assert set(info) == set(SERIES)
    for caller in (people.anonymous, people.stranger):
        assert set(stats_of(caller, played, full=1)["info"]) == {*SERIES} - {"users_stats", "cost"}
    (listed,) = people.owner.get("/projectstats", project_id=played["id"], full=1).json()
    assert set(listed["info"]) == set(SERIES)


def test_the_series_tell_days_hours_and_volunteers(people: People, played: dict[str, Any]) -> None:
    info = stats_of(people.owner, played, full=1)["info"]
    assert [one["label"] for one in info["dates_stats"]] == [
        "Anon + Auth",
        "Anonymous",
        "Authenticated",
        "Completed Tasks",
    ]
    assert [len(one["values"]) for one in info["dates_stats"]] == [14] * 4
    assert [sum(count for _, count in one["values"]) for one in info["dates_stats"][:3]] == [7, 3, 4]
    assert info["dates_stats"][3]["values"][-1][1] == 3
    assert info["dates_stats"][3]["disabled"] == "True"
    assert [sum(count for _, count, _ in one["values"]) for one in info["hours_stats"]] == [7, 3, 4]
    assert max(scaled for _, _, scaled in info["hours_stats"][0]["values"]) == 5
    users = info["users_stats"]
    assert (users["n_anon"], users["n_auth"]) == (1, 1)
    assert users["auth"]["values"] == [{"label": people.stranger.id, "value": [4]}]
    assert users["auth"]["top5"][0]["tasks"] == 4
    assert [one["tasks"] for one in users["anon"]["top5"]] == [3]


def test_owners_and_administrators_are_told_what_the_project_has_cost(
    people: People, played: dict[str, Any]
) -> None:
    for caller in (people.owner, people.admin):
        cost = stats_of(caller, played, full=1)["info"]["cost"]
        assert cost["requests"] >= 7 * 2  # each answer was asked for and sent
        assert cost["write_units"] >= 7 * (2 + 9)
        assert cost["read_units"] >= 7 * (3 + 1)
        assert 0 < cost["gb_seconds"] < 60
        assert 7 * 11 * 0.625e-6 < cost["usd"] < 0.01
        (month,) = cost["months"]
        assert {**month, **{name: cost[name] for name in month if name != "month"}} == month
        assert cost["prices"]["region"] == "us-east-1"


def test_stats_of_a_project_are_its_row_with_the_series(people: People, played: dict[str, Any]) -> None:
    (project,) = people.owner.get("/project", id=played["id"], stats=1).json()
    row = stats_of(people.owner, played, full=1)
    for one in (project["stats"], row):
        del one["info"]["cost"]  # each of the two questions has a cost itself
    assert project["stats"] == {name: value for name, value in row.items() if name not in ("link", "links")}
    one = people.owner.get(f"/project/{played['id']}", stats=1).json()
    assert one["stats"]["n_task_runs"] == 7
    assert "stats" not in people.owner.get(f"/project/{played['id']}").json()


def test_rows_are_found_paged_and_ordered_without_regard_to_owners(people: People, played: dict[str, Any]) -> None:
    for caller in (people.stranger, people.anonymous, people.owner):
        (row,) = caller.get("/projectstats", project_id=played["id"]).json()
        assert row["n_tasks"] == 4
    rows = people.stranger.get("/projectstats", n_tasks=4, n_task_runs=7, limit=100).json()
    assert played["id"] in [row["id"] for row in rows]
    ids = [row["id"] for row in people.stranger.get("/projectstats", limit=100).json()]
    assert ids == sorted(ids)
    after = people.stranger.get("/projectstats", last_id=ids[0], limit=1).json()
    assert [row["id"] for row in after] == ids[1:2]
    busiest = people.stranger.get("/projectstats", orderby="n_task_runs", desc=1, limit=100).json()
    counts = [row["n_task_runs"] for row in busiest]
    assert counts == sorted(counts, reverse=True)
    assert people.anonymous.get("/projectstats", created="2026").status_code == 415
    assert people.anonymous.get("/projectstats/99999999").status_code == 404


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PUT", "/{id}"), ("DELETE", "/{id}")])
def test_nobody_writes_statistics(people: People, played: dict[str, Any], method: str, path: str) -> None:
    path = "/projectstats" + path.format(id=played["id"])
    body = {"json": {"n_tasks": 5}} if method != "DELETE" else {}
    assert people.anonymous.send(method, path, **body).status_code == 401
    for caller in (people.stranger, people.owner, people.admin):
        assert caller.send(method, path, **body).status_code == 403


def test_results_count_once_they_have_an_analysis(people: People, played: dict[str, Any]) -> None:
    first, *_ = eventually(lambda: people.owner.get("/result", project_id=played["id"]).json())
    assert stats_of(people.owner, played)["n_results"] == 0
    for info, expected in (({"cloud": True}, 1), ({"cloud": False}, 1), (None, 0)):
        assert people.owner.put(f"/result/{first['id']}", {"info": info}).status_code == 200
        eventually(lambda expected=expected: stats_of(people.owner, played)["n_results"] == expected)


def test_a_withdrawn_run_and_a_deleted_task_leave_the_figures(people: People) -> None:
    project = people.owner.project()
    tasks = people.owner.tasks(project, 2, n_answers=2)
    (first, _) = people.stranger.answer_all(project)
    eventually(lambda: stats_of(people.owner, project)["n_task_runs"] == 2)
    assert people.stranger.delete(f"/taskrun/{first['id']}").status_code == 204
    eventually(lambda: stats_of(people.owner, project)["n_task_runs"] == 1)
    assert people.owner.delete(f"/task/{tasks[0]['id']}").status_code == 204
    eventually(lambda: stats_of(people.owner, project)["n_tasks"] == 1)


def test_the_sites_totals_have_the_contracts_fields(people: People, played: dict[str, Any]) -> None:
    body = people.anonymous.get("/globalstats", whatever=1).json()
    numbers = ("n_projects", "n_users", "n_tasks", "n_task_runs", "n_pending_tasks", "n_results")
    assert set(body) == {*numbers, "categories"}
    assert body["n_pending_tasks"] == body["n_tasks"] - body["n_task_runs"]
    assert all(isinstance(body[name], int) for name in numbers)
    assert body["n_projects"] >= 1
    assert body["n_users"] >= 4
    assert [next(iter(one)) for one in body["categories"][-2:]] == ["featured", "draft"]
    assert people.anonymous.post("/globalstats", {}).status_code == 405


def test_the_leaderboard_ranks_accounts_by_their_runs(stack: Stack, people: People, played: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/json"}
    body = requests.get(f"{stack.url}/leaderboard/", headers=headers, timeout=30).json()
    assert set(body) == {"template", "title", "top_users"}
    ranks = [(one["rank"], one["score"]) for one in body["top_users"]]
    assert [rank for rank, _ in ranks] == list(range(1, len(ranks) + 1))
    assert [score for _, score in ranks] == sorted((score for _, score in ranks), reverse=True)
    assert not {"id", "email_addr"} & set(body["top_users"][0])
    own = requests.get(
        f"{stack.url}/leaderboard/window/3", headers={**headers, "Authorization": people.stranger.key}, timeout=30
    ).json()
    assert len(own["top_users"]) > len(body["top_users"])
    assert requests.get(f"{stack.url}/leaderboard/?info=beans", headers=headers, timeout=30).status_code == 404


def test_the_rebuild_from_the_runs_changes_nothing(stack: Stack, people: People, played: dict[str, Any]) -> None:
    def figures() -> dict[str, Any]:
        whole = stats_of(people.owner, played, full=1)
        del whole["info"]["cost"]  # goes on with every question
        return whole

    first, *_ = eventually(lambda: people.owner.get("/result", project_id=played["id"]).json())
    assert people.owner.put(f"/result/{first['id']}", {"info": {"cloud": True}}).status_code == 200
    eventually(lambda: stats_of(people.owner, played)["n_results"] == 1)
    before = figures()
    done = subprocess.run(
        [sys.executable, "-m", "infra.recount", "--stack", "nimbossa", "--project", str(played["id"])],
        cwd=REPOSITORY,
        env={"AWS_ENDPOINT_URL": stack.aws_endpoint, "AWS_DEFAULT_REGION": stack.region}
        | {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "4 tasks, 3 of them completed, 7 runs" in done.stdout
    time.sleep(1.1)
    assert figures() == before
