"""STS as AWS has it where the embedded cloud has not: a role is given to those alone who bring the ExternalId that its
trust policy asks for (AWS: "AssumeRole", errors; error bodies as botocore hands them on)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

ACCOUNT = "111122223333"
SESSION = 3600


class Trusting:
    """`roles`: the ExternalId that each role asks for, None for one that asks for nothing. Counts what is asked."""

    def __init__(self, roles: Mapping[str, str | None], now: float = 0.0) -> None:
        self.roles = dict(roles)
        self.now = now
        self.asked: list[dict[str, Any]] = []
        self.away = False
        self.busy = False

    def get_caller_identity(self) -> dict[str, Any]:
        if self.away:
            raise EndpointConnectionError(endpoint_url="https://sts.eu-west-1.amazonaws.com/")
        return {"Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/api/api", "UserId": "AROA:api"}

    def assume_role(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if self.away:
            raise EndpointConnectionError(endpoint_url="https://sts.eu-west-1.amazonaws.com/")
        if self.busy:
            raise _refusal("Throttling", "Rate exceeded", 400)
        role = request["RoleArn"]
        if role not in self.roles or self.roles[role] not in (None, request.get("ExternalId")):
            user = f"arn:aws:sts::{ACCOUNT}:assumed-role/api/api"
            text = f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {role}"
            raise _refusal("AccessDenied", text, 403)
        ends = datetime.fromtimestamp(self.now, UTC) + timedelta(seconds=request["DurationSeconds"])
        keys = {"AccessKeyId": f"ASIA{len(self.asked)}", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": {**keys, "Expiration": ends}, "PackedPolicySize": 6}


def _refusal(code: str, message: str, status: int) -> ClientError:
    told = {"Type": "Sender", "Code": code, "Message": message}
    return ClientError({"Error": told, "ResponseMetadata": {"HTTPStatusCode": status}}, "AssumeRole")
