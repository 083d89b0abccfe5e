"""What IAM asks of a role: the action and resource of each call to AWS, and whether a role's statements allow them.

Only what this project uses of IAM: Allow statements whose resources are names with at most a star at the end. From the
"Service Authorization Reference": a transaction needs the permission of each of its parts, a read of one version of an
object its own, a query of an index the index's.
"""

import re
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from typing import Any, NamedTuple
from urllib.parse import unquote

from infra.local.partiql import read_insert

Params = Mapping[str, Any]
PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
OBJECT_ACTIONS = {
    "HeadObject": "GetObject",
    "UploadPart": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}


class Need(NamedTuple):
    """One permission: `service:Action` on a resource, named as after the account in its ARN."""

    action: str
    resource: str


def needs(service: str, operation: str, params: Params) -> set[Need]:
    """The permissions that a call needs; an operation that is not known here raises KeyError."""
    return NEEDS[service](operation, params)


def _dynamodb(operation: str, params: Params) -> set[Need]:
    if operation == "TransactWriteItems":
        parts = [(kind, part["TableName"]) for entry in params["TransactItems"] for kind, part in entry.items()]
        return {Need(f"dynamodb:{PARTS[kind]}", f"table/{table}") for kind, table in parts}
    if operation == "TransactGetItems":
        return {Need("dynamodb:GetItem", f"table/{entry['Get']['TableName']}") for entry in params["TransactItems"]}
    if operation == "BatchExecuteStatement":
        inserts = filter(None, map(read_insert, params["Statements"]))
        return {Need("dynamodb:PartiQLInsert", f"table/{table}") for table, _ in inserts}
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return {Need(f"dynamodb:{operation}", f"table/{table}") for table in params["RequestItems"]}
    index = f"/index/{params['IndexName']}" if params.get("IndexName") else ""
    return {Need(f"dynamodb:{operation}", f"table/{params['TableName']}{index}")}


def _s3(operation: str, params: Params) -> set[Need]:
    if operation.startswith("ListObject"):
        return {Need("s3:ListBucket", params["Bucket"])}
    if operation == "CopyObject":
        source = params["CopySource"]
        return _s3("PutObject", params) | _s3("GetObject", source if isinstance(source, dict) else _place(source))
    action = OBJECT_ACTIONS.get(operation, operation) + ("Version" if params.get("VersionId") else "")
    return {Need(f"s3:{action}", f"{params['Bucket']}/{params['Key']}")}


def _place(address: str) -> dict[str, str]:
    """From `<bucket>/<key>`, quoted."""
    bucket, _, key = unquote(address).partition("/")
    return {"Bucket": bucket, "Key": key}


def _sqs(operation: str, params: Params) -> set[Need]:
    return {Need(f"sqs:{operation.removesuffix('Batch')}", params["QueueUrl"].rsplit("/", 1)[1])}


def _ssm(operation: str, params: Params) -> set[Need]:
    return {Need(f"ssm:{operation}", f"parameter{params['Name']}")}


def _ses(operation: str, params: Params) -> set[Need]:
    """The address that mails come from, unless only its domain is verified."""
    return {Need(f"ses:{operation}", f"identity/{parseaddr(params['FromEmailAddress'])[1]}")}


def _sts(operation: str, params: Params) -> set[Need]:
    """Who one is may be asked by everybody (AWS: "GetCallerIdentity", permissions)."""
    return {Need("sts:AssumeRole", params["RoleArn"].split(":", 5)[-1])} if operation == "AssumeRole" else set()


NEEDS = {"dynamodb": _dynamodb, "s3": _s3, "sqs": _sqs, "ssm": _ssm, "sts": _sts, "sesv2": _ses}


class Role:
    """The statements of one function's role, with the stack's and account's names and its parameters filled in."""

    def __init__(
        self,
        statements: Iterable[Mapping[str, Any]],
        stack: str,
        account: str,
        region: str,
        parameters: Mapping[str, str],
    ) -> None:
        pseudo = {"StackName": stack, "AccountId": account, "Region": region, "Partition": "aws"}
        self._names = {**{f"AWS::{name}": value for name, value in pseudo.items()}, **parameters}
        self._grants = {
            Need(action, self._resource(resource))
            for statement in statements
            for action in statement["Action"]
            for resource in statement["Resource"]
        }

    def _resource(self, value: Any) -> str:
        return str(self._filled(value)).split(":", 5)[-1]

    def _filled(self, value: Any) -> Any:
        """What CloudFormation makes of a text with its functions."""
        if not isinstance(value, dict):
            return value
        ((function, given),) = value.items()
        if function == "Fn::Select":
            return self._filled(given[1])[given[0]]
        if function == "Fn::Split":
            return self._filled(given[1]).split(given[0])
        text, more = given if isinstance(given, list) else (given, {})
        names = self._names | {name: self._filled(one) for name, one in more.items()}
        return re.sub(r"\$\{([\w:]+)\}", lambda match: names[match[1]], text)

    def allows(self, need: Need) -> bool:
        return any(_covers(grant, need) for grant in self._grants)

    def unused(self, needed: Iterable[Need]) -> set[Need]:
        """Grants that none of the needs used."""
        needed = list(needed)
        return {grant for grant in self._grants if not any(_covers(grant, need) for need in needed)}


def _covers(grant: Need, need: Need) -> bool:
    if grant.action != need.action:
        return False
    if grant.resource.endswith("*"):
        return need.resource.startswith(grant.resource[:-1])
    return grant.resource == need.resource
