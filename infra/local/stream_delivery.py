"""Stream records go to their function as on AWS: a failed record is tried again, cornered, and at last kept elsewhere.

The emulator's own poll takes a batch that reports failed records for a success (they are lost), and tries a batch that
raises for ever (nothing behind it is seen). Ours follows AWS's "Using DynamoDB as an event source": the lowest
reported record is the checkpoint, a batch that failed is halved, and a record that failed MaximumRetryAttempts times
or is older than MaximumRecordAgeInSeconds goes to the failure destination. One difference: AWS gives up what is left
of the batch, ours the first record of it. Filters and parallel readers of one shard are not offered, and windows are
cut short.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import dynamodb, lambda_svc

from infra.local import stream_backlog

Mapping = dict[str, Any]
FIRST_PAUSE = 0.1  # seconds before a failed batch is tried again; doubles up to:
LONGEST_PAUSE = 10.0
LONGEST_WINDOW = 0.05  # seconds to gather records; AWS waits as long as the mapping says, a person here should not


@dataclass
class Trouble:
    """What went wrong at a mapping's checkpoint so far."""

    failures: int = 0
    size: int = 0  # records to try next
    until: float = 0.0  # epoch seconds before which not to try


class StreamDelivery:
    """Stands in for the emulator's stream poll. `clock` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._troubles: dict[str, Trouble] = {}

    def poll(self) -> bool:
        """Start one invocation for each mapping that has records and none under way; whether there was any."""
        started = False
        for account, region, mapping in lambda_svc._iter_all_esms():
            tokens = lambda_svc._request_account_id.set(account), lambda_svc._request_region.set(region)
            try:
                started = self._start((account, region), mapping) or started
            finally:
                lambda_svc._request_account_id.reset(tokens[0])
                lambda_svc._request_region.reset(tokens[1])
        return started

    def _start(self, place: tuple[str, str], mapping: Mapping) -> bool:
        table = _table_of(mapping)
        identity = mapping["UUID"]
        if table is None or not mapping.get("Enabled", True) or lambda_svc._esm_inflight.get(identity):
            return False
        trouble = self._troubles.get(identity, Trouble(size=int(mapping.get("BatchSize", 100))))
        if self._clock() < trouble.until or not dynamodb.stream_records_since(table, _position(identity, table), 1):
            return False
        lambda_svc._dispatch_esm_batch(identity, self._deliver, (*place, table), mapping, trouble.size)
        return True

    def _deliver(self, scope: tuple[str, str, str], mapping: Mapping, size: int) -> None:
        function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        if function is None:
            return
        time.sleep(min(LONGEST_WINDOW, float(mapping.get("MaximumBatchingWindowInSeconds", 0))))
        position = _position(mapping["UUID"], scope[2])
        batch = dynamodb.stream_records_since(scope[2], position, size)
        result = lambda_svc._execute_function(function, {"Records": batch})
        done = handled(batch, result)
        if done == len(batch):
            self._troubles.pop(mapping["UUID"], None)
        elif self._is_hopeless(mapping, batch, done, raised=bool(result.get("error"))):
            lambda_svc._send_ddb_stream_failure_record(
                mapping, function, [batch[done]], mapping["EventSourceArn"], result, "RetryAttemptsExhausted"
            )
            self._troubles.pop(mapping["UUID"], None)
            done += 1
        with lambda_svc._dynamodb_stream_positions_lock:
            lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position + done
        mapping["LastProcessingResult"] = "OK" if done == len(batch) else "FAILED"
        stream_backlog.forget_seen(scope)

    def _is_hopeless(self, mapping: Mapping, batch: list[Any], done: int, raised: bool) -> bool:
        """Note the failure; whether the first record that is not done is to be given up. A batch that raised does not
        say which record it was: it is halved, which does not count as a try, until one record is left."""
        before = self._troubles.get(mapping["UUID"], Trouble())
        cornered = not raised or len(batch) == 1
        failures = (before.failures if done == 0 else 0) + cornered
        size = max(1, len(batch) // 2) if raised else int(mapping.get("BatchSize", 100))
        now = self._clock()
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**failures)
        self._troubles[mapping["UUID"]] = Trouble(failures, size, now + pause)
        retries = int(mapping.get("MaximumRetryAttempts", -1))
        oldest = int(mapping.get("MaximumRecordAgeInSeconds", -1))
        age = now - batch[done]["dynamodb"]["ApproximateCreationDateTime"]
        return cornered and ((0 <= retries < failures) or (0 <= oldest < age))


def handled(batch: list[Any], result: Mapping) -> int:
    """How many records from the start of the batch are done with, by what the function answered."""
    if result.get("error"):
        return 0
    answer = result.get("body")
    failures = answer.get("batchItemFailures") or [] if isinstance(answer, dict) else []
    failed = {failure["itemIdentifier"] for failure in failures}
    numbers: list[str] = [record["dynamodb"]["SequenceNumber"] for record in batch]
    place_of_first = (place for place, number in enumerate(numbers) if number in failed)
    return next(place_of_first, len(batch))


def _table_of(mapping: Mapping) -> str | None:
    """The table whose current stream the mapping reads; None for other sources and for streams that were replaced."""
    source = mapping.get("EventSourceArn", "")
    if ":dynamodb:" not in source or "/stream/" not in source:
        return None
    name = str(source.split(":table/")[1].split("/stream/")[0])
    return name if (dynamodb._tables.get(name) or {}).get("LatestStreamArn") == source else None


def _position(identity: str, table: str) -> int:
    """Where the mapping reads next: its checkpoint, or the oldest record that is still kept."""
    oldest: int = dynamodb.stream_start_position(table)
    with lambda_svc._dynamodb_stream_positions_lock:
        reached: int = lambda_svc._dynamodb_stream_positions.get(identity, oldest)
    return max(reached, oldest)
