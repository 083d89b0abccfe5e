"""Users' buckets read with a role: listed past a thousand keys, linked to, and every refusal in words that say what to
change."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from chalicelib.core.import_gathering import Listing, TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.media import signed_object
from chalicelib.core.projects import BucketAccess
from chalicelib.edge.clients import Session, link_client
from chalicelib.edge.role_buckets import RoleBuckets
from chalicelib.edge.roles import Sessions
from tests.fakes.trusting import Trusting

ROLE = "arn:aws:iam::444455556666:role/nimbossa-media-traps"
ID = "site-project-7"
KEYS = sorted(f"2026/{n:04} é&+.jpg" for n in range(2100))


@pytest.fixture(autouse=True)
def _no_local_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others' tests in the same process have one."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.fixture
def sts() -> Trusting:
    return Trusting({ROLE: ID})


def buckets(sts: Trusting, make: Any = link_client, region: str = "eu-west-1") -> RoleBuckets:
    return RoleBuckets(Sessions(lambda: sts, lambda: sts.now, strict=True), region, lambda: sts.now, make)


@pytest.fixture
def amazon() -> Iterator[Any]:
    """Amazon S3 with the bucket `traps` in Frankfurt."""
    with mock_aws():
        s3 = botocore.session.get_session().create_client("s3", region_name="eu-central-1")
        where = {"LocationConstraint": "eu-central-1"}
        s3.create_bucket(Bucket="traps", CreateBucketConfiguration=where)
        yield s3


def test_a_bucket_is_listed_past_a_thousand_keys(amazon: Any, sts: Trusting) -> None:
    for key in [*KEYS, "2025/a.jpg"]:
        amazon.put_object(Bucket="traps", Key=key, Body=b"x")
    found, after, pages = [], "", 0
    while True:
        page = buckets(sts).list_objects(ROLE, ID, "traps", "2026/", after)
        found, pages = found + page.keys, pages + 1
        assert len(page.keys) <= 1000
        if not page.more:
            break
        after = page.keys[-1]
    assert (found, pages) == (KEYS, 3)
    assert buckets(sts).list_objects(ROLE, ID, "traps", "none/", "") == Listing([], False)


def test_the_region_of_a_bucket_is_found_and_links_are_made_for_it(amazon: Any, sts: Trusting) -> None:
    access = buckets(sts).inspect(ROLE, ID, "traps")
    assert access == BucketAccess(ROLE, "eu-central-1")
    sign = buckets(sts).signer(access, ID, "traps")
    assert sign is not None
    link = sign("2026/é a+b?.jpg")
    assert urlsplit(link).netloc == "traps.s3.eu-central-1.amazonaws.com"
    assert signed_object(link, "") == ("traps", "2026/é a+b?.jpg")
    query = parse_qs(urlsplit(link).query)
    assert query["X-Amz-Expires"] == ["3600"]
    assert "/eu-central-1/s3/" in query["X-Amz-Credential"][0]
    assert query["X-Amz-Security-Token"] == ["t"]


def test_a_link_lasts_as_long_as_its_session_and_a_quarter_of_an_hour_at_least(sts: Trusting) -> None:
    roles = buckets(sts)
    lives = []
    for sts.now in range(0, 7200, 300):
        sign = roles.signer(BucketAccess(ROLE, "eu-west-1"), ID, "traps")
        assert sign is not None
        lives.append(int(parse_qs(urlsplit(sign("a.jpg")).query)["X-Amz-Expires"][0]))
    assert (min(lives), max(lives)) == (900, 3600)
    assert len(sts.asked) == 3


def test_a_bucket_with_dots_in_its_name_is_linked_by_a_path_that_its_certificate_fits(sts: Trusting) -> None:
    sign = buckets(sts).signer(BucketAccess(ROLE, "eu-west-1"), ID, "my.traps")
    assert sign is not None
    assert sign("a.jpg").startswith("https://s3.eu-west-1.amazonaws.com/my.traps/a.jpg?")
    assert signed_object(sign("a.jpg"), "") == ("my.traps", "a.jpg")


def test_without_the_role_there_is_no_link(sts: Trusting) -> None:
    assert buckets(sts).signer(BucketAccess(ROLE, "eu-west-1"), "another", "traps") is None


class Refusing:
    """A client that S3 refuses everything."""

    def __init__(self, code: str | None) -> None:
        self._code = code

    def list_objects_v2(self, **_: Any) -> Any:
        if self._code is None:
            raise EndpointConnectionError(endpoint_url="https://s3.eu-west-1.amazonaws.com/")
        raise ClientError({"Error": {"Code": self._code, "Message": "…"}}, "ListObjectsV2")

    head_bucket = list_objects_v2


@pytest.mark.parametrize(
    ("code", "raised", "words"),
    [
        ("NoSuchBucket", Unreadable, "There is no bucket traps"),
        ("404", Unreadable, "There is no bucket traps"),
        ("AccessDenied", Unreadable, "s3:ListBucket"),
        ("403", Unreadable, "s3:ListBucket"),
        ("AllAccessDisabled", Unreadable, "closed"),
        ("PermanentRedirect", Unreadable, "region"),
        ("InvalidBucketName", Unreadable, "S3 says InvalidBucketName"),
        ("SlowDown", TryLater, "SlowDown"),
        ("ExpiredToken", TryLater, "ExpiredToken"),
        (None, TryLater, "could not be reached"),
    ],
)
def test_refusals_say_what_to_change(sts: Trusting, code: str | None, raised: type[Exception], words: str) -> None:
    roles = buckets(sts, lambda bucket, region, session: Refusing(code))
    with pytest.raises(raised, match=words):
        roles.list_objects(ROLE, ID, "traps", "", "")
    with pytest.raises(raised, match=words):
        roles.inspect(ROLE, ID, "traps")


def test_who_only_looks_does_not_get_at_a_role_that_anybody_could_name(sts: Trusting) -> None:
    sts.roles[ROLE] = None
    roles = buckets(sts, lambda *_: None)  # S3 is not asked
    for ask in (lambda: roles.list_objects(ROLE, ID, "traps", "", ""), lambda: roles.inspect(ROLE, ID, "traps")):
        with pytest.raises(Unreadable, match="any ExternalId"):
            ask()


def test_credentials_that_s3_does_not_take_are_not_kept(sts: Trusting) -> None:
    made: list[Session] = []
    roles = buckets(sts, lambda bucket, region, session: made.append(session) or Refusing("ExpiredToken"))
    for _ in range(2):
        with pytest.raises(TryLater):
            roles.list_objects(ROLE, ID, "traps", "", "a")
    assert [session.key_id for session in made] == ["ASIA1", "ASIA2"]


def test_a_bucket_that_has_more_and_lists_nothing_is_asked_again_later(sts: Trusting) -> None:
    class Empty:
        def list_objects_v2(self, **_: Any) -> Any:
            return {"IsTruncated": True}

    with pytest.raises(TryLater, match="listed none"):
        buckets(sts, lambda *_: Empty()).list_objects(ROLE, ID, "traps", "", "")
