"""Callers who change different fields of one object at the same moment: every change is there afterwards."""

from concurrent.futures import ThreadPoolExecutor

ROUNDS = 6


def _together(person, path, bodies):
    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(lambda body: person.put(path, body).status_code, bodies))


def test_two_owners_of_a_project_keep_what_the_other_one_changed(people):
    project = people.owner.project()
    path = f"/project/{project['id']}"
    for number in range(ROUNDS):
        changes = {"description": f"d{number}", "long_description": f"l{number}", "info": {"round": number}}
        assert _together(people.owner, path, [{name: value} for name, value in changes.items()]) == [200] * 3
        after = people.owner.get(path).json()
        assert {name: after[name] for name in changes} == changes


def test_the_fields_of_a_task_change_at_once(people):
    task = people.owner.tasks(people.owner.project(), 1)[0]
    path = f"/task/{task['id']}"
    for number in range(1, ROUNDS):
        changes = {"quorum": number, "calibration": number, "info": number, "n_answers": number}
        assert _together(people.owner, path, [{name: value} for name, value in changes.items()]) == [200] * 4
        after = people.owner.get(path).json()
        assert {name: after[name] for name in changes} == changes
