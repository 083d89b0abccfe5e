"""A caller of the API who writes down every exchange and knows what it does not know."""

import http.client
import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.soak.history import OK, REFUSED, UNKNOWN, Line, Recorder

TIMEOUT_SECONDS = 40.0
LONGEST_PAUSE_SECONDS = 1.5
Turn = Callable[[], AbstractContextManager[None]]


class Caller:
    """One person's way to the site: a kept-alive connection to one of its servers, another one when that fails.

    `turn` is entered for each exchange: it waits while everybody is to be quiet. `loses_patience`: whether to hang up
    now before the answer to a POST, which the server then carries out alone.
    """

    def __init__(
        self,
        who: str,
        urls: Sequence[str],
        recorder: Recorder,
        turn: Turn,
        loses_patience: Callable[[], bool] = lambda: False,
    ) -> None:
        self.who = who
        self._servers = [urlsplit(url).netloc for url in urls]
        self._recorder = recorder
        self._turn = turn
        self._loses_patience = loses_patience
        self._connection: http.client.HTTPConnection | None = None

    def exchange(
        self,
        what: str,
        request: dict[str, Any],
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        short: Callable[[Any], Any] = lambda answer: answer,
        **query: Any,
    ) -> tuple[Line, Any]:
        """The line that was written, `request` and `short(answer)` in it, and the whole answer."""
        target = f"{path}?{urlencode(query)}" if query else path
        with self._turn():
            asked = time.monotonic()
            status, text = self._send(method, target, body, headers or {})
            answered = time.monotonic()
        answer, outcome = _parsed(status, text)
        told = short(answer) if outcome == OK else (answer or text)
        line = Line(self.who, what, asked, answered, request, outcome, status, told)
        return self._recorder.write(line), answer

    def until_known(
        self, enough: Callable[[], bool], what: str, request: dict[str, Any], method: str, path: str, **given: Any
    ) -> tuple[Line, Any]:
        """As `exchange`, again and again while nobody says what became of it, or until there is `enough` of that."""
        for attempt in itertools.count():
            line, answer = self.exchange(what, request, method, path, **given)
            if line.outcome != UNKNOWN or enough():
                return line, answer
            time.sleep(min(LONGEST_PAUSE_SECONDS, 0.1 * 2**attempt))
        raise AssertionError("the count has no end")

    def _send(self, method: str, target: str, body: Any, headers: Mapping[str, str]) -> tuple[int, str]:
        """Status and text; status 0 with the reason when the exchange broke off."""
        if self._connection is None:
            self._servers.append(self._servers.pop(0))
            self._connection = http.client.HTTPConnection(self._servers[0], timeout=TIMEOUT_SECONDS)
        try:
            sent = None if body is None else json.dumps(body)
            self._connection.request(method, target, sent, {"Content-Type": "application/json", **headers})
            if method == "POST" and self._loses_patience():
                self.close()
                return 0, "hung up before the answer"
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return 0, f"{type(error).__name__}: {error}"

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _parsed(status: int, text: str) -> tuple[Any, str]:
    """429 and 4xx say that nothing was done; anything above, and silence, says nothing."""
    if status == 0 or status >= 500:
        return None, UNKNOWN
    try:
        answer = json.loads(text) if text else None
    except ValueError:
        answer = None
    return answer, OK if status < 400 else REFUSED
