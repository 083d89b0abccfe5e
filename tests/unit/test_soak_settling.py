"""Volunteers of a soak are sent to the end only when nobody and nothing brings tasks any more."""

import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.soak import settling
from tests.soak.baton import Baton
from tests.soak.calling import Caller
from tests.soak.history import Recorder, read_history
from tests.soak.owner import Estate, Holding, Owner
from tests.soak.pulse import Pulse

HOLDING = Holding(1, "clouds", {}, stock=10)
Work = Callable[[], None]


class Server:
    """Answers 503, as it does for a key whose first sender was killed, until `open` is set: then `[]` to everything."""

    def __init__(self) -> None:
        self.open, self.asked = threading.Event(), threading.Event()
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Request, self))
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=partial(self._http.serve_forever, poll_interval=0.01)).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class Request(http.server.BaseHTTPRequestHandler):
    def __init__(self, site: Server, *given: Any) -> None:
        self._site = site
        super().__init__(*given)

    def do_GET(self) -> None:
        self._site.asked.set()
        self.send_response(200 if self._site.open.is_set() else 503)
        self.end_headers()
        self.wfile.write(b"[]")

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def owner(server: Server, baton: Baton, recorder: Recorder) -> Work:
    return Owner(Estate("key", "bucket", "", [HOLDING]), [server.url], recorder, baton, 1).read_things


def pulse(server: Server, baton: Baton, recorder: Recorder) -> Work:
    caller = Caller("pulse", [server.url], recorder, baton.turn)
    return Pulse(1, "key", caller, recorder, baton).beat


@pytest.mark.parametrize("changing", [owner, pulse])
def test_what_was_begun_is_brought_to_its_end_and_nothing_begins_after(
    changing: Callable[[Server, Baton, Recorder], Work], server: Server, tmp_path: Path
) -> None:
    baton = Baton()
    work = threading.Thread(target=changing(server, baton, Recorder(tmp_path / "one.jsonl")))
    work.start()
    server.asked.wait()
    baton.settle()
    server.asked.clear()
    server.asked.wait()  # it is repeated
    assert work.is_alive()
    server.open.set()
    work.join()
    lines = read_history(tmp_path)
    first = [line for line in lines if line.request == lines[0].request]
    assert [line.outcome for line in first] == ["unknown"] * (len(first) - 1) + ["ok"]
    assert len(lines) - len(first) == (1 if changing is pulse else 0)  # the pulse asks for its task then


class Site:
    """One project whose imports and withdrawals are as told, one step further each time that somebody looks."""

    def __init__(self, steps: list[tuple[list[str], list[str | None], list[str]]]) -> None:
        self._steps = steps
        self.looked = 0

    @property
    def _now(self) -> tuple[list[str], list[str | None], list[str]]:
        return self._steps[self.looked - 1]

    def all_of(self, resource: str, project_id: int) -> list[dict[str, Any]]:
        self.looked += 1
        assert (resource, project_id) == ("import", HOLDING.project_id)
        keys, ends, _ = self._now
        return [{"source": {"key": key}, "finished": end} for key, end in zip(keys, ends, strict=False)]

    def files(self, short_name: str) -> set[str]:
        return set(self._now[0])

    def call(self, method: str, path: str, limit: int) -> list[dict[str, str]]:
        return [{"state": state} for state in self._now[2]]


def test_volunteers_wait_for_files_imports_and_withdrawals(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(
        [
            (["a", "b"], ["now"], []),  # a file without an import
            (["a", "b"], ["now", None], []),  # an import that is not over
            (["a", "b"], ["now", "now"], ["running"]),
            (["a", "b"], ["now", "now"], ["finished", "cancelled"]),
        ]
    )
    monkeypatch.setattr(settling, "PAUSE_SECONDS", 0.0)
    settling.await_tasks(site, [HOLDING])  # type: ignore[arg-type]
    assert site.looked == 4


def test_what_takes_too_long_is_waited_for_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "PATIENCE_SECONDS", 0.0)
    looked: list[bool] = []
    settling.until(lambda: bool(looked.append(True)))
    assert looked == [True]
