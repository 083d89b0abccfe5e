"""The sizing rules against the examples of the "Amazon DynamoDB Developer Guide"; each row names its page."""

import pytest

from chalicelib.core.units import Consistency, Index, Item, item_bytes, number_bytes, read_units, write_units

KB = 1024
SIZES = "DynamoDB item sizes and formats"
READS = "DynamoDB read and write operations: capacity unit consumption for read operations"
WRITES = "DynamoDB read and write operations: capacity unit consumption for write operations"
TRANSACTIONS = "Amazon DynamoDB Transactions: How it works: capacity management"
INDEXES = "Using Global Secondary Indexes in DynamoDB: provisioned throughput considerations"


def item_of(size: float, key: str = "1") -> Item:
    """An item of exactly that many bytes."""
    return {"k": {"S": key}, "v": {"S": "x" * (int(size) - 2 - len(key))}}


@pytest.mark.parametrize(
    ("page", "item", "size"),
    [
        (SIZES + ": name and value in UTF-8", {"name": {"S": "Grüße"}}, 4 + 7),
        (SIZES + ": one byte per two significant digits, and one", {"n": {"N": "1234"}}, 1 + 2 + 1),
        (SIZES + ": odd number of digits", {"n": {"N": "123"}}, 1 + 2 + 1),
        (SIZES + ": leading and trailing zeroes are trimmed", {"n": {"N": "0012000"}}, 1 + 1 + 1),
        (SIZES + ": raw length of a binary", {"b": {"B": b"12345"}}, 1 + 5),
        (SIZES + ": raw length of a binary in base64", {"b": {"B": "MTIzNDU="}}, 1 + 5),
        (SIZES + ": null", {"none": {"NULL": True}}, 4 + 1),
        (SIZES + ": Boolean", {"yes": {"BOOL": False}}, 3 + 1),
        (SIZES + ": empty list", {"list": {"L": []}}, 4 + 3),
        (SIZES + ": empty map", {"map": {"M": {}}}, 3 + 3),
        (SIZES + ": one more byte per element", {"l": {"L": [{"S": "ab"}, {"BOOL": True}]}}, 1 + 3 + (1 + 2) + (1 + 1)),
        (SIZES + ": one more byte per member", {"m": {"M": {"ab": {"S": "cde"}}}}, 1 + 3 + (1 + 2 + 3)),
        (SIZES + ": sets are their members", {"s": {"SS": ["a", "bc"]}, "t": {"NS": ["1", "20"]}}, 1 + 3 + 1 + 2 + 2),
    ],
)
def test_an_item_is_as_large_as_aws_says(page: str, item: Item, size: int) -> None:
    assert item_bytes(item) == size, page


def test_a_sign_or_a_point_is_no_digit() -> None:
    assert number_bytes("-12") == number_bytes("12") + 1
    assert number_bytes("1.2") == number_bytes("12")
    assert number_bytes("0") == 1


@pytest.mark.parametrize(
    ("example", "sizes", "consistency", "units"),
    [
        (READS + ": up to 4 KB, strongly consistent", [4 * KB], Consistency.STRONG, 1),
        (READS + ": up to 4 KB, eventually consistent", [4 * KB], Consistency.EVENTUAL, 0.5),
        (READS + ": up to 4 KB, transactional", [4 * KB], Consistency.TRANSACTIONAL, 2),
        (READS + ": 3,500 bytes are 4 KB", [3500], Consistency.STRONG, 1),
        (READS + ": 8 KB", [8 * KB], Consistency.STRONG, 2),
        (READS + ": 8 KB, eventually consistent", [8 * KB], Consistency.EVENTUAL, 1),
        (READS + ": 8 KB, transactional", [8 * KB], Consistency.TRANSACTIONAL, 4),
        (READS + ": GetItem of 3.5 KB", [3.5 * KB], Consistency.STRONG, 1),
        (READS + ": GetItem of 10 KB is 12 KB", [10 * KB], Consistency.STRONG, 3),
        (READS + ": BatchGetItem of 1.5 KB and 6.5 KB is 12 KB, not 8", [1.5 * KB, 6.5 * KB], Consistency.STRONG, 3),
        (READS + ": Query of 10 items, 40.8 KB together, is 44 KB", [40.8 * KB], Consistency.STRONG, 11),
        (READS + ": Query of 1,500 items of 64 bytes is 96 KB", [1500 * 64], Consistency.STRONG, 24),
        (READS + ": an item that does not exist", [0], Consistency.STRONG, 1),
        (TRANSACTIONS + ": three items of 500 bytes read", [500, 500, 500], Consistency.TRANSACTIONAL, 6),
    ],
)
def test_reads_cost_what_aws_says(example: str, sizes: list[float], consistency: Consistency, units: float) -> None:
    assert sum(read_units(int(size), consistency) for size in sizes) == units, example


@pytest.mark.parametrize(
    ("example", "before", "after", "units"),
    [
        (WRITES + ": PutItem up to 1 KB", None, item_of(1 * KB), 1),
        (WRITES + ": 500 bytes are 1 KB", None, item_of(500), 1),
        (WRITES + ": 2 KB", None, item_of(2 * KB), 2),
        (WRITES + ": PutItem over a larger item", item_of(3.5 * KB), item_of(500), 4),
        (WRITES + ": UpdateItem takes the larger of before and after", item_of(1.5 * KB), item_of(2.5 * KB), 3),
        (WRITES + ": UpdateItem that makes it smaller", item_of(2.5 * KB), item_of(1.5 * KB), 3),
        (WRITES + ": DeleteItem takes the size of the deleted item", item_of(2.5 * KB), None, 3),
        (WRITES + ": DeleteItem of a missing item", None, None, 1),
        (WRITES + ": a failed condition, item of 300 KB, wanted 310 KB", item_of(300 * KB), item_of(310 * KB), 310),
    ],
)
def test_writes_cost_what_aws_says(example: str, before: Item | None, after: Item | None, units: int) -> None:
    assert write_units(before, after) == units, example


def test_a_batch_of_writes_rounds_each_item() -> None:
    """WRITES: BatchWriteItem of 500 bytes and 3.5 KB is 5 KB (1 + 4)."""
    assert write_units(None, item_of(500)) + write_units(None, item_of(3.5 * KB)) == 5


def test_a_transaction_prepares_and_commits_each_item() -> None:
    """TRANSACTIONS: three items of 500 bytes in one transaction take six units."""
    assert sum(write_units(None, item_of(500), transactional=True) for _ in range(3)) == 6


INDEX = Index(("place",), frozenset({"k", "place", "ready"}))


def row(**attributes: str) -> Item:
    return {"k": {"S": "1"}, **{name: {"S": value} for name, value in attributes.items()}}


@pytest.mark.parametrize(
    ("rule", "before", "after", "units"),
    [
        (INDEXES + ": a new item with the indexed attribute, one write", None, row(place="a"), 1),
        (INDEXES + ": an attribute that was undefined, one write", row(), row(place="a"), 1),
        (INDEXES + ": the value of the key changes from A to B, two writes", row(place="a"), row(place="b"), 2),
        (INDEXES + ": the item leaves the index, one write", row(place="a"), row(), 1),
        (INDEXES + ": deleted with its item", row(place="a"), None, 1),
        (INDEXES + ": not in the index before or after, none", row(), row(other="x"), 0),
        (INDEXES + ": a projected attribute changes, one write", row(place="a", ready="1"), row(place="a"), 1),
        (INDEXES + ": an attribute that is not projected changes, none", row(place="a"), row(place="a", other="x"), 0),
        (INDEXES + ": entries above 1 KB", None, row(place="a", ready="x" * KB), 2),
    ],
)
def test_an_index_costs_what_aws_says(rule: str, before: Item | None, after: Item | None, units: int) -> None:
    assert INDEX.write_units(before, after) == units, rule


def test_an_index_that_projects_all_has_the_whole_item() -> None:
    """INDEXES: reads of an index go by the size of its entries."""
    whole = Index(("place",), None)
    assert whole.entry(row(place="a", other="x")) == row(place="a", other="x")
    assert INDEX.entry(row(place="a", other="x")) == row(place="a")
