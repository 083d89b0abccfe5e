"""`GET /api/globalstats` (contract rest-api.md §9.13)."""

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.core.site_totals import totals_row


def globalstats(call: Call) -> Answer:
    """The site's totals, some minutes old; parameters are ignored."""
    return Answer(totals_row(call.services.site_totals.current(), call.services.categories))
