"""A stack of the package: uploading it, changing the stack by change sets, following its events, reading its outputs.

Used by `infra.deploy` for AWS and by the local cloud alike, so that both take the same way.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import ClientError, WaiterError

Tell = Callable[[str], None]

POLL_SECONDS = 2.0
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
NOTHING_TO_DO = re.compile("didn't contain changes|No updates are to be performed", re.IGNORECASE)


class StackFailed(Exception):
    """CloudFormation refused or rolled back; the message has the reasons of the resources that failed."""


class Upload(NamedTuple):
    """Where the package lies: the template's address and the two parameters that name the functions' code."""

    template_url: str
    parameters: dict[str, str]


def upload(s3: Any, bucket: str, package: Path) -> Upload:
    """Put `template.json` and `deployment.zip` of `package` into `bucket` under names of their content."""
    template = _put_once(s3, bucket, package / "template.json")
    code = _put_once(s3, bucket, package / "deployment.zip")
    return Upload(f"{s3.meta.endpoint_url}/{bucket}/{template}", {"CodeBucket": bucket, "CodeKey": code})


def _put_once(s3: Any, bucket: str, path: Path) -> str:
    key = f"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}/{path.name}"
    if not s3.list_objects_v2(Bucket=bucket, Prefix=key).get("KeyCount"):
        s3.upload_file(str(path), bucket, key)
    return key


def describe(cloudformation: Any, name: str) -> dict[str, Any] | None:
    """The stack as CloudFormation describes it; None when there is none or only a change set that was never run."""
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if stack["StackStatus"] == "REVIEW_IN_PROGRESS" else stack


def outputs(cloudformation: Any, name: str) -> dict[str, str]:
    """Output name to value of a stack that exists."""
    stack = describe(cloudformation, name) or {}
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def apply(cloudformation: Any, name: str, package: Upload, parameters: Mapping[str, str], tell: Tell = print) -> bool:
    """Create or update the stack; parameters not given keep their value. False when nothing changed; StackFailed."""
    existing = _usable(cloudformation, name, tell)
    kind = "UPDATE" if existing else "CREATE"
    change_set = f"{name}-{time.time_ns()}"
    cloudformation.create_change_set(
        StackName=name,
        ChangeSetName=change_set,
        ChangeSetType=kind,
        TemplateURL=package.template_url,
        Capabilities=CAPABILITIES,
        Parameters=_parameters({**parameters, **package.parameters}, existing, _declared(cloudformation, package)),
    )
    if not _is_ready(cloudformation, name, change_set):
        tell(f"Stack {name} is up to date")
        return False
    seen = {event["EventId"] for event in _events(cloudformation, name)}
    cloudformation.execute_change_set(StackName=name, ChangeSetName=change_set)
    follow(cloudformation, name, tell, seen)
    _demand(cloudformation, name, f"{kind}_COMPLETE")
    return True


def _usable(cloudformation: Any, name: str, tell: Tell) -> dict[str, Any] | None:
    """The stack to update, if any; one whose creation was rolled back can only be deleted and is."""
    existing = describe(cloudformation, name)
    if existing and existing["StackStatus"] == "ROLLBACK_COMPLETE":
        tell(f"Stack {name} never came up; starting afresh")
        delete(cloudformation, name, tell)
        return None
    return existing


def _declared(cloudformation: Any, package: Upload) -> set[str]:
    summary = cloudformation.get_template_summary(TemplateURL=package.template_url)
    return {parameter["ParameterKey"] for parameter in summary["Parameters"]}


def _parameters(
    given: Mapping[str, str], existing: dict[str, Any] | None, declared: set[str]
) -> list[dict[str, str | bool]]:
    unknown = sorted(set(given) - declared)
    if unknown:
        raise StackFailed(f"The template has no parameter {', '.join(unknown)}; it has {', '.join(sorted(declared))}")
    before = {entry["ParameterKey"] for entry in (existing or {}).get("Parameters", [])}
    kept = sorted((before & declared) - set(given))
    return [
        *({"ParameterKey": key, "ParameterValue": value} for key, value in given.items()),
        *({"ParameterKey": key, "UsePreviousValue": True} for key in kept),
    ]


def _is_ready(cloudformation: Any, name: str, change_set: str) -> bool:
    """Wait for the change set; False (and it is removed) when it has no change; raises StackFailed otherwise."""
    chosen = {"StackName": name, "ChangeSetName": change_set}
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            **chosen, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": 150}
        )
    except WaiterError as error:
        reason = cloudformation.describe_change_set(**chosen).get("StatusReason", "")
        if not NOTHING_TO_DO.search(reason):
            raise StackFailed(f"The change of stack {name} was refused: {reason or error}") from error
        cloudformation.delete_change_set(**chosen)
        return False
    return True


def follow(cloudformation: Any, name: str, tell: Tell, seen: set[str]) -> None:
    """Tell each event not in `seen` until the stack rests. `name` may be a stack's id, which outlives its deletion.

    Rest counts only after the first new event: right after a change is begun the stack may still show its old state.
    """
    before = len(seen)
    while True:
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        for event in reversed([event for event in _events(cloudformation, name) if event["EventId"] not in seen]):
            seen.add(event["EventId"])
            tell(_line(event))
        if len(seen) > before and not status.endswith("IN_PROGRESS"):
            return
        time.sleep(POLL_SECONDS)


def _events(cloudformation: Any, name: str) -> Iterator[dict[str, Any]]:
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
        yield from page["StackEvents"]


def _line(event: dict[str, Any]) -> str:
    reason = event.get("ResourceStatusReason", "")
    return f"  {event['LogicalResourceId']:32} {event['ResourceStatus']}{': ' if reason else ''}{reason}"


def _demand(cloudformation: Any, name: str, wanted: str) -> None:
    stack = describe(cloudformation, name)
    if stack is None or stack["StackStatus"] != wanted:
        failed = [_line(event) for event in _events(cloudformation, name) if "FAILED" in event["ResourceStatus"]]
        status = stack["StackStatus"] if stack else "gone"
        raise StackFailed("\n".join([f"Stack {name} is {status}, not {wanted}:", *failed[:10]]))


def environment(functions: Any, name: str) -> dict[str, str]:
    """The NIMBOSSA_* variables of the stack's functions: with them `chalicelib.bootstrap` works on this stack."""
    configuration = functions.get_function_configuration(FunctionName=f"{name}-api")
    variables: dict[str, str] = configuration["Environment"]["Variables"]
    return {key: value for key, value in variables.items() if key.startswith("NIMBOSSA_")}


def delete(cloudformation: Any, name: str, tell: Tell = print) -> None:
    """Delete the stack and follow it to the end; raises StackFailed with what could not be deleted."""
    stack = describe(cloudformation, name)
    if stack is None:
        return
    seen = {event["EventId"] for event in _events(cloudformation, name)}
    cloudformation.delete_stack(StackName=name)
    follow(cloudformation, stack["StackId"], tell, seen)
    if describe(cloudformation, name) is not None:
        _demand(cloudformation, name, "DELETE_COMPLETE")
