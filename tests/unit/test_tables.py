"""The models' shared connection. Nothing is opened here."""

import sys
import threading

import pytest

from chalicelib.store import tables


@pytest.fixture
def restless():
    """Threads take turns after a microsecond instead of five milliseconds, which makes them meet."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless")
def test_threads_that_meet_a_table_first_at_once_share_one_connection():
    # Each stack's name is new to the models, so that the first meeting happens again and again.
    for number in range(30):
        tables.connect(f"stack-{number}", "us-east-1")
        start = threading.Barrier(8)
        failures: list[Exception] = []
        seen: set[int] = set()

        def meet(start=start, failures=failures, seen=seen):
            start.wait()
            try:
                seen.update(id(table._get_connection().connection) for table in tables.TABLES)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=meet) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(seen) == 1
