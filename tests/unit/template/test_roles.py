"""The template's roles: one per function, no wildcard on data."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.private_buckets import ROLE_PREFIX
from chalicelib.store.tables import TABLES
from infra import template
from tests.unit.template.reading import FUNCTIONS, Resources, of_type, properties, tables, text

DATA_SERVICES = ("dynamodb", "s3", "sqs", "ssm", "logs")


def role_of(resources: Resources, function: str) -> str:
    name, attribute = properties(resources, function)["Role"]["Fn::GetAtt"]
    assert attribute == "Arn"
    return name


def statements(resources: Resources, function: str) -> Iterator[dict[str, Any]]:
    """Each statement of the function's role, the conditional ones in their chosen form."""
    for policy in properties(resources, role_of(resources, function))["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def allowed(resources: Resources, function: str, action: str) -> set[str]:
    """Resources on which the function may do `action`, names without the stack's."""
    return {
        text(resource).split("${AWS::StackName}")[-1].lstrip("-")
        for statement in statements(resources, function)
        if action in statement["Action"]
        for resource in statement["Resource"]
    }


def test_each_function_has_a_role_of_its_own_that_only_lambda_may_take(resources: Resources) -> None:
    roles = {role_of(resources, function) for function in FUNCTIONS}
    assert len(roles) == len(FUNCTIONS) == len(of_type(resources, "AWS::IAM::Role"))
    for role in roles:
        (trust,) = properties(resources, role)["AssumeRolePolicyDocument"]["Statement"]
        assert (trust["Action"], trust["Principal"]) == ("sts:AssumeRole", {"Service": "lambda.amazonaws.com"})
        assert "ManagedPolicyArns" not in properties(resources, role)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_role_has_no_wildcard_on_data(function: str, resources: Resources) -> None:
    for statement in statements(resources, function):
        assert statement["Effect"] == "Allow"
        assert not [action for action in statement["Action"] if "*" in action]
        if any(action.startswith(DATA_SERVICES) for action in statement["Action"]):
            assert not [resource for resource in map(text, statement["Resource"]) if not is_particular(resource)]
        elif statement["Action"] == ["sts:AssumeRole"]:  # of any account, by the name that owners give them for us
            assert [text(one).rsplit(":", 1)[-1] for one in statement["Resource"]] == [f"role/{ROLE_PREFIX}*"]
        elif statement["Action"] != ["ses:SendEmail"]:
            assert set(statement["Action"]) == {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def test_mails_come_from_the_site_s_own_address_and_are_sent_by_one_function(resources: Resources) -> None:
    senders = {
        function: statement
        for function in FUNCTIONS
        for statement in statements(resources, function)
        if "ses:SendEmail" in statement["Action"]
    }
    assert set(senders) == {"ImportSlice"}
    address, domain = (resource["Fn::Sub"] for resource in senders["ImportSlice"]["Resource"])
    assert address.endswith(":identity/${MailSender}")
    assert domain[0].endswith(":identity/${Domain}")
    assert senders["ImportSlice"]["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}}


def is_particular(arn: str) -> bool:
    """True for a thing of this stack: a star stands for its objects, its log's streams or its table's streams only."""
    whole = arn.removesuffix("/imports/*").removesuffix("/stream/*").removesuffix("/*").removesuffix(":*")
    return "${AWS::StackName}" in arn and "*" not in whole


def test_the_check_for_wildcards_can_fail() -> None:
    assert not is_particular("*")
    assert not is_particular("arn:${AWS::Partition}:dynamodb:*:*:table/${AWS::StackName}-tasks")
    assert not is_particular("arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*")
    assert is_particular("arn:${AWS::Partition}:s3:::${AWS::StackName}-imports/imports/*")


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_role_may_write_its_own_log_and_no_other(function: str, resources: Resources) -> None:
    own = text(properties(resources, function)["FunctionName"]).removeprefix("${AWS::StackName}-")
    assert allowed(resources, function, "logs:PutLogEvents") == {f"{own}:*"}
    assert allowed(resources, function, "logs:CreateLogGroup") == set()


@pytest.mark.parametrize(
    ("function", "queue"), [("ImportSlice", "imports"), ("WalkTasks", "walks"), ("Deliver", "webhooks")]
)
def test_a_consumer_may_take_messages_of_its_queue_only(function: str, queue: str, resources: Resources) -> None:
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        assert allowed(resources, function, f"sqs:{action}") == {queue}


@pytest.mark.parametrize(
    ("function", "queues"),
    [
        ("APIHandler", {"imports", "webhooks", "walks"}),
        ("ObjectCreated", {"imports", "imports-dead"}),
        ("ImportSlice", {"imports"}),
        ("Autoimports", {"imports", "imports-dead"}),
        ("WalkTasks", {"walks", "imports"}),
        ("SheetChanged", {"webhooks", "stream-dead"}),
        ("Deliver", {"webhooks-dead"}),
    ],
)
def test_a_function_may_send_to_the_queues_of_its_task_only(
    function: str, queues: set[str], resources: Resources
) -> None:
    assert allowed(resources, function, "sqs:SendMessage") == queues


def test_only_the_streams_function_may_read_the_stream(resources: Resources) -> None:
    for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"):
        readers = {function for function in FUNCTIONS if allowed(resources, function, f"dynamodb:{action}")}
        assert readers == {"SheetChanged"}


def test_a_role_names_only_tables_and_indexes_that_exist(resources: Resources) -> None:
    known = set(tables(resources)) | {
        f"{name}/index/{index['IndexName']}"
        for name, table in tables(resources).items()
        for index in table.get("GlobalSecondaryIndexes", [])
    }
    for function in FUNCTIONS:
        for action in ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"):
            assert allowed(resources, function, f"dynamodb:{action}") <= known


def test_the_api_may_read_every_table_and_index_but_the_sums_of_requests(resources: Resources) -> None:
    readable = allowed(resources, "APIHandler", "dynamodb:Query")
    assert {name for name in readable if "/" not in name} == set(tables(resources)) - {"rates"}  # only added to
    every = {f"{model.name}/index/{index}" for model in TABLES for index in model._indexes}
    assert {name for name in readable if "/" in name} == every - {"projects/index/daily"}  # the daily round's


def test_no_function_scans_or_describes_tables(resources: Resources) -> None:
    for function in FUNCTIONS:
        assert allowed(resources, function, "dynamodb:Scan") == set()
        assert allowed(resources, function, "dynamodb:DescribeTable") == set()


def test_the_policy_files_are_the_ones_that_chalice_is_told_of() -> None:
    folder = Path(template.ROOT / ".chalice")
    stages = json.loads((folder / "config.json").read_text())["stages"]
    named = {entry["iam_policy_file"] for entry in stages[template.STAGE]["lambda_functions"].values()}
    assert named == {path.name for path in folder.glob("policy-*.json")}
    assert len(named) == len(FUNCTIONS)
