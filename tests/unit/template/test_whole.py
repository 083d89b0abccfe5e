"""The template as a whole: sound for CloudFormation, watched, and open by one door."""

import json
from typing import Any

import cfnlint.api

from infra import template
from tests.unit.template.reading import FUNCTIONS, Resources, of_type, text


def test_cfn_lint_finds_nothing(packaged: dict[str, Any]) -> None:
    found = cfnlint.api.lint(json.dumps(packaged), config={"regions": ["us-east-1", "eu-central-1"]})
    assert [str(match) for match in found] == []


def test_the_template_is_small_enough_to_deploy_from_a_bucket(packaged: dict[str, Any]) -> None:
    assert len(json.dumps(packaged)) < 1_000_000


def test_every_resource_has_a_type_and_so_merged_with_what_chalice_wrote(packaged: dict[str, Any]) -> None:
    assert [name for name, resource in packaged["Resources"].items() if "Type" not in resource] == []


def test_the_stack_has_exactly_the_functions_of_the_app(resources: Resources) -> None:
    assert set(of_type(resources, "AWS::Lambda::Function")) == FUNCTIONS


def test_the_addresses_that_people_and_tools_need_are_outputs(packaged: dict[str, Any]) -> None:
    assert set(packaged["Outputs"]) >= {
        "FunctionUrl",
        "ImportBucket",
        "UploadBucket",
        "SecretParameter",
        "ImportQueueUrl",
        "WebhookQueueUrl",
        "WebhookDeadQueueUrl",
        "StreamDeadQueueUrl",
    }


QUEUES = ("Imports", "Walks", "Webhooks", "Stream")


def test_an_alarm_watches_each_dead_letter_queue_each_function_and_the_age_of_the_stream(resources: Resources) -> None:
    watched = set()
    for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values():
        (dimension,) = alarm["Properties"]["Dimensions"]
        watched.add((alarm["Properties"]["MetricName"], text(dimension["Value"])))
    assert watched == {
        *(("Errors", function) for function in FUNCTIONS - {"Autoimports", "WalkTasks"}),  # theirs end in dead letters
        *(("ApproximateNumberOfMessagesVisible", f"{queue}DeadQueue.QueueName") for queue in QUEUES),
        ("IteratorAge", "SheetChanged"),
    }
    assert len(watched) <= 10  # CloudWatch gives ten alarms free


def test_the_default_door_is_a_function_url_without_a_stage_before_its_paths(
    packaged: dict[str, Any], resources: Resources
) -> None:
    assert packaged["Parameters"]["FrontDoor"]["Default"] == "url"
    door = resources["FrontDoorUrl"]
    assert door["Condition"] == "UrlFrontDoor"
    assert door["Properties"]["AuthType"] == "NONE"
    assert text(door["Properties"]["TargetFunctionArn"]) == "APIHandler.Arn"
    assert packaged["Outputs"]["FunctionUrl"]["Value"] == {"Fn::GetAtt": ["FrontDoorUrl", "FunctionUrl"]}


def test_the_public_may_call_the_function_through_its_url_only(resources: Resources) -> None:
    permissions = of_type(resources, "AWS::Lambda::Permission").values()
    public = [entry for entry in permissions if entry["Properties"]["Principal"] == "*"]
    assert {entry["Condition"] for entry in public} == {"UrlFrontDoor"}
    by_action = {entry["Properties"]["Action"]: entry["Properties"] for entry in public}
    assert by_action["lambda:InvokeFunctionUrl"]["FunctionUrlAuthType"] == "NONE"
    assert by_action["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True
    assert {text(entry["FunctionName"]) for entry in by_action.values()} == {"APIHandler"}
    assert len(public) == 2


def test_the_rest_door_exists_only_when_chosen(packaged: dict[str, Any], resources: Resources) -> None:
    parts = [name for name, entry in resources.items() if entry["Type"].startswith("AWS::ApiGateway::")]
    assert parts
    for name in [*parts, "APIHandlerInvokePermission"]:
        assert resources[name]["Condition"] == "RestFrontDoor"
    for name in ("EndpointURL", "RestAPIId"):
        assert packaged["Outputs"][name]["Condition"] == "RestFrontDoor"


def test_every_parameter_is_documented_with_its_default(packaged: dict[str, Any]) -> None:
    page = (template.ROOT / "docs" / "deploying.md").read_text()
    rows = {row.split("|")[1]: row for row in page.splitlines() if row.startswith("| `")}
    for name, parameter in packaged["Parameters"].items():
        (row,) = [row for cell, row in rows.items() if f"`{name}`" in cell]
        default = str(parameter["Default"])
        assert name.startswith("Code") or (f"`{default}`" if default else "empty") in row
