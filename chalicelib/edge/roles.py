"""Roles of users' accounts, taken on for an hour (AWS: "AssumeRole"). Each session is cut down to reading one bucket,
whatever else the role would allow."""

import json
import logging
import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core.import_gathering import TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.edge.clients import Session

SESSION_SECONDS = 3600  # the most for a role that is taken on by a role ("role chaining")
LEAST_SECONDS = 900  # of a session's life that a link may count on
REST_SECONDS = 60  # before a role that failed is tried again by those who only read
MOST_SESSIONS = 50  # of one container, each with a client
SESSION_NAME = "nimbossa"  # in the owner's CloudTrail
_PATIENCE = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "ServiceUnavailable", "InternalFailure")

log = logging.getLogger(__name__)


class Wanted(msgspec.Struct, frozen=True):
    """A role for one project and one bucket."""

    role_arn: str
    external_id: str
    bucket: str


class Sessions:
    """What was taken on, kept as long as it is good. `sts` gives the client. With `strict`, roles that do not ask for
    their ExternalId are refused; a local cloud does not look at it."""

    def __init__(self, sts: Callable[[], Any], clock: Callable[[], float], strict: bool) -> None:
        self._sts = sts
        self._clock = clock
        self._strict = strict
        self._held: dict[Wanted, Session] = {}
        self._resting: dict[Wanted | None, float] = {}  # until when; None: all of them, as STS itself is away

    def account(self) -> str:
        """The number of our account. Raises TryLater."""
        try:
            return str(self._sts().get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            raise TryLater(f"AWS could not be asked for our account: {error}.") from error

    def of(self, wanted: Wanted) -> Session:
        """Credentials that are good for a quarter of an hour at least. Raises Unreadable, TryLater."""
        held = self._held.get(wanted)
        if held is None or held.ends - self._clock() < LEAST_SECONDS:
            held = self._assume(wanted)
            self._held.pop(wanted, None)
            if len(self._held) >= MOST_SESSIONS:
                self._held.pop(next(iter(self._held)))  # the one that was taken on first
            self._held[wanted] = held
        return held

    def of_reader(self, wanted: Wanted) -> Session | None:
        """The same for a reader of tasks, who is not kept waiting by a role that has just failed: None, and a line in
        the log."""
        if max(self._resting.get(wanted, 0), self._resting.get(None, 0)) > self._clock():
            return None
        try:
            return self.of(wanted)
        except (Unreadable, TryLater) as error:
            self._rest(None if isinstance(error, TryLater) else wanted)
            log.warning("No links to the bucket %s for %s: %s", wanted.bucket, wanted.external_id, error)
            return None

    def forget(self, wanted: Wanted) -> None:
        """S3 does not take them any more."""
        self._held.pop(wanted, None)

    def check_trust(self, wanted: Wanted) -> None:
        """Raises Unreadable for a role that everybody could have us take on, TryLater."""
        if not self._strict:
            return
        try:
            self._ask(wanted, f"{wanted.external_id}-{secrets.token_hex(8)}")
        except Unreadable:
            return
        raise Unreadable(
            f'The role {wanted.role_arn} can be taken on with any ExternalId, so that any project could name it: add '
            f'"Condition": {{"StringEquals": {{"sts:ExternalId": "{wanted.external_id}"}}}} to its trust policy.'
        )

    def _rest(self, what: Wanted | None) -> None:
        now = self._clock()
        self._resting = {one: until for one, until in self._resting.items() if until > now} | {what: now + REST_SECONDS}

    def _assume(self, wanted: Wanted) -> Session:
        told = self._ask(wanted, wanted.external_id)["Credentials"]
        ends = told["Expiration"].timestamp()
        return Session(told["AccessKeyId"], told["SecretAccessKey"], told["SessionToken"], ends)

    def _ask(self, wanted: Wanted, external_id: str) -> Any:
        try:
            return self._sts().assume_role(
                RoleArn=wanted.role_arn,
                RoleSessionName=SESSION_NAME,
                DurationSeconds=SESSION_SECONDS,
                Policy=_reading(wanted),
                ExternalId=external_id,
            )
        except BotoCoreError as error:
            raise TryLater(f"AWS could not be asked for the role: {error}.") from error
        except ClientError as error:
            told = error.response["Error"]
            if told["Code"] in _PATIENCE:
                raise TryLater(f"AWS does not give the role at present ({told['Code']}).") from error
            raise Unreadable(_advice(wanted, told)) from error


def _advice(wanted: Wanted, told: dict[str, str]) -> str:
    if told["Code"] == "AccessDenied":
        return (
            f"We may not take on the role {wanted.role_arn}: it must exist, trust our account and ask for the "
            f"ExternalId {wanted.external_id} (docs/importing.md)."
        )
    return f"We cannot take on the role {wanted.role_arn}: AWS says {told['Code']}: {told.get('Message', '')}"


def _reading(wanted: Wanted) -> str:
    partition = wanted.role_arn.split(":")[1]
    bucket = f"arn:{partition}:s3:::{wanted.bucket}"
    statements = [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{bucket}/*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},  # of objects under the owner's own key
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
