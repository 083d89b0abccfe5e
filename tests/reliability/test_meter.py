"""The meter on a real client: which items it counts for each kind of request."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.meter.meter import Meter


@pytest.fixture(scope="module")
def table(connected: Any) -> str:
    connected.client.create_table(
        TableName="metered",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("k", "r", "place")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "queue",
                "KeySchema": [{"AttributeName": "place", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["ready"]},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return "metered"


def text(size: int) -> dict[str, str]:
    return {"S": "x" * size}


def key(name: str) -> dict[str, Any]:
    return {"k": {"S": name}, "r": {"S": "1"}}


def test_writes_are_counted_with_their_index_and_by_the_larger_image(connected: Any, meter: Meter, table: str) -> None:
    client = connected.client
    with meter as bill:
        client.put_item(TableName=table, Item={**key("a"), "v": text(1500), "place": text(1)})
        client.update_item(TableName=table, Key=key("a"), UpdateExpression="REMOVE v, place")
        client.delete_item(TableName=table, Key=key("a"))
        client.delete_item(TableName=table, Key=key("a"))
    assert [request.write for request in bill.requests] == [2 + 1, 2 + 1, 1, 1]


def test_a_failed_condition_costs_and_leaves_the_index_alone(connected: Any, meter: Meter, table: str) -> None:
    item = {**key("b"), "v": text(1500), "place": text(1)}
    connected.client.put_item(TableName=table, Item=item)
    with meter as bill, pytest.raises(ClientError):
        connected.client.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(k)")
    assert bill.write == 2


def test_a_transaction_doubles_the_table_and_not_the_index(connected: Any, meter: Meter, table: str) -> None:
    put = {"TableName": table, "Item": {**key("c"), "v": text(1500), "place": text(1)}}
    delete = {"TableName": table, "Key": key("none")}
    with meter as bill:
        connected.client.transact_write_items(TransactItems=[{"Put": put}, {"Delete": delete}])
    assert bill.write == 2 * 2 + 1 + 2 * 1


def test_reads_are_counted_per_item_and_queries_per_page_with_what_they_filter_out(
    connected: Any, meter: Meter, table: str
) -> None:
    client = connected.client
    for place in range(10):
        client.put_item(TableName=table, Item={"k": {"S": "d"}, "r": {"S": str(place)}, "v": text(900)})
    request: dict[str, Any] = {"Keys": [{"k": {"S": "d"}, "r": {"S": str(place)}} for place in (1, 2, 99)]}
    query: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "k = :k",
        "FilterExpression": "r = :r",
        "ExpressionAttributeValues": {":k": {"S": "d"}, ":r": {"S": "1"}},
    }
    with meter as bill:
        client.get_item(TableName=table, Key=request["Keys"][0], ConsistentRead=True)
        client.batch_get_item(RequestItems={table: request})
        client.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": request["Keys"][0]}}])
        assert client.query(**query)["Count"] == 1
        client.query(**query, ConsistentRead=True)
    assert [one.read for one in bill.requests] == [1, 1.5, 2, 1.5, 3]


def test_an_index_is_read_by_the_size_of_its_entries(connected: Any, meter: Meter, table: str) -> None:
    for place in range(10):
        item = {"k": {"S": "e"}, "r": {"S": str(place)}, "v": text(4000), "place": text(7)}
        connected.client.put_item(TableName=table, Item=item)
    with meter as bill:
        connected.client.query(
            TableName=table,
            IndexName="queue",
            KeyConditionExpression="place = :p",
            ExpressionAttributeValues={":p": text(7)},
        )
    assert bill.read == 0.5
