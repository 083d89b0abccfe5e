"""The functions behind the bucket and the import queue, called with the events that AWS sends."""

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.api.front_door import FrontDoor
from chalicelib.core.imports import Record
from chalicelib.triggers import import_slices, objects
from tests.fakes.import_memory import Memory
from tests.fakes.importing import Importing, counts

TABLE = b"url\n" + b"".join(b"u%d\n" % n for n in range(20))


class Container:
    """Both functions as their Lambda containers have them, with stores in memory."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.importing = Importing(slice_rows=5, records=self.memory, batches=self.memory)
        self.left_milliseconds = 120_000
        self.hidden: list[float] = []
        self.told: list[Record] = []

    def object_created(self, *records: Any) -> None:
        self._app(objects.blueprint)
        objects.object_created({"Records": list(records)}, None)

    def import_slice(self, body: str, receives: int = 1) -> list[str]:
        """Invoke with one message; the ids that SQS is to keep."""
        self._app(import_slices.blueprint)
        attributes = {"ApproximateReceiveCount": str(receives)}
        message = {"messageId": "m1", "receiptHandle": "r", "body": body, "attributes": attributes}
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: self.left_milliseconds)
        reported = import_slices.import_slice({"Records": [message]}, context)
        return [failure["itemIdentifier"] for failure in reported["batchItemFailures"]]

    def _app(self, blueprint: Any) -> None:
        queues = SimpleNamespace(hide=lambda url, handle, seconds: self.hidden.append(seconds))
        settings = SimpleNamespace(import_queue_url="the queue")
        telling = SimpleNamespace(tell=self.told.append)
        imports = self.importing.imports
        services: Any = SimpleNamespace(imports=imports, import_telling=telling, queues=queues, settings=settings)
        FrontDoor("test", services).register_blueprint(blueprint)


@pytest.fixture
def container() -> Container:
    return Container()


def test_an_object_waits_in_the_queue_and_the_message_imports_it(container: Container) -> None:
    container.object_created(container.importing.upload("t.csv", TABLE))
    assert container.importing.queue == [1]
    assert counts(container.importing.record(1)) == ("waiting", 0, 0, 0, 0)
    assert container.import_slice('{"import_id": 1}') == []
    assert counts(container.importing.record(1)) == ("finished", 20, 20, 0, 0)
    assert container.told == [container.importing.record(1)]


def test_an_event_may_hold_several_objects_and_some_that_are_none_of_ours(container: Container) -> None:
    ours = [container.importing.upload(name, TABLE) for name in ("a.csv", "b.csv")]
    container.object_created(ours[0], container.importing.drawer.arrive("imports/p/", b""), ours[1])
    assert container.importing.queue == [1, 2]


def test_the_event_that_s3_sends_to_try_a_notification_is_passed_over() -> None:
    container = Container()
    container.object_created()
    objects.object_created({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}, None)
    assert container.importing.queue == []


def test_a_message_whose_time_ends_sends_the_next(container: Container) -> None:
    container.object_created(container.importing.upload("t.csv", TABLE))
    container.left_milliseconds = 10_000
    assert container.import_slice('{"import_id": 1}') == []
    assert container.importing.queue == [1, 1]
    assert container.importing.record(1).total == 20  # the first pass is over
    assert container.import_slice('{"import_id": 1}') == []
    assert container.importing.record(1).rows_seen == 5


def test_a_message_that_fails_is_kept_and_the_last_time_the_record_says_so(container: Container) -> None:
    container.object_created(container.importing.upload("t.csv", TABLE))

    def broken() -> None:
        raise OSError

    for receives in range(1, import_slices.ATTEMPTS + 1):
        container.memory.fault = broken
        assert container.importing.record(1).state == "waiting"
        if receives == import_slices.ATTEMPTS:
            container.memory.fault = _once(container.memory, broken)
        assert container.import_slice('{"import_id": 1}', receives) == ["m1"]
    assert container.importing.record(1).state == "failed"
    assert container.hidden == [15, 30, 60, 120, 240]
    assert container.told == [container.importing.record(1)]
    (error,) = container.importing.imports.errors(1)
    assert "OSError" in error.reason


def test_an_import_whose_handlers_are_killed_each_time_fails_as_well(container: Container) -> None:
    """For want of memory, say: nobody could write down why."""
    container.object_created(container.importing.upload("t.csv", TABLE))
    assert container.import_slice('{"import_id": 1}', import_slices.LAST_RECEIVE) == ["m1"]
    assert container.importing.record(1).state == "failed"
    (error,) = container.importing.imports.errors(1)
    assert "after 5 attempts (HandlerDied)" in error.reason


def _once(memory: Memory, fault: Any) -> Any:
    def die() -> None:
        memory.fault = lambda: None
        fault()

    return die


def test_a_message_that_cannot_be_read_is_kept_for_the_dead_letters(container: Container) -> None:
    assert container.import_slice("no json") == ["m1"]
