"""List queries (contract rest-api.md §4), against the running stack."""

import pytest

from tests.contract.people import People


@pytest.fixture(scope="module")
def project(people: People) -> dict[str, object]:
    return people.owner.project()


@pytest.fixture(scope="module")
def tasks(people: People, project: dict[str, object]) -> list[dict[str, object]]:
    infos = [
        {"city": "Rome", "n": 1},
        {"city": "Rome", "n": 2},
        {"city": "Oslo", "n": 3, "tags": ["a", "b"]},
        "a word",
        ["a word", 5],
        {"text": "Two foxes jumped", "nested": {"deep": {"er": True}}},
    ]
    return [people.owner.tasks(project, 1, info=info, priority_0=place / 10)[0] for place, info in enumerate(infos)]


def places(people: People, tasks: list[dict[str, object]], **query: object) -> list[int]:
    answer = people.anonymous.get("/task", project_id=tasks[0]["project_id"], **query)
    assert answer.status_code == 200, answer.text
    by_id = {task["id"]: place for place, task in enumerate(tasks)}
    return [by_id[task["id"]] for task in answer.json()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"limit": 2}, [0, 1]),
        ({"limit": 0}, []),
        ({"limit": "many"}, [0, 1, 2, 3, 4, 5]),
        ({"limit": 2, "offset": 3}, [3, 4]),
        ({"offset": 100}, []),
        ({"offset": "x"}, [0, 1, 2, 3, 4, 5]),
        ({"desc": "true"}, [5, 4, 3, 2, 1, 0]),
        ({"desc": "YES", "limit": 2}, [5, 4]),
        ({"desc": "true", "limit": 2, "offset": 1}, [4, 3]),
        ({"desc": ""}, [0, 1, 2, 3, 4, 5]),
        ({"orderby": "priority_0", "desc": "1"}, [5, 4, 3, 2, 1, 0]),
        ({"orderby": "created", "limit": 1, "offset": 1}, [1]),
        ({"orderby": "fav_user_ids"}, [0, 1, 2, 3, 4, 5]),
        ({"orderby": "info", "limit": 1, "info": "n::3"}, [2]),
        ({"info": "city::Rome"}, [0, 1]),
        ({"info": "city::Rome|n::2"}, [1]),
        ({"info": "city::Rome|"}, [0, 1]),
        ({"info": "n::1"}, [0]),
        ({"info": "city::rome"}, []),
        ({"info": '{"city": "Oslo"}'}, [2]),
        ({"info": '{"tags": ["b"]}'}, [2]),
        ({"info": '{"nested": {"deep": {}}}'}, [5]),
        ({"info": "a word"}, [3, 4]),
        ({"info": "5"}, []),
        ({"info": '["a word"]'}, [4]),
        ({"info": "text::fox", "fulltextsearch": "1"}, [5]),
        ({"info": "text::foxes & jumped", "fulltextsearch": "1"}, [5]),
        ({"info": "text::fox cow", "fulltextsearch": "1"}, []),
        ({"state": "ongoing", "n_answers": "30", "quorum": 0}, [0, 1, 2, 3, 4, 5]),
        ({"state": "completed"}, []),
        ({"priority_0": "0.3"}, [3]),
        ({"fav_user_ids": "1"}, [0, 1, 2, 3, 4, 5]),
        ({"created": "20"}, [0, 1, 2, 3, 4, 5]),
        ({"created": "1999"}, []),
        ({"participated": "0"}, [0, 1, 2, 3, 4, 5]),
        ({"stats": "1", "full": "1", "all": "1"}, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_a_list_of_tasks(
    people: People, tasks: list[dict[str, object]], query: dict[str, object], expected: list[int]
) -> None:
    assert places(people, tasks, **query) == expected


def test_keyset_pages_follow_each_other(people: People, tasks: list[dict[str, object]]) -> None:
    seen: list[int] = []
    last: object = 0
    while page := people.anonymous.get("/task", project_id=tasks[0]["project_id"], limit=2, last_id=last).json():
        seen += [task["id"] for task in page]
        last = page[-1]["id"]
    assert seen == [task["id"] for task in tasks]


def test_last_id_wins_over_offset_and_desc(people: People, tasks: list[dict[str, object]]) -> None:
    assert places(people, tasks, last_id=tasks[2]["id"], offset=2, desc="true") == [3, 4, 5]
    assert places(people, tasks, last_id=tasks[2]["id"], orderby="priority_0", desc="true") == [3, 4, 5]


def test_an_id_is_a_filter(people: People, tasks: list[dict[str, object]]) -> None:
    assert places(people, tasks, id=tasks[4]["id"]) == [4]
    assert places(people, tasks, id=tasks[4]["id"], last_id=tasks[4]["id"]) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/task?foo=1", "AttributeError"),
        ("/task?owner_id=1", "AttributeError"),
        ("/task?callback=x", "AttributeError"),
        ("/task?external_uid=x", "AttributeError"),
        ("/task?orderby=nothing", "AttributeError"),
        ("/task?orderby=link", "AttributeError"),
        ("/task?desc=maybe", "ValueError"),
        ("/task?limit=-1", "DataError"),
        ("/task?offset=-1", "DataError"),
        ("/task?last_id=x", "DataError"),
        ("/task?last_id=99999999999999999999", "DataError"),
        ("/task?id=x", "DataError"),
        ("/task?id=99999999999999999999999", "DataError"),
        ("/task?id=1.5", "DataError"),
        ("/task?priority_0=high", "DataError"),
        ("/task?project_id=abc", "DataError"),
        ("/task?info=a::b::c", "ValueError"),
        ("/project?published=maybe", "DataError"),
        ("/project?owners_ids=2", "DataError"),
        ("/result?task_run_ids=2", "DataError"),
        ("/user?passwd_hash=x", "AttributeError"),
        ("/user?api_key_hash=x", "AttributeError"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(people: People, path: str, name: str) -> None:
    answer = people.anonymous.get(path)
    assert (answer.status_code, answer.json()["exception_cls"]) == (415, name)
    assert answer.json()["target"] == path[1:].split("?")[0]


def test_projects_are_found_by_short_name_right_after_creation(people: People) -> None:
    made = people.owner.project()
    [found] = people.owner.get("/project", short_name=made["short_name"]).json()
    assert {**found, "link": None, "links": None} == {**made, "link": None, "links": None}
    assert people.stranger.get("/project", short_name=made["short_name"]).json() == []
    assert people.stranger.get("/project", short_name=made["short_name"], all="1").json() == []  # a draft
    assert people.admin.get("/project", short_name=made["short_name"], all="1").json() == [found]


def test_owner_id_filters_for_anonymous_callers_only(people: People) -> None:
    published = people.anonymous.get("/project").json()
    assert published, "the demo project is published"
    owner = published[0]["owner_id"]
    assert all(one["owner_id"] == owner for one in people.anonymous.get("/project", owner_id=owner).json())
    assert people.anonymous.get("/project", owner_id=10**9).json() == []
    assert people.anonymous.get("/project", owner_id=10**9, all="1").json() == published
    mine = people.owner.get("/project", owner_id=owner).json()
    assert all(one["owner_id"] == people.owner.id for one in mine)


def test_outsiders_cannot_search_what_they_cannot_read(people: People) -> None:
    [demo] = people.anonymous.get("/project", short_name="cloudspotter").json()
    secret = people.admin.get(f"/project/{demo['id']}").json()["secret_key"]
    assert people.anonymous.get("/project", secret_key=secret).json() == []
    assert people.anonymous.get("/user", email_addr="admin@example.org").json() == []
    assert people.admin.get("/user", email_addr="admin@example.org").json() != []


def test_runs_are_listed_by_project_task_user_and_id(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 3)
    mine, theirs = people.owner.answer_all(project), people.stranger.answer_all(project)
    everything = [run["id"] for run in mine + theirs]

    def ids(**query: object) -> list[int]:
        return [run["id"] for run in people.owner.get("/taskrun", **query).json()]

    assert ids(project_id=project["id"]) == everything
    assert ids(project_id=project["id"], desc="true", limit=2) == everything[::-1][:2]
    assert ids(project_id=project["id"], limit=2, last_id=everything[1]) == everything[2:4]
    assert ids(task_id=mine[1]["task_id"]) == [mine[1]["id"], theirs[1]["id"]]
    assert ids(project_id=project["id"], user_id=people.stranger.id) == [run["id"] for run in theirs]
    assert ids(id=mine[2]["id"]) == [mine[2]["id"]]
    assert ids(project_id=project["id"], info='"yes"') == everything
    assert people.stranger.get("/taskrun", user_id=people.stranger.id).json() == []
    own = people.stranger.get("/taskrun", user_id=people.stranger.id, all="1", limit=100).json()
    assert {run["id"] for run in theirs} <= {run["id"] for run in own}
    assert {run["user_id"] for run in own} == {people.stranger.id}


def test_participated_leaves_out_what_the_caller_has_answered(people: People) -> None:
    project = people.owner.project()
    tasks = people.owner.tasks(project, 3)
    people.stranger.answer(people.stranger.next(project))
    left = people.stranger.get("/task", project_id=project["id"], participated="1").json()
    assert [task["id"] for task in left] == [task["id"] for task in tasks[1:]]
    assert len(people.coowner.get("/task", project_id=project["id"], participated="1").json()) == 3


def test_related_embeds_plain_objects(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 1)
    [run] = people.stranger.answer_all(project)
    [task] = people.owner.get("/task", project_id=project["id"], related="1").json()
    assert [one["id"] for one in task["task_runs"]] == [run["id"]]
    assert task["result"] is None
    assert "link" not in task["task_runs"][0]
    found = people.owner.get(f"/taskrun/{run['id']}", related="1").json()
    assert found["task"]["id"] == task["id"]
    assert found["result"] is None


def test_a_list_over_all_projects_of_the_owner_is_in_order(people: People) -> None:
    people.owner.tasks(people.owner.project(), 2)
    people.owner.tasks(people.owner.project(), 2)
    found = people.owner.get("/task", limit=100).json()
    ids = [task["id"] for task in found]
    assert ids == sorted(ids)
    newest = [task["id"] for task in people.owner.get("/task", limit=3, desc="true").json()]
    assert newest == sorted(newest, reverse=True)
    assert newest[0] >= ids[-1]
