"""The template's tables against the models of `store/tables`."""

from typing import Any

import pytest

from chalicelib.store.tables import TABLES, Table
from tests.unit.template.reading import Resources, tables


def declared(table: dict[str, Any]) -> dict[str, Any]:
    """A table of the template in the words of PynamoDB's schema."""
    indexes = table.get("GlobalSecondaryIndexes", [])
    return {
        "attributes": {entry["AttributeName"]: entry["AttributeType"] for entry in table["AttributeDefinitions"]},
        "keys": [(entry["AttributeName"], entry["KeyType"]) for entry in table["KeySchema"]],
        "indexes": {
            index["IndexName"]: (
                [(entry["AttributeName"], entry["KeyType"]) for entry in index["KeySchema"]],
                index["Projection"]["ProjectionType"],
                set(index["Projection"].get("NonKeyAttributes", [])),
            )
            for index in indexes
        },
    }


def modelled(model: type[Table]) -> dict[str, Any]:
    schema = model._get_schema()
    return {
        "attributes": {entry["AttributeName"]: entry["AttributeType"] for entry in schema["attribute_definitions"]},
        "keys": modelled_keys(schema["key_schema"]),
        "indexes": {
            index["index_name"]: (
                modelled_keys(index["key_schema"]),
                index["projection"]["ProjectionType"],
                set(index["projection"].get("NonKeyAttributes", [])),
            )
            for index in schema["global_secondary_indexes"]
        },
    }


def modelled_keys(entries: list[dict[str, str]]) -> list[tuple[str, str]]:
    """HASH before RANGE, as DynamoDB wants them."""
    return sorted(((entry["AttributeName"], entry["KeyType"]) for entry in entries), key=lambda pair: pair[1])


def test_the_template_declares_exactly_the_tables_of_the_models(resources: Resources) -> None:
    assert set(tables(resources)) == {model.name for model in TABLES}


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.name)
def test_a_table_has_the_keys_indexes_projections_and_types_of_its_model(
    model: type[Table], resources: Resources
) -> None:
    assert declared(tables(resources)[model.name]) == modelled(model)


@pytest.mark.parametrize("name", [model.name for model in TABLES])
def test_a_table_is_on_demand_encrypted_backed_up_and_protected_by_parameter(name: str, resources: Resources) -> None:
    table = tables(resources)[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}
    assert table["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": {"Fn::If": ["BackedUp", True, False]}
    }


def test_protection_and_backups_are_on_unless_a_parameter_says_otherwise(packaged: dict[str, Any]) -> None:
    for condition, parameter in {"Protected": "DeletionProtection", "BackedUp": "PointInTimeRecovery"}.items():
        assert packaged["Conditions"][condition] == {"Fn::Equals": [{"Ref": parameter}, "true"]}
        assert packaged["Parameters"][parameter]["Default"] == "true"


def test_only_the_sheets_have_a_stream_and_it_carries_both_images(resources: Resources) -> None:
    streams = {name: table.get("StreamSpecification") for name, table in tables(resources).items()}
    assert {name: stream for name, stream in streams.items() if stream} == {
        "sheets": {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    }
