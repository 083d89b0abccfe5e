"""Who sends the mail about an import that is over: the handler whose message ended it, or the one after it.

The mail goes before the message is acknowledged, so that it is not lost when the handler dies or SES does not take it:
the message comes again, and finds the import over and untold. Two handlers may work on an import at once (a message
comes twice; another one looks after imports that requests began), so that a claim is stored before: the other one
leaves, and its message comes again in case the first died. A mail is sent twice only when a handler dies between
sending and noting that it was sent.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from chalicelib.core.import_reports import Reports, is_told
from chalicelib.core.imports import Overtaken, Record, RowError

CLAIM_SECONDS = 45.0  # longer than SES may take to answer (edge/clients.py)


class BeingTold(Exception):
    """Another handler is about to send the mail; look again later whether it has."""


class Records(Protocol):
    def checkpoint(self, old: Record, new: Record, errors: Sequence[RowError]) -> None: ...
    def errors(self, import_id: int) -> list[RowError]: ...


class Telling:
    """`clock` gives epoch seconds."""

    def __init__(self, records: Records, reports: Reports, clock: Callable[[], float]) -> None:
        self._records = records
        self._reports = reports
        self._clock = clock

    def tell(self, record: Record) -> None:
        """Send the mail, if the import is over and there is one to send that was not sent. Raises BeingTold, and
        whatever the mail's sender raises: the message has to come again."""
        if not record.over or record.told or not is_told(record):
            return
        claimed = self._claimed(record)
        self._reports.send(claimed, self._records.errors(record.id))
        with suppress(Overtaken):  # it is being withdrawn, and not told any more
            self._records.checkpoint(claimed, claimed.moved(told=True), ())

    def _claimed(self, record: Record) -> Record:
        now = self._clock()
        if record.telling > now:
            raise BeingTold(record.id)
        claimed = record.moved(telling=now + CLAIM_SECONDS)
        try:
            self._records.checkpoint(record, claimed, ())
        except Overtaken as error:
            raise BeingTold(record.id) from error
        return claimed
