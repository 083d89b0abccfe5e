"""What a deployment finds or makes beside the stack: who and where we are, the bucket of the code, the secret."""

import os
import re
import secrets
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

STAGE_NAME = re.compile(r"[a-z][a-z0-9-]{0,17}")
SECRET_BYTES = 32


class AccountError(Exception):
    """The account cannot be used as it is; the message says what to change."""


class Account(NamedTuple):
    """Clients of one account and region; AWS_ENDPOINT_URL points them at a local cloud."""

    session: Any  # boto3.Session
    number: str

    @property
    def region(self) -> str:
        return str(self.session.region_name)

    def client(self, service: str) -> Any:
        return self.session.client(service)


def stack_name(stage: str) -> str:
    """Name of the stage's stack, short and plain enough to begin the names of its buckets; raises AccountError."""
    if not STAGE_NAME.fullmatch(stage):
        raise AccountError(f"STAGE={stage!r} will not do: 1 to 18 of a-z, 0-9 and -, beginning with a letter")
    return f"nimbossa-{stage}"


def open_account() -> Account:
    """The account and region of the environment's credentials; raises AccountError when either is missing or wrong."""
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    if not session.region_name:
        raise AccountError("No region: set AWS_REGION or choose one with AWS_PROFILE")
    try:
        number = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise AccountError(f"AWS does not know you: {error}. Set AWS_PROFILE or the access key variables") from error
    return Account(session, number)


def code_bucket_name(account: Account, stack: str) -> str:
    return f"{stack}-code-{account.number}-{account.region}"


def ensure_code_bucket(account: Account, stack: str) -> str:
    """Name of the bucket that the stack's code is deployed from, made closed and encrypted when it is not there."""
    s3, bucket = account.client("s3"), code_bucket_name(account, stack)
    place = {} if account.region == "us-east-1" else {"LocationConstraint": account.region}
    try:
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": place} if place else {}))
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
    return bucket


def ensure_secret(account: Account, stack: str) -> bool:
    """Make the site's secret (SecureString, hex) when it is missing; an existing one is kept. True when made."""
    try:
        account.client("ssm").put_parameter(
            Name=secret_parameter(stack),
            Description="Nimbossa: all keys of the site derive from it; losing it ends sessions and tokens",
            Value=secrets.token_hex(SECRET_BYTES),
            Type="SecureString",
            Overwrite=False,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterAlreadyExists":
            raise
        return False
    return True


def forget_secret(account: Account, stack: str) -> None:
    """Delete the site's secret; nothing happens when it is not there."""
    try:
        account.client("ssm").delete_parameter(Name=secret_parameter(stack))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise


def secret_parameter(stack: str) -> str:
    """SSM parameter of the stack's secret, as `resources.yaml` hands it to the functions."""
    return f"/{stack}/secret"


def empty_bucket(account: Account, bucket: str) -> int:
    """Delete every object and version; how many there were. A bucket that does not exist has none."""
    versions, count = account.session.resource("s3").Bucket(bucket).object_versions, 0
    try:
        for answer in versions.delete():
            count += len(answer.get("Deleted", []))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
    return count


def delete_bucket(account: Account, bucket: str) -> None:
    """Delete an empty bucket; nothing happens when it is not there."""
    try:
        account.client("s3").delete_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
