"""Least privilege, both ways: every call that a function makes is allowed by its role, and what is allowed is used.

The emulated cloud lets everybody do everything, so the functions are played once, their calls written down, and the
packaged roles asked afterwards.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra import template
from infra.account import Account, ensure_secret
from infra.stack import Upload, apply, environment
from tests.fakes.emulator import Emulator
from tests.fakes.permissions import Need, Role, needs

STACK, ACCOUNT, REGION = "played", "000000000000", "ap-south-1"
SENDER = "site@mails.example"
ROOT = template.ROOT
FUNCTIONS = {
    "APIHandler": "api-handler",
    "ObjectCreated": "object-created",
    "ImportSlice": "import-slice",
    "Autoimports": "autoimports",
    "WalkTasks": "walk-tasks",
    "SheetChanged": "sheet-changed",
    "Deliver": "deliver",
}
# Lambda itself makes these calls, with the function's role.
BY_LAMBDA = {
    *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "logs:CreateLogStream", "logs:PutLogEvents"),
    *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
}

IMPORT_BUCKET = f"{STACK}-imports-{ACCOUNT}-{REGION}"
MISSING_OBJECTS = {Need("s3:GetObject", f"{IMPORT_BUCKET}/imports/*"), Need("s3:ListBucket", IMPORT_BUCKET)}
NEW_PROJECT = Need("dynamodb:BatchGetItem", f"table/{STACK}-projects")  # not listed by its index yet
# Granted for cases that the play does not reach, or for what Lambda does when the function failed.
KEYS_OF_SERVICES = Need("ssm:GetParameter", f"parameter/{STACK}/keys/*")
ON_RARE_PATHS = {
    "ObjectCreated": {*MISSING_OBJECTS, Need("sqs:SendMessage", f"{STACK}-imports-dead")},
    "ImportSlice": {
        *MISSING_OBJECTS,
        KEYS_OF_SERVICES,
        Need("ssm:GetParameter", f"parameter/{STACK}/secret"),
        Need("sqs:ChangeMessageVisibility", f"{STACK}-imports"),
        Need("ses:SendEmail", f"identity/{SENDER.partition('@')[2]}"),  # where only the domain is verified
        Need("sts:AssumeRole", "role/nimbossa-media-*"),
    },
    "Autoimports": {Need("sqs:SendMessage", f"{STACK}-imports-dead")},
    "WalkTasks": {NEW_PROJECT},
    "SheetChanged": {NEW_PROJECT, Need("sqs:SendMessage", f"{STACK}-stream-dead")},
    "Deliver": {NEW_PROJECT},
}


@pytest.fixture(scope="module")
def cloud_environment() -> Iterator[Mapping[str, str]]:
    """The stack on an emulated cloud of its own, and the environment of its functions."""
    with Emulator() as cloud, pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": cloud.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }.items():
            patch.setenv(name, value)
        yield os.environ | _deploy()


def _deploy() -> dict[str, str]:
    import boto3

    session = boto3.Session(region_name=REGION)
    ensure_secret(Account(session, ACCOUNT), STACK)
    s3, bucket = session.client("s3"), "package"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="template.json", Body=json.dumps(template.build_template()))
    upload = Upload(f"{s3.meta.endpoint_url}/{bucket}/template.json", {"CodeBucket": bucket, "CodeKey": "none"})
    parameters = {"AllowPrivateEgress": "true", "WebhookDelays": "0", "MailSender": SENDER}
    apply(session.client("cloudformation"), STACK, upload, parameters, tell=lambda _: None)
    session.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    _silence_mappings(session.client("lambda"))
    return environment(session.client("lambda"), STACK)


def _silence_mappings(functions: Any) -> None:
    """The rehearsal hands the events over itself."""
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])


@pytest.fixture(scope="module")
def needed(cloud_environment: Mapping[str, str]) -> dict[str, set[Need]]:
    """What each function needed while it was played."""
    played = subprocess.run(
        [sys.executable, "-m", "tests.fakes.rehearsal", STACK],
        cwd=ROOT,
        env=dict(cloud_environment),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert played.returncode == 0, played.stderr[-4000:]
    found: dict[str, set[Need]] = defaultdict(set)
    for call in json.loads(played.stdout.splitlines()[-1]):
        if call["service"] == "s3" and not call["params"]["Bucket"].startswith(STACK):
            continue  # a user's bucket, read with the role of its owner
        found[call["function"]] |= needs(call["service"], call["operation"], call["params"])
    return found


def role(function: str) -> Role:
    document = json.loads(Path(ROOT, ".chalice", f"policy-{FUNCTIONS[function]}.json").read_text())
    unconditional = [statement for statement in document["Statement"] if "Effect" in statement]
    return Role(unconditional, STACK, ACCOUNT, REGION, {"MailSender": SENDER})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_every_call_that_its_function_makes(function: str, needed: dict[str, set[Need]]) -> None:
    assert needed[function], "the function made no call: the play is hollow"
    assert sorted(need for need in needed[function] if not role(function).allows(need)) == []


@pytest.mark.parametrize("function", ON_RARE_PATHS)
def test_a_role_allows_nothing_that_its_function_does_not_use(function: str, needed: dict[str, set[Need]]) -> None:
    unused = {grant for grant in role(function).unused(needed[function]) if grant.action not in BY_LAMBDA}
    assert sorted(unused - ON_RARE_PATHS[function]) == []
