"""Which buckets a project may read, and how owners who grant at once keep what the others granted."""

import pytest

from chalicelib.core.import_gathering import BadParameters, Listing, Tools, TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.private_buckets import MOST_BUCKETS, Granted, PrivateBuckets
from chalicelib.core.projects import BucketAccess
from chalicelib.importers.sources.s3 import S3

ROLE = "arn:aws:iam::444455556666:role/nimbossa-media-traps"


class Memory:
    """One project, 7. `meanwhile` is granted by others before each of the next writes."""

    def __init__(self) -> None:
        self.granted: Granted = {}
        self.meanwhile: list[str] = []

    def get(self, project_id: int) -> Granted | None:
        return self.granted if project_id == 7 else None

    def replace(self, project_id: int, seen: Granted, new: Granted) -> bool:
        if self.meanwhile:
            self.granted = {**self.granted, self.meanwhile.pop(): BucketAccess(ROLE, "other")}
        if seen != self.granted:
            return False
        self.granted = new
        return True


class Roles:
    """Any role may read any bucket; remembers under which ExternalId."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def account(self) -> str:
        return "111122223333"

    def inspect(self, role_arn: str, external_id: str, bucket: str) -> BucketAccess:
        self.asked.append((role_arn, external_id, bucket))
        return BucketAccess(role_arn, "eu-west-1")

    def list_objects(self, role_arn: str, external_id: str, bucket: str, prefix: str, after: str) -> Listing:
        self.asked.append((role_arn, external_id, bucket, prefix, after))
        return Listing(["a.jpg", "b.txt"], False)

    def signer(self, access: BucketAccess, external_id: str, bucket: str) -> None:
        self.asked.append((access.role_arn, external_id, bucket))


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def roles() -> Roles:
    return Roles()


@pytest.fixture
def buckets(memory: Memory, roles: Roles) -> PrivateBuckets:
    return PrivateBuckets(memory, roles, "site")


def test_what_is_granted_is_tried_and_kept_and_can_be_taken_away(
    buckets: PrivateBuckets, memory: Memory, roles: Roles
) -> None:
    access = buckets.grant(7, "traps", ROLE)
    assert roles.asked == [(ROLE, "site-project-7", "traps")]
    assert buckets.granted(7) == {"traps": access}
    buckets.revoke(7, "traps")
    buckets.revoke(7, "traps")
    assert buckets.granted(7) == {}
    assert buckets.granted(8) == {}


def test_each_project_of_each_site_has_an_external_id_of_its_own(memory: Memory, roles: Roles) -> None:
    ids = {PrivateBuckets(memory, roles, site).external_id(project) for site in ("a", "b") for project in (1, 2, 11)}
    assert len(ids) == 6


def test_owners_who_grant_at_once_keep_what_the_others_granted(buckets: PrivateBuckets, memory: Memory) -> None:
    memory.meanwhile = ["theirs", "thine"]
    buckets.grant(7, "mine", ROLE)
    assert set(memory.granted) == {"theirs", "thine", "mine"}
    memory.meanwhile = ["more"]
    buckets.revoke(7, "mine")
    assert set(memory.granted) == {"theirs", "thine", "more"}
    memory.meanwhile = [str(n) for n in range(20)]
    with pytest.raises(TryLater):
        buckets.revoke(7, "thine")


def test_a_project_reads_so_many_buckets_and_no_more(buckets: PrivateBuckets) -> None:
    for n in range(MOST_BUCKETS):
        buckets.grant(7, f"bucket-{n}", ROLE)
    with pytest.raises(Unreadable, match=f"{MOST_BUCKETS} private buckets"):
        buckets.grant(7, "one-more", ROLE)
    buckets.grant(7, "bucket-0", f"{ROLE}-anew")
    assert buckets.granted(7)["bucket-0"].role_arn == f"{ROLE}-anew"


@pytest.mark.parametrize(
    "role",
    [
        "",
        "nimbossa-media-traps",
        "arn:aws:iam::444455556666:role/admin",  # another role of somebody's, perhaps of our own account
        "arn:aws:iam::444455556666:role/path/nimbossa-media-traps",  # not what IAM lets us take on
        "arn:aws:iam::444455556666:user/nimbossa-media-traps",
        "arn:aws:iam::44445555666:role/nimbossa-media-traps",
        f"{ROLE}\n",
        f"{ROLE}*",
        f"{ROLE}/../admin",
    ],
)
def test_only_roles_of_our_name_are_asked_for(buckets: PrivateBuckets, roles: Roles, role: str) -> None:
    with pytest.raises(Unreadable, match="ARN of a role"):
        buckets.grant(7, "traps", role)
    assert roles.asked == []


@pytest.mark.parametrize("bucket", ["", "s3://traps", "a/b", "Traps", "traps*"])
def test_only_buckets_are_asked_for(buckets: PrivateBuckets, roles: Roles, bucket: str) -> None:
    with pytest.raises(Unreadable, match="name of a bucket"):
        buckets.grant(7, bucket, ROLE)
    assert roles.asked == []


def test_a_project_that_is_gone_is_granted_nothing(buckets: PrivateBuckets) -> None:
    with pytest.raises(Unreadable, match="deleted"):
        buckets.grant(8, "traps", ROLE)


def no_public(*asked: str) -> Listing:
    raise AssertionError(asked)


def test_an_import_with_a_role_lists_by_it_and_keeps_it(buckets: PrivateBuckets, roles: Roles, memory: Memory) -> None:
    s3 = S3(Tools(None, {}, no_public, buckets.of_project(7)))  # type: ignore[arg-type]  # the web is not asked
    parameters = s3.check({"bucket": "traps", "prefix": "2026/", "role_arn": ROLE})
    assert [info["filename"] for info in s3.page(parameters, None).infos] == ["a.jpg"]
    assert roles.asked == [(ROLE, "site-project-7", "traps", "2026/", "")]
    assert memory.granted == {}
    s3.open(parameters)
    assert set(memory.granted) == {"traps"}
    with pytest.raises(BadParameters, match="role_arn: This is not the ARN"):
        s3.check({"bucket": "traps", "prefix": "", "role_arn": "admin"})
    memory.granted = {f"bucket-{n}": BucketAccess(ROLE, "x") for n in range(MOST_BUCKETS)}
    with pytest.raises(BadParameters, match="role_arn: A project can read"):
        s3.open(parameters)


def test_an_import_without_a_role_keeps_nothing(buckets: PrivateBuckets, memory: Memory) -> None:
    s3 = S3(Tools(None, {}, lambda *asked: Listing(["a.jpg"], False), buckets.of_project(7)))  # type: ignore[arg-type]
    parameters = s3.check({"bucket": "traps", "prefix": ""})
    s3.open(parameters)
    assert len(s3.page(parameters, None).infos) == 1
    assert memory.granted == {}


def test_where_no_private_buckets_are_read_a_role_is_refused() -> None:
    s3 = S3(Tools(None, {}, no_public))  # type: ignore[arg-type]
    with pytest.raises(BadParameters, match="role_arn"):
        s3.check({"bucket": "traps", "prefix": "", "role_arn": ROLE})
