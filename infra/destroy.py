"""`python -m infra.destroy --stage NAME` (`make destroy STAGE=NAME`): one command down, nothing left behind.

Asks for the stack's name first, unless FORCE=1. Refuses while a table is protected, and says how to lift that.
"""

import argparse
import os
import sys
from typing import Any

from infra import account, stack
from infra.account import Account


class Protected(Exception):
    """Tables refuse deletion; the message says how to lift it."""


class NotConfirmed(Exception):
    """The person at the keyboard did not confirm."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.destroy", description="Delete a stage with all its data.")
    parser.add_argument("--stage", required=True, help="name of the deployment; the stack is nimbossa-<stage>")
    options = parser.parse_args(arguments)
    try:
        destroy(options.stage, forced=os.environ.get("FORCE") == "1")
    except (account.AccountError, stack.StackFailed, Protected, NotConfirmed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def destroy(stage: str, forced: bool) -> None:
    """Delete the stage's stack, its buckets' content, its code and its secret; raises Protected, NotConfirmed, …"""
    name = account.stack_name(stage)
    here = account.open_account()
    outputs = stack.outputs(here.client("cloudformation"), name)
    _refuse_protected(here, stage, name)
    if not forced:
        _confirm(name, here)
    _empty(here, [outputs[key] for key in ("ImportBucket", "UploadBucket") if key in outputs])
    stack.delete(here.client("cloudformation"), name)
    _remove_code(here, name)
    account.forget_secret(here, name)
    print(f"Stack {name} is gone")


def _refuse_protected(here: Account, stage: str, name: str) -> None:
    dynamodb = here.client("dynamodb")
    protected = [table for table in _tables(here, name) if _is_protected(dynamodb, table)]
    if protected:
        lift = f"make deploy STAGE={stage} SET=DeletionProtection=false"
        raise Protected(f"{len(protected)} tables of {name} are protected from deletion. Lift it first: {lift}")


def _tables(here: Account, name: str) -> list[str]:
    if stack.describe(here.client("cloudformation"), name) is None:
        return []
    pages = here.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return [
        resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::DynamoDB::Table" and resource["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def _is_protected(dynamodb: Any, table: str) -> bool:
    return bool(dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"))


def _confirm(name: str, here: Account) -> None:
    print(f"This deletes {name} in account {here.number}, {here.region}: every project, task, answer and file.")
    try:
        answer = input(f"Type {name} to go on: ")
    except EOFError:
        answer = ""
    if answer.strip() != name:
        raise NotConfirmed("Nothing was deleted")


def _empty(here: Account, buckets: list[str]) -> None:
    for bucket in buckets:
        print(f"Emptied {bucket}: {account.empty_bucket(here, bucket)} objects and versions", flush=True)


def _remove_code(here: Account, name: str) -> None:
    bucket = account.code_bucket_name(here, name)
    account.empty_bucket(here, bucket)
    account.delete_bucket(here, bucket)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
