"""The sorted-key Query of the local cloud answers exactly as the emulator's own, on thousands of random queries."""

import base64
import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import dynamodb

from infra.local import sorted_queries

SEED = 20_261_122
STOCK = dynamodb._query
SORTED = sorted_queries.sorted_query(STOCK)

INDEXES = [
    ("by_number", "h", "n"),
    ("by_text", "h", "s"),
    ("by_bytes", "h", "b"),
    ("hash_only", "h", None),
]


@pytest.fixture(autouse=True)
def _hooked_index_maintenance() -> Iterator[None]:
    stock = dynamodb._index_item
    dynamodb._index_item = sorted_queries.following_changes(stock)
    yield
    dynamodb._index_item = stock


def _make_table(name: str, sort_type: str | None) -> str:
    attributes = {"p": "S", "h": "S", "n": "N", "s": "S", "b": "B"}
    schema = [{"AttributeName": "p", "KeyType": "HASH"}]
    if sort_type:
        attributes["k"] = sort_type
        schema.append({"AttributeName": "k", "KeyType": "RANGE"})
    indexes = [
        {
            "IndexName": index,
            "KeySchema": [{"AttributeName": hash_, "KeyType": "HASH"}]
            + ([{"AttributeName": range_, "KeyType": "RANGE"}] if range_ else []),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["extra"]}
            if index == "by_text"
            else {"ProjectionType": "ALL"},
        }
        for index, hash_, range_ in INDEXES
    ]
    status, _, body = dynamodb._create_table(
        {
            "TableName": name,
            "KeySchema": schema,
            "AttributeDefinitions": [{"AttributeName": a, "AttributeType": t} for a, t in attributes.items()],
            "GlobalSecondaryIndexes": indexes,
            "BillingMode": "PAY_PER_REQUEST",
        }
    )
    assert status == 200, body
    return name


def _value(rng: random.Random, type_: str) -> dict[str, str]:
    if type_ == "N":
        return {"N": str(rng.choice([rng.randint(-20, 20), rng.randint(0, 10**12), round(rng.uniform(-3, 3), 2)]))}
    if type_ == "B":
        return {"B": base64.b64encode(rng.randbytes(rng.randint(1, 3))).decode()}
    return {"S": "".join(rng.choices("abcé😀", k=rng.randint(1, 3)))}


def _item(rng: random.Random, sort_type: str | None) -> dict[str, Any]:
    item: dict[str, Any] = {"p": {"S": rng.choice("xyz") if sort_type else str(rng.randint(0, 60))}}
    if sort_type:
        item["k"] = _value(rng, sort_type)
    for name, type_ in (("n", "N"), ("s", "S"), ("b", "B")):
        if rng.random() < 0.8:
            item[name] = _value(rng, type_)
    if rng.random() < 0.8:
        item["h"] = {"S": rng.choice("uv")}
    item["extra"] = {"S": "e" * rng.choice([1, 10, 300])}
    return item


def _change(rng: random.Random, table: str, sort_type: str | None) -> None:
    item = _item(rng, sort_type)
    key = {name: item[name] for name in ("p", "k") if name in item}
    if rng.random() < 0.7:
        status, _, body = dynamodb._put_item({"TableName": table, "Item": item})
    elif rng.random() < 0.5:
        status, _, body = dynamodb._delete_item({"TableName": table, "Key": key})
    else:
        status, _, body = dynamodb._update_item(
            {
                "TableName": table,
                "Key": key,
                "UpdateExpression": "SET #n = :n REMOVE s",
                "ExpressionAttributeNames": {"#n": "n"},
                "ExpressionAttributeValues": {":n": _value(rng, "N")},
            }
        )
    assert status == 200, body


def _query(rng: random.Random, table: str, sort_type: str | None) -> dict[str, Any]:
    index, hash_, range_ = rng.choice([*INDEXES, (None, "p", "k" if sort_type else None)])
    types = {"n": "N", "s": "S", "b": "B", "k": sort_type or "S"}
    data: dict[str, Any] = {
        "TableName": table,
        "ExpressionAttributeNames": {"#h": hash_},
        "ExpressionAttributeValues": {":h": {"S": rng.choice("xyz" if index is None else "uv")}},
    }
    condition = "#h = :h"
    if range_ and rng.random() < 0.75:
        condition = _sort_condition(rng, data, condition, range_, types[range_])
    if rng.random() < 0.05:
        data["ExpressionAttributeValues"][":h"] = {"N": "1"}  # a wrong type: both must refuse alike
    data["KeyConditionExpression"] = rng.choice(["{}", "({})"]).format(condition)
    if index:
        data["IndexName"] = index
    if rng.random() < 0.6:
        data["Limit"] = rng.choice([1, 2, 5, 40, 40, 0])
    if rng.random() < 0.5:
        data["ScanIndexForward"] = rng.random() < 0.5
    if rng.random() < 0.2:
        data["FilterExpression"] = "attribute_exists(s)"
    if rng.random() < 0.2:
        data["Select"] = "COUNT"
    return data


def _sort_condition(rng: random.Random, data: dict[str, Any], condition: str, name: str, type_: str) -> str:
    data["ExpressionAttributeNames"]["#r"] = name
    values = data["ExpressionAttributeValues"]
    values[":r"] = _value(rng, type_)
    shape = rng.choice(["=", "<", "<=", ">", ">=", "between", "begins_with", "swapped"])
    if shape == "between":
        values[":q"] = _value(rng, type_)
        return f"{condition} AND #r BETWEEN :r AND :q"
    if shape == "begins_with" and type_ != "N":
        return f"{condition} AND begins_with(#r, :r)"
    if shape == "swapped":
        return f"{condition} AND :r < #r"
    operator = "=" if shape == "begins_with" else shape
    return rng.choice([f"{condition} AND #r {operator} :r", f"(#r {operator} :r) AND ({condition})"])


def _answer(run: Any, data: dict[str, Any]) -> tuple[int, Any]:
    status, _, body = run(copy.deepcopy(data))
    return status, json.loads(body)


def _compare_all_pages(data: dict[str, Any]) -> int:
    pages = 0
    while True:
        stock, ours = _answer(STOCK, data), _answer(SORTED, data)
        assert ours == stock, data
        pages += 1
        if stock[0] != 200 or "LastEvaluatedKey" not in stock[1] or pages > 12:
            return pages
        data = {**data, "ExclusiveStartKey": stock[1]["LastEvaluatedKey"]}


@pytest.mark.parametrize("sort_type", ["S", "N", "B", None])
def test_every_page_of_every_query_equals_the_stock_emulators(sort_type: str | None) -> None:
    rng = random.Random(f"{SEED}{sort_type}")
    table = _make_table(f"sorted-{sort_type}", sort_type)
    compared = 0
    for _ in range(300):
        for _ in range(rng.randint(0, 4)):
            _change(rng, table, sort_type)
        compared += _compare_all_pages(_query(rng, table, sort_type))
    print(f"seed {SEED}: {compared} pages compared")
    assert compared > 500


def test_a_page_stops_at_one_megabyte_as_the_stock_emulators_does() -> None:
    table = _make_table("sorted-big", "N")
    for number in range(40):
        item = {"p": {"S": "x"}, "k": {"N": str(number)}, "extra": {"S": "e" * 90_000}}
        assert dynamodb._put_item({"TableName": table, "Item": item})[0] == 200
    data = {
        "TableName": table,
        "KeyConditionExpression": "p = :p",
        "ExpressionAttributeValues": {":p": {"S": "x"}},
    }
    assert _compare_all_pages(data) == 4


def test_most_shapes_are_answered_from_sorted_keys_and_not_by_the_fallback() -> None:
    rng = random.Random(SEED)
    table = _make_table("sorted-share", "S")
    recognised = sum(sorted_queries._page(_query(rng, table, "S")) is not None for _ in range(300))
    assert recognised > 200
