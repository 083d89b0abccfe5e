"""The template's queues and event source mappings: nothing lost, nothing tried for ever (R4, R7, R8)."""

import pytest

from chalicelib.core.walks import SETTLE_SECONDS
from chalicelib.edge.queues import LONGEST_HIDING_SECONDS
from chalicelib.settings import Settings
from chalicelib.triggers.import_slices import LAST_RECEIVE
from tests.unit.template.reading import Resources, mappings, of_type, properties, text

FOURTEEN_DAYS = 14 * 24 * 3600


def test_every_queue_is_encrypted_and_keeps_messages_for_fourteen_days(resources: Resources) -> None:
    queues = of_type(resources, "AWS::SQS::Queue")
    working = {f"{name}{kind}Queue" for name in ("Imports", "Walks", "Webhooks") for kind in ("", "Dead")}
    assert set(queues) == working | {"StreamDeadQueue"}
    for queue in queues.values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True
        assert queue["Properties"]["MessageRetentionPeriod"] == FOURTEEN_DAYS


@pytest.mark.parametrize(("name", "at_least"), [("Imports", 3), ("Walks", 3), ("Webhooks", 20)])
def test_a_work_queue_hands_hopeless_messages_to_its_dead_letter_queue(
    name: str, at_least: int, resources: Resources
) -> None:
    redrive = properties(resources, f"{name}Queue")["RedrivePolicy"]
    assert text(redrive["deadLetterTargetArn"]) == f"{name}DeadQueue.Arn"
    assert redrive["maxReceiveCount"] >= at_least


def test_the_import_function_knows_when_a_message_comes_for_the_last_time(resources: Resources) -> None:
    assert properties(resources, "ImportsQueue")["RedrivePolicy"]["maxReceiveCount"] == LAST_RECEIVE


@pytest.mark.parametrize("function", ["ObjectCreated", "ImportSlice", "APIHandler"])
def test_a_walk_settles_only_when_no_function_can_list_tasks_by_a_former_scheduler(
    function: str, resources: Resources
) -> None:
    assert properties(resources, function)["Timeout"] + Settings().project_cache_seconds < SETTLE_SECONDS


def test_the_webhook_queue_outlives_the_whole_schedule_of_a_delivery(resources: Resources) -> None:
    delays = [2 * int(delay) for delay in Settings().webhook_delays.split(",")]  # twice, for jitter and Retry-After
    receives = sum(1 + delay // LONGEST_HIDING_SECONDS for delay in delays)
    assert properties(resources, "WebhooksQueue")["RedrivePolicy"]["maxReceiveCount"] > receives
    assert sum(delays) < FOURTEEN_DAYS


def test_each_function_listens_to_its_own_source(resources: Resources) -> None:
    assert {function: text(mapping["EventSourceArn"]) for function, mapping in mappings(resources).items()} == {
        "ImportSlice": "ImportsQueue.Arn",
        "WalkTasks": "WalksQueue.Arn",
        "Deliver": "WebhooksQueue.Arn",
        "SheetChanged": "SheetsTable.StreamArn",
    }


@pytest.mark.parametrize("function", ["ImportSlice", "WalkTasks", "Deliver", "SheetChanged"])
def test_a_batch_may_fail_in_part(function: str, resources: Resources) -> None:
    assert mappings(resources)[function]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize(
    ("function", "queue"),
    [("ImportSlice", "ImportsQueue"), ("WalkTasks", "WalksQueue"), ("Deliver", "WebhooksQueue")],
)
def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_run(
    function: str, queue: str, resources: Resources
) -> None:
    window = mappings(resources)[function]["MaximumBatchingWindowInSeconds"]
    hidden = properties(resources, queue)["VisibilityTimeout"]
    assert hidden >= 6 * properties(resources, function)["Timeout"] + window


def test_a_webhook_batch_that_only_meets_slow_receivers_ends_in_time(resources: Resources) -> None:
    seconds_per_webhook = 20
    batch = mappings(resources)["Deliver"]["BatchSize"]
    assert properties(resources, "Deliver")["Timeout"] > batch * seconds_per_webhook


def test_a_poison_record_of_the_stream_is_cornered_bounded_and_kept(resources: Resources) -> None:
    stream = mappings(resources)["SheetChanged"]
    assert stream["StartingPosition"] == "TRIM_HORIZON"
    assert stream["BisectBatchOnFunctionError"] is True
    assert 1 <= stream["MaximumRetryAttempts"] <= 10
    assert 60 <= stream["MaximumRecordAgeInSeconds"] <= 6 * 3600
    assert text(stream["DestinationConfig"]["OnFailure"]["Destination"]) == "StreamDeadQueue.Arn"
    assert stream["MaximumBatchingWindowInSeconds"] <= 5


def test_an_object_event_that_fails_thrice_is_kept(resources: Resources) -> None:
    retries = properties(resources, "ObjectCreatedRetries")
    assert text(retries["FunctionName"]) == "ObjectCreated"
    assert retries["MaximumRetryAttempts"] == 2
    assert text(retries["DestinationConfig"]["OnFailure"]["Destination"]) == "ImportsDeadQueue.Arn"
