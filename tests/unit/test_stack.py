"""Changing a stack: what is told, kept and refused when CloudFormation does not simply succeed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from infra import stack
from infra.stack import StackFailed, Upload

PACKAGE = Upload("https://bucket/template.json", {"CodeBucket": "bucket", "CodeKey": "key"})
DECLARED = ("CodeBucket", "CodeKey", "Brand", "RateLimit")


class CloudFormation:
    """CloudFormation with one stack: `ends` is the status that an executed change leads to, by events of its own."""

    def __init__(self, status: str | None, ends: str = "", refused: str = "", parameters: tuple[str, ...] = ()) -> None:
        self.status = status
        self.ends = ends
        self.refused = refused
        self.parameters = parameters
        self.events: list[dict[str, str]] = []
        self.created: dict[str, Any] = {}
        self.polls = 0

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        self.polls += 1
        if self.status is None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        if self.status.endswith("IN_PROGRESS") and self.polls % 3 == 0:
            self._rest()
        keys = [{"ParameterKey": key, "ParameterValue": "old"} for key in self.parameters]
        return {"Stacks": [{"StackStatus": self.status, "StackId": StackName, "Parameters": keys}]}

    def _rest(self) -> None:
        self.status = self.ends
        if "ROLLBACK" in self.ends:
            self._event("TasksTable", "CREATE_FAILED", "limit of tables reached")
        self._event("s", self.ends)

    def _event(self, resource: str, status: str, reason: str = "") -> None:
        entry = {"EventId": str(len(self.events)), "LogicalResourceId": resource, "ResourceStatus": status}
        self.events.insert(0, entry | ({"ResourceStatusReason": reason} if reason else {}))

    def get_template_summary(self, TemplateURL: str) -> dict[str, Any]:  # noqa: N803
        return {"Parameters": [{"ParameterKey": key} for key in DECLARED]}

    def create_change_set(self, **given: Any) -> None:
        self.created = given

    def get_waiter(self, name: str) -> "CloudFormation":
        return self

    def wait(self, **_: Any) -> None:
        if self.refused:
            raise WaiterError("ChangeSetCreateComplete", "Waiter encountered a terminal failure state", {})

    def describe_change_set(self, **_: str) -> dict[str, str]:
        return {"StatusReason": self.refused}

    def delete_change_set(self, **_: str) -> None:
        self.created = {}

    def execute_change_set(self, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        self.status = f"{self.created['ChangeSetType']}_IN_PROGRESS"
        self._event("s", self.status)

    def delete_stack(self, StackName: str) -> None:  # noqa: N803
        self.status = None

    def get_paginator(self, name: str) -> "CloudFormation":
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803
        return [{"StackEvents": list(self.events)}]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "POLL_SECONDS", 0)


def test_a_new_stack_is_created_and_its_events_told_in_order() -> None:
    told: list[str] = []
    cloudformation = CloudFormation("REVIEW_IN_PROGRESS", ends="CREATE_COMPLETE")
    cloudformation.polls = 1
    assert stack.apply(cloudformation, "s", PACKAGE, {"Brand": "Ours"}, told.append)
    assert cloudformation.created["ChangeSetType"] == "CREATE"
    assert [line.split()[1] for line in told] == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_an_update_keeps_the_values_of_parameters_that_are_not_given() -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE", ends="UPDATE_COMPLETE", parameters=(*DECLARED, "Gone"))
    assert stack.apply(cloudformation, "s", PACKAGE, {"Brand": "Ours"}, lambda _: None)
    assert cloudformation.created["Parameters"] == [
        {"ParameterKey": "Brand", "ParameterValue": "Ours"},
        {"ParameterKey": "CodeBucket", "ParameterValue": "bucket"},
        {"ParameterKey": "CodeKey", "ParameterValue": "key"},
        {"ParameterKey": "RateLimit", "UsePreviousValue": True},
    ]


@pytest.mark.parametrize(
    "reason", ["The submitted information didn't contain changes.", "No updates are to be performed."]
)
def test_a_change_set_without_changes_is_removed_and_says_so(reason: str) -> None:
    told: list[str] = []
    cloudformation = CloudFormation("CREATE_COMPLETE", refused=reason)
    assert not stack.apply(cloudformation, "s", PACKAGE, {}, told.append)
    assert told == ["Stack s is up to date"]
    assert cloudformation.created == {}


def test_a_refused_change_set_gives_cloudformations_reason() -> None:
    with pytest.raises(StackFailed, match="refused: Transform failed"):
        stack.apply(CloudFormation("CREATE_COMPLETE", refused="Transform failed"), "s", PACKAGE, {})


def test_a_rolled_back_update_names_the_resources_that_failed() -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE", ends="UPDATE_ROLLBACK_COMPLETE")
    with pytest.raises(
        StackFailed, match=r"(?s)UPDATE_ROLLBACK_COMPLETE, not UPDATE_COMPLETE.*limit of tables reached"
    ):
        stack.apply(cloudformation, "s", PACKAGE, {}, lambda _: None)


def test_a_stack_that_never_came_up_is_deleted_and_made_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    cloudformation = CloudFormation("ROLLBACK_COMPLETE", ends="CREATE_COMPLETE")
    monkeypatch.setattr(stack, "delete", lambda client, name, tell: client.delete_stack(StackName=name))
    assert stack.apply(cloudformation, "s", PACKAGE, {}, told.append)
    assert told[0] == "Stack s never came up; starting afresh"
    assert cloudformation.created["ChangeSetType"] == "CREATE"


def test_a_change_is_followed_past_the_old_state_that_still_shows_at_first() -> None:
    told: list[str] = []

    class Late(CloudFormation):
        def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
            self.polls += 1
            if self.polls == 3:
                self._event("s", "UPDATE_IN_PROGRESS")
                self._event("s", "UPDATE_COMPLETE")
            return {"Stacks": [{"StackStatus": "UPDATE_COMPLETE", "StackId": StackName, "Parameters": []}]}

    stack.follow(Late("UPDATE_COMPLETE"), "s", told.append, set())
    assert len(told) == 2


def test_an_unknown_parameter_is_refused_before_anything_is_made() -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE")
    with pytest.raises(StackFailed, match="no parameter Colour; it has Brand"):
        stack.apply(cloudformation, "s", PACKAGE, {"Colour": "red"})
    assert cloudformation.created == {}
