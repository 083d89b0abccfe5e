"""Taking on roles of users' accounts: only for the project that they were made for, kept while good, never waited for
by those who only read."""

import json
import logging

import pytest

from chalicelib.core.import_gathering import TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.edge.roles import LEAST_SECONDS, MOST_SESSIONS, REST_SECONDS, SESSION_SECONDS, Sessions, Wanted
from tests.fakes.trusting import ACCOUNT, Trusting

ROLE = "arn:aws:iam::444455556666:role/nimbossa-media-traps"
MINE = Wanted(ROLE, "site-project-7", "traps")
THEIRS = Wanted(ROLE, "site-project-8", "traps")


@pytest.fixture
def sts() -> Trusting:
    return Trusting({ROLE: "site-project-7"})


@pytest.fixture
def sessions(sts: Trusting) -> Sessions:
    return Sessions(lambda: sts, lambda: sts.now, strict=True)


def test_a_role_is_taken_on_under_the_external_id_of_its_project(sessions: Sessions, sts: Trusting) -> None:
    session = sessions.of(MINE)
    assert (session.key_id, session.secret, session.token, session.ends) == ("ASIA1", "s", "t", SESSION_SECONDS)
    assert sts.asked[0]["ExternalId"] == "site-project-7"
    assert sessions.account() == ACCOUNT


def test_another_project_that_names_the_role_does_not_get_it(sessions: Sessions) -> None:
    sessions.of(MINE)  # what one project holds is not the other's either
    with pytest.raises(Unreadable, match="ask for the ExternalId site-project-8"):
        sessions.of(THEIRS)
    assert sessions.of_reader(THEIRS) is None


def test_a_session_reads_one_bucket_whatever_else_the_role_may(sessions: Sessions, sts: Trusting) -> None:
    sessions.of(MINE)
    policy = json.loads(sts.asked[0]["Policy"])
    allowed = {(one["Action"], one["Resource"]) for one in policy["Statement"]}
    assert allowed == {
        ("s3:ListBucket", "arn:aws:s3:::traps"),
        ("s3:GetObject", "arn:aws:s3:::traps/*"),
        ("kms:Decrypt", "*"),
    }
    assert len(sts.asked[0]["Policy"]) < 2048  # AWS: "AssumeRole", Policy


def test_a_role_that_anybody_could_name_is_refused(sessions: Sessions, sts: Trusting) -> None:
    sts.roles[ROLE] = None
    with pytest.raises(Unreadable, match='"sts:ExternalId": "site-project-7"'):
        sessions.check_trust(MINE)
    sts.roles[ROLE] = "site-project-7"
    sessions.check_trust(MINE)
    local = Sessions(lambda: sts, lambda: sts.now, strict=False)
    sts.roles[ROLE] = None
    local.check_trust(MINE)


def test_a_session_is_kept_until_a_quarter_of_an_hour_before_its_end(sessions: Sessions, sts: Trusting) -> None:
    first = sessions.of(MINE)
    sts.now = SESSION_SECONDS - LEAST_SECONDS
    assert sessions.of(MINE) is first
    sts.now += 1
    renewed = sessions.of(MINE)
    assert renewed.ends - sts.now == SESSION_SECONDS
    assert len(sts.asked) == 2
    sessions.forget(MINE)
    assert sessions.of(MINE).key_id == "ASIA3"


def test_readers_do_not_wait_again_for_a_role_that_failed(
    sessions: Sessions, sts: Trusting, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert [sessions.of_reader(THEIRS) for _ in range(3)] == [None] * 3
    assert len(sts.asked) == 1
    assert "traps" in caplog.text
    assert sessions.of_reader(MINE) is not None  # others go on
    sts.now += REST_SECONDS
    sts.roles[ROLE] = "site-project-8"
    assert sessions.of_reader(THEIRS) is not None


def test_while_sts_is_away_it_is_asked_once_a_minute_for_all_roles(sessions: Sessions, sts: Trusting) -> None:
    sts.away = True
    assert sessions.of_reader(MINE) is None
    assert sessions.of_reader(THEIRS) is None
    assert len(sts.asked) == 1
    for ask in (lambda: sessions.of(MINE), sessions.account):
        with pytest.raises(TryLater):
            ask()
    sts.away, sts.now = False, REST_SECONDS
    assert sessions.of_reader(MINE) is not None


def test_what_passes_is_to_be_tried_later_and_what_does_not_is_told(sessions: Sessions, sts: Trusting) -> None:
    sts.busy = True
    with pytest.raises(TryLater, match="Throttling"):
        sessions.of(MINE)
    with pytest.raises(TryLater):
        sessions.check_trust(MINE)


def test_a_container_keeps_only_so_many_sessions(sts: Trusting) -> None:
    sts.roles = {f"{ROLE}{n}": "x" for n in range(MOST_SESSIONS + 1)}
    sessions = Sessions(lambda: sts, lambda: sts.now, strict=True)
    for role in sts.roles:
        sessions.of(Wanted(role, "x", "b"))
    sessions.of(Wanted(f"{ROLE}{MOST_SESSIONS}", "x", "b"))
    assert len(sts.asked) == MOST_SESSIONS + 1
    sessions.of(Wanted(f"{ROLE}0", "x", "b"))
    assert len(sts.asked) == MOST_SESSIONS + 2
