"""Which keys a body may set, and which values (contract rest-api.md §2, §9)."""

from typing import Any

import pytest

from chalicelib.core.bodies import changed_fields, check_values, new_fields, with_defaults
from chalicelib.core.errors import (
    BadRequest,
    ContractError,
    DataFault,
    Forbidden,
    IntegrityFault,
    TypeFault,
    ValueFault,
)
from chalicelib.core.resources import CATEGORY, PROJECT, RESOURCES, TASK, TASKRUN, Resource


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)
def test_every_reserved_key_is_refused(resource: Resource) -> None:
    for key in resource.reserved:
        with pytest.raises(BadRequest, match=r"^Reserved keys in payload"):
            new_fields(resource, {key: None})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"published": False, "id": 1}, Forbidden),
        ({"id": 1, "published": False}, BadRequest),
        ({"foo": 1, "id": 1}, BadRequest),
        ({"foo": 1}, TypeFault),
    ],
)
def test_the_first_offending_key_decides_and_reserved_ones_win(
    body: dict[str, Any], error: type[ContractError]
) -> None:
    with pytest.raises(error):
        new_fields(PROJECT, body)


def test_categories_name_the_key() -> None:
    with pytest.raises(BadRequest, match="Reserved keys in payload: created"):
        new_fields(CATEGORY, {"created": 1})


def test_links_are_left_out() -> None:
    assert new_fields(TASK, {"link": "", "links": [], "info": 1}) == {"info": 1}


def test_a_put_leaves_out_what_a_get_adds_and_what_is_so_already() -> None:
    old = {"id": 5, "created": "then", "state": "ongoing"}
    sent = {**old, "info": 1, "link": "", "task_runs": [], "result": None, "headline": "", "rank": 1, "stats": {}}
    assert changed_fields(TASK, sent, old) == {"info": 1}


@pytest.mark.parametrize("value", [6, "5", 5.0, None, True])
def test_a_put_of_another_id_is_refused(value: Any) -> None:
    with pytest.raises(BadRequest):
        changed_fields(TASK, {"id": value}, {"id": 5})


def test_a_put_still_refuses_what_a_get_never_adds() -> None:
    with pytest.raises(TypeFault):
        changed_fields(TASK, {"anything": 1}, {})


def test_a_new_task_has_the_contracts_defaults() -> None:
    assert with_defaults(TASK, {"project_id": 1, "n_answers": None}) == {
        "project_id": 1,
        "quorum": 0,
        "calibration": 0,
        "priority_0": 0.0,
        "info": None,
        "n_answers": 30,
    }


def test_defaults_are_not_shared() -> None:
    one, other = (with_defaults(PROJECT, {"name": "n", "short_name": "s", "description": "d"}) for _ in range(2))
    one["info"]["x"] = 1
    assert other["info"] == {}


@pytest.mark.parametrize("given", [{}, {"name": ""}, {"name": None, "short_name": "s", "description": "d"}])
def test_required_fields_must_be_there(given: dict[str, Any]) -> None:
    with pytest.raises(IntegrityFault):
        with_defaults(PROJECT, given)


@pytest.mark.parametrize(
    ("resource", "name", "sent", "kept"),
    [
        (TASK, "n_answers", "3", 3),
        (TASK, "n_answers", 3.0, 3),
        (TASK, "priority_0", "0.5", 0.5),
        (TASK, "priority_0", 1, 1.0),
        (TASK, "info", [None], [None]),
        (TASKRUN, "timeout", None, None),
        (PROJECT, "owners_ids", [1, "2"], [1, 2]),
        (PROJECT, "zip_download", None, True),
    ],
)
def test_values_are_of_their_fields_type(resource: Resource, name: str, sent: Any, kept: Any) -> None:
    found = check_values(resource, {name: sent})[name]
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize(
    ("resource", "name", "sent", "error"),
    [
        (TASK, "n_answers", True, DataFault),
        (TASK, "n_answers", 2**53 + 1, DataFault),
        (TASK, "priority_0", 1e-200, DataFault),
        (TASK, "priority_0", "nan", DataFault),
        (PROJECT, "name", "x" * 256, DataFault),
        (PROJECT, "name", "\x00", DataFault),
        (PROJECT, "info", None, ValueFault),
        (PROJECT, "info", [], ValueFault),
        (PROJECT, "zip_download", "true", DataFault),
        (PROJECT, "owners_ids", "1", DataFault),
    ],
)
def test_other_values_are_refused(resource: Resource, name: str, sent: Any, error: type[ContractError]) -> None:
    with pytest.raises(error):
        check_values(resource, {name: sent})
