"""A webhook message from its announcement to its end, through days of attempts (R8; contract events.md §2)."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.core.errors import NotFound
from chalicelib.core.outgoing import RefusedAddress, TooSlow, Unreachable
from tests.fakes.webhooks import DELAYS, HOOK, SECRET, Crash, Heard, PostOffice, Reply, answer, result_of

OK = answer(200, b"thanks")


def always(reply: Reply) -> PostOffice:
    return PostOffice(lambda heard: reply)


def in_turn(*replies: Reply) -> PostOffice:
    left = list(replies)
    return PostOffice(lambda heard: left.pop(0))


def test_the_payload_has_pybossa_s_keys_and_nothing_else() -> None:
    office = always(OK)
    office.announced()
    office.run()
    assert json.loads(office.heard[0].body) == {
        "event": "task_completed",
        "project_short_name": "birds",
        "project_id": 4,
        "task_id": 7,
        "result_id": 900,
        "fired_at": "2026-11-22 17:07:13",
    }
    headers = office.heard[0].headers
    assert (headers["Content-type"], headers["Accept"]) == ("application/json", "text/plain")
    assert office.heard[0].url == HOOK


def test_a_success_ends_the_message_and_its_log_says_what_came_back() -> None:
    office = always(answer(202, b"thanks \xff"))
    office.announced()
    office.run()
    delivery = office.stored()
    assert (delivery.state, delivery.tries, len(office.heard), office.dead) == ("delivered", 1, 1, [])
    (attempt,) = delivery.attempts
    assert (attempt.status, attempt.error, attempt.response, attempt.ms) == (202, None, "thanks \ufffd", 250)


def test_a_project_without_a_webhook_has_no_messages() -> None:
    office = always(OK)
    office.hook.url = ""
    office.outbox.announce(result_of(4))
    office.outbox.announce(result_of(5))
    assert office.deliveries.after(4, "", 10) == []
    assert office.queue == []


def test_a_dead_listener_is_tried_ten_times_over_75_6_hours_and_then_reported() -> None:
    office = always(Unreachable("No connection to hook.example.com"))
    office.latency = 0.0
    start = office.clock()
    office.announced()
    office.run()
    assert [heard.at - start for heard in office.heard] == [sum(DELAYS[: place + 1]) for place in range(10)]
    assert (office.clock() - start) / 3600 == pytest.approx(75.6, abs=0.05)
    assert office.stored().state == "failed"
    assert [attempt.status for attempt in office.stored().attempts] == [None] * 10
    assert office.stored().attempts[9].error == "Unreachable: No connection to hook.example.com"
    (dead,) = office.dead
    assert (dead["delivery"], dead["project_id"], dead["tries"]) == ("7.0", 4, 10)


def test_a_dead_listener_costs_fewer_receives_than_the_queue_allows() -> None:
    office = always(TooSlow("hook.example.com"))
    office.chance = lambda: 0.999
    office.__post_init__()
    office.announced()
    office.run()
    assert office.receives <= 20
    assert len(office.heard) == 10


def test_every_attempt_has_the_same_id_and_payload_a_new_timestamp_and_a_signature_of_its_own() -> None:
    office = always(answer(500))
    office.announced()
    office.run()
    assert {heard.headers["webhook-id"] for heard in office.heard} == {"7.0"}
    assert len({heard.body for heard in office.heard}) == 1
    assert len({heard.headers["webhook-timestamp"] for heard in office.heard}) == 10
    for heard in office.heard:
        assert heard.headers["webhook-timestamp"] == str(int(heard.at))
        moment = datetime.fromtimestamp(int(heard.at), UTC)
        expected = Webhook(SECRET).sign("7.0", moment, heard.body.decode())
        assert heard.headers["webhook-signature"] == expected


def test_a_listener_that_verifies_accepts_only_what_this_project_signed() -> None:
    verdicts = []

    def listener(heard: Heard) -> Reply:
        try:
            Webhook(SECRET).verify(heard.body, dict(heard.headers))
        except WebhookVerificationError as error:
            verdicts.append(error)
            return answer(401)
        return OK

    office = PostOffice(listener)
    office.announced()
    office.run()
    assert (office.stored().state, verdicts) == ("delivered", [])


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
def test_any_other_answer_is_tried_again_until_it_succeeds(status: int) -> None:
    office = in_turn(answer(status, b"no"), answer(status, b"still no"), OK)
    office.announced()
    office.run()
    assert office.stored().state == "delivered"
    assert [attempt.status for attempt in office.stored().attempts] == [status, status, 200]
    assert office.dead == []


def test_a_busy_listener_is_left_alone_for_as_long_as_it_asks() -> None:
    office = in_turn(answer(503, retry_after="3600"), OK)
    office.announced()
    office.run()
    first, second = office.heard
    assert 3600 <= second.at - first.at <= 3602


def test_410_turns_the_webhook_off_and_ends_all_its_messages() -> None:
    office = always(answer(410, b"gone"))
    office.announced(7)
    office.announced(8)
    office.run()
    assert office.hook.url is None
    assert len(office.heard) == 1
    assert {office.stored("7.0").state, office.stored("8.0").state} == {"failed"}
    assert "no webhook" in str(office.stored("8.0").attempts[0].error)
    assert office.dead == []


def test_410_of_a_former_address_leaves_the_new_one_on() -> None:
    office = PostOffice(lambda heard: moved() if heard.url == HOOK else OK)

    def moved() -> Reply:
        office.hook.url = "https://new.example.com/"
        return answer(410)

    office.announced()
    office.run()
    assert office.hook.url == "https://new.example.com/"


def test_a_refused_address_is_logged_and_tried_again_for_the_owner_may_mend_it() -> None:
    office = in_turn(RefusedAddress("127.0.0.1 leads inside"), OK)
    office.announced()
    office.run()
    assert office.stored().attempts[0].error == "RefusedAddress: 127.0.0.1 leads inside"
    assert office.stored().state == "delivered"


def test_two_kilobytes_of_an_answer_are_kept() -> None:
    office = always(answer(200, b"y" * 65536))
    office.announced()
    office.run()
    assert office.stored().attempts[0].response == "y" * 2048


def test_a_duplicate_of_the_queue_message_sends_nothing_twice() -> None:
    office = in_turn(answer(500), OK)
    office.announced()
    for _ in range(5):
        office.hide("7.0", 0)
    office.run()
    assert len(office.heard) == 2
    assert office.stored().state == "delivered"


def test_a_message_received_early_waits_on() -> None:
    office = in_turn(answer(500), OK)
    office.announced()
    office.receive()
    assert office.courier.deliver("7.0") == pytest.approx(5, abs=1)
    assert len(office.heard) == 1


def test_a_second_handler_during_an_attempt_does_not_send() -> None:
    office = PostOffice(lambda heard: OK)
    waits = []

    def listener(heard: Heard) -> Reply:
        waits.append(office.courier.deliver("7.0"))
        return OK

    office.reply = listener
    office.announced()
    office.run()
    assert len(office.heard) == 1
    assert waits[0] is not None
    assert 0 < waits[0] <= 60


def test_a_crash_during_an_attempt_leaves_a_trace_and_the_next_handler_goes_on() -> None:
    office = in_turn(Crash(), OK)
    office.announced()
    office.run()
    first, second = office.stored().attempts
    assert first.error is not None
    assert first.error.startswith("Interrupted")
    assert second.status == 200
    assert office.stored().state == "delivered"


def test_a_handler_that_dies_each_time_ends_like_any_failure() -> None:
    office = always(Crash())
    office.announced()
    office.run()
    assert len(office.heard) == 10
    assert office.stored().state == "failed"
    assert len(office.dead) == 1


def test_announcing_again_is_harmless_before_during_and_after_the_delivery() -> None:
    office = in_turn(answer(500), OK)
    office.announced()
    office.announced()
    office.receive()
    office.announced()
    office.run()
    office.announced()
    assert office.queue == []
    assert len(office.heard) == 2


def test_an_announcement_that_died_before_the_queue_is_made_good_by_its_repeat() -> None:
    office = always(OK)
    office.announced()
    office.queue.clear()
    office.announced()
    office.run()
    assert office.stored().state == "delivered"


def test_a_repeat_keeps_the_first_payload() -> None:
    office = always(OK)
    first = office.announced()
    office.clock.jump(100)
    assert office.announced().payload == first.payload


def test_a_replay_sends_the_same_id_and_payload_and_says_rerun() -> None:
    office = in_turn(*[answer(500)] * 10, OK)
    office.announced()
    office.run()
    row = office.outbox.replay(4, "7.0")
    assert row["state"] == "waiting"
    office.run()
    assert office.heard[10].url == f"{HOOK}?rerun=True"
    assert office.heard[10].body == office.heard[0].body
    assert office.heard[10].headers["webhook-id"] == "7.0"
    assert office.stored().state == "delivered"
    assert len(office.stored().attempts) == 11


def test_a_replayed_message_goes_through_the_whole_schedule_again() -> None:
    office = always(answer(500))
    office.announced()
    office.run()
    office.outbox.replay(4, "7.0")
    office.run()
    assert len(office.heard) == 20
    assert len(office.dead) == 2


def test_rerun_is_added_to_a_query_that_is_there() -> None:
    office = always(OK)
    office.hook.url = "https://hook.example.com/?token=1"
    office.announced()
    office.outbox.replay(4, "7.0")
    office.run()
    assert office.heard[-1].url == "https://hook.example.com/?token=1&rerun=True"


def test_a_replay_during_an_attempt_keeps_both() -> None:
    office = PostOffice(lambda heard: OK)

    def listener(heard: Heard) -> Reply:
        if len(office.heard) == 1:
            office.outbox.replay(4, "7.0")
            return answer(500)
        return OK

    office.reply = listener
    office.announced()
    office.run()
    assert [attempt.status for attempt in office.stored().attempts] == [500, 200]
    assert office.stored().state == "delivered"


def test_a_message_of_another_project_cannot_be_replayed() -> None:
    office = always(OK)
    office.announced()
    for project, delivery_id in ((5, "7.0"), (4, "9.0")):
        with pytest.raises(NotFound):
            office.outbox.replay(project, delivery_id)


def test_all_failed_messages_are_replayed_and_no_other() -> None:
    office = PostOffice(lambda heard: OK if json.loads(heard.body)["task_id"] == 8 or mended else answer(500))
    mended: list[bool] = []
    for task in (7, 8, 9):
        office.announced(task)
    office.run()
    mended.append(True)
    assert office.outbox.replay_many(4, "", only_failed=True) == (["7.0", "9.0"], None)
    office.run()
    assert {office.stored(f"{task}.0").state for task in (7, 8, 9)} == {"delivered"}


def test_a_range_is_replayed_page_by_page() -> None:
    office = always(OK)
    for task in range(100, 350):
        office.announced(task)
    office.run(1000)
    pages, last_id = [], ""
    while last_id is not None:
        page, last_id = office.outbox.replay_many(4, last_id, only_failed=False)
        pages.append(len(page))
    assert pages == [100, 100, 50]


def test_a_log_row_has_the_contract_s_columns() -> None:
    office = in_turn(TooSlow("hook.example.com"), answer(500, b"oops"), OK)
    office.announced()
    (unsent,) = office.outbox.log(4, "", 10)
    assert (unsent["response"], unsent["response_status_code"], unsent["state"]) == (None, None, "waiting")
    office.receive()
    (unanswered,) = office.outbox.log(4, "", 10)
    assert (unanswered["response"], unanswered["response_status_code"]) == ("Connection Error", None)
    office.receive()
    (refused,) = office.outbox.log(4, "", 10)
    assert (refused["response"], refused["response_status_code"]) == ("oops", 500)
    assert set(refused) == {
        *("id", "created", "updated", "project_id", "payload", "response", "response_status_code"),
        *("state", "attempts"),
    }
    assert refused["payload"]["task_id"] == 7


REPLIES = st.sampled_from(
    [answer(200), answer(500), answer(503, retry_after="90000"), answer(302), TooSlow("slow"), Crash(), answer(410)]
)
ENDS = (200, 410)


@given(st.lists(REPLIES, max_size=12), st.lists(st.floats(0, 90_000), max_size=4), st.floats(0, 0.999))
def test_whatever_happens_a_message_ends_and_is_sent_ten_times_at_most(
    replies: list[Reply], duplicates: list[float], chance: float
) -> None:
    left = list(replies)
    office = PostOffice(lambda heard: left.pop(0) if left else answer(500), chance=lambda: chance)
    office.announced()
    for seconds in duplicates:
        office.hide("7.0", seconds)
    office.run(400)
    delivery = office.stored()
    answered = [attempt.status for attempt in delivery.attempts]
    ended = [status for status in answered if status in ENDS]
    assert len(office.heard) == len(delivery.attempts) <= 10
    assert [attempt.number for attempt in delivery.attempts] == list(range(1, len(office.heard) + 1))
    assert len({heard.body for heard in office.heard}) == 1
    if ended:
        assert ended == answered[-1:]
        assert delivery.state == ("delivered" if ended == [200] else "failed")
        assert office.dead == []
    else:
        assert (delivery.state, len(office.heard)) == ("failed", 10)
        assert len(office.dead) == 1


def test_the_log_of_a_message_that_is_sent_again_and_again_stays_small() -> None:
    office = always(answer(500, b"y" * 4096))
    office.announced()
    for _ in range(5):
        office.run(1000)
        office.outbox.replay(4, "7.0")
    attempts = office.stored().attempts
    assert [attempt.number for attempt in attempts] == list(range(21, 51))
    assert sum(len(attempt.response) for attempt in attempts) <= 30 * 2048
