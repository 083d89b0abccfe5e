"""A project's private buckets: what a role must look like, and which roles were given (docs/importing.md). Beyond
PYBOSSA, for owners."""

from typing import Any

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.api.owning import kept_project_id
from chalicelib.api.source_failures import told_to_clients
from chalicelib.core.errors import AttributeFault, DataFault
from chalicelib.core.private_buckets import ROLE_PREFIX

KEYS = {"bucket", "role_arn"}
AGAIN = " Send it again in a moment."


def listing(call: Call, identifier: str) -> Answer:
    """`GET /api/project/<id>/bucket`."""
    return Answer(_shown(call, kept_project_id(call, identifier)))


def grant(call: Call, identifier: str) -> Answer:
    """`POST /api/project/<id>/bucket` with `{"bucket", "role_arn"}`: tries the role, then keeps it."""
    project_id, given = kept_project_id(call, identifier), call.document()
    if given.keys() != KEYS or not all(isinstance(value, str) and value for value in given.values()):
        raise DataFault('Send {"bucket": …, "role_arn": …}, both texts.')
    with told_to_clients(AGAIN):
        call.services.private_buckets.grant(project_id, given["bucket"], given["role_arn"])
    return Answer(_shown(call, project_id))


def revoke(call: Call, identifier: str) -> Answer:
    """`DELETE /api/project/<id>/bucket?bucket=…`: no links are made any more; those that are out last an hour at
    most."""
    project_id, bucket = kept_project_id(call, identifier), call.query.get("bucket")
    if not bucket:
        raise AttributeFault("Name the bucket in the query: bucket=….")
    with told_to_clients(AGAIN):
        call.services.private_buckets.revoke(project_id, bucket)
    return Answer(_shown(call, project_id))


def _shown(call: Call, project_id: int) -> dict[str, Any]:
    buckets = call.services.private_buckets
    granted = sorted(buckets.granted(project_id).items())
    with told_to_clients(AGAIN):
        account = buckets.account
    return {
        "account": account,
        "external_id": buckets.external_id(project_id),
        "role_prefix": ROLE_PREFIX,
        "buckets": [{"bucket": bucket, "role_arn": one.role_arn, "region": one.region} for bucket, one in granted],
    }
