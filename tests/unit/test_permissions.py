"""The reading of IAM that the least-privilege test relies on."""

from typing import Any

import pytest

from tests.fakes.permissions import Need, Role, needs

TABLE = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${AWS::StackName}-tasks"
BUCKET = "arn:${AWS::Partition}:s3:::${AWS::StackName}-imports-${AWS::AccountId}-${AWS::Region}"


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        ("dynamodb", "GetItem", {"TableName": "s-a"}, {Need("dynamodb:GetItem", "table/s-a")}),
        (
            "dynamodb",
            "Query",
            {"TableName": "s-a", "IndexName": "by_id"},
            {Need("dynamodb:Query", "table/s-a/index/by_id")},
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}]},
            {Need("dynamodb:PutItem", "table/a"), Need("dynamodb:ConditionCheckItem", "table/b")},
        ),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"a": {}, "b": {}}},
            {Need("dynamodb:BatchGetItem", "table/a"), Need("dynamodb:BatchGetItem", "table/b")},
        ),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k"}, {Need("s3:GetObject", "b/k")}),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k", "VersionId": "1"}, {Need("s3:GetObjectVersion", "b/k")}),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, {Need("s3:ListBucket", "b")}),
        ("sesv2", "SendEmail", {"FromEmailAddress": "Us <a@x.y>"}, {Need("ses:SendEmail", "identity/a@x.y")}),
        ("sqs", "SendMessageBatch", {"QueueUrl": "http://host/1/s-q"}, {Need("sqs:SendMessage", "s-q")}),
        ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::1:role/r"}, {Need("sts:AssumeRole", "role/r")}),
        ("sts", "GetCallerIdentity", {}, set()),
        ("ssm", "GetParameter", {"Name": "/s/secret"}, {Need("ssm:GetParameter", "parameter/s/secret")}),
    ],
)
def test_a_call_needs_the_permissions_that_aws_documents(
    service: str, operation: str, params: dict[str, Any], expected: set[Need]
) -> None:
    assert needs(service, operation, params) == expected


@pytest.fixture
def role() -> Role:
    statements = [
        {"Action": ["dynamodb:GetItem"], "Resource": [{"Fn::Sub": TABLE}]},
        {"Action": ["s3:GetObject"], "Resource": [{"Fn::Sub": f"{BUCKET}/imports/*"}]},
    ]
    return Role(statements, "s", "1", "eu-west-1", {})


def test_a_role_allows_what_it_names_and_nothing_else(role: Role) -> None:
    assert role.allows(Need("dynamodb:GetItem", "table/s-tasks"))
    assert role.allows(Need("s3:GetObject", "s-imports-1-eu-west-1/imports/p/t.csv"))
    for other in (
        Need("dynamodb:PutItem", "table/s-tasks"),
        Need("dynamodb:GetItem", "table/s-tasks/index/x"),
        Need("dynamodb:GetItem", "table/other-tasks"),
        Need("s3:GetObject", "s-imports-1-eu-west-1/exports/t.csv"),
    ):
        assert not role.allows(other)


@pytest.mark.parametrize(("sender", "domain"), [("us@x.example", "x.example"), ("", "")])
def test_a_resource_may_be_part_of_a_parameter(sender: str, domain: str) -> None:
    behind = {"Fn::Select": [1, {"Fn::Split": ["@", {"Fn::Sub": "${Sender}@"}]}]}
    resource = {"Fn::Sub": ["arn:aws:ses:${AWS::Region}:1:identity/${Domain}", {"Domain": behind}]}
    role = Role([{"Action": ["ses:SendEmail"], "Resource": [resource]}], "s", "1", "eu-west-1", {"Sender": sender})
    assert role.unused([]) == {Need("ses:SendEmail", f"identity/{domain}")}


def test_a_grant_that_nothing_needed_is_found(role: Role) -> None:
    assert role.unused([Need("dynamodb:GetItem", "table/s-tasks")]) == {
        Need("s3:GetObject", "s-imports-1-eu-west-1/imports/*")
    }
