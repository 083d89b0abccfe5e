"""The five things that can be done with a resource, in the contract's order of checks (rest-api.md §2)."""

import random
import time
from contextlib import suppress
from typing import Any

from chalicelib.api.answers import NO_CONTENT, Answer
from chalicelib.api.calls import Call, number_in_path
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.links import add_links
from chalicelib.api.related import embed_related
from chalicelib.api.tags import tagged
from chalicelib.core.bodies import changed_fields, new_fields
from chalicelib.core.errors import Unavailable
from chalicelib.core.permissions import refuse
from chalicelib.core.queries import Query, check_write_keys, read_query
from chalicelib.core.repositories import Changed

ATTEMPTS = 8
PAUSE_SECONDS = 0.02  # longer with each attempt


def list_items(endpoint: Endpoint[Any], call: Call) -> Answer:
    """`GET /api/<resource>`: what the caller may not read is left out (§2, GET list)."""
    query = read_query(endpoint.resource, call.query, call.services.settings.fulltextsearch_language)
    items = endpoint.select(call, query)
    rows = [add_links(call.site, endpoint.resource, endpoint.shown(call, item)) for item in items]
    if query.search is not None:
        for item, row in zip(items, rows, strict=True):
            row.update(query.search.shown(endpoint.visible(call, item)))
    _embed(endpoint, call, items, rows, query)
    return Answer(rows)


def get_item(endpoint: Endpoint[Any], call: Call, identifier: str) -> Answer:
    """`GET /api/<resource>/<id>`: other query keys are nobody's business (§2, GET one)."""
    item = endpoint.found(call, number_in_path(identifier))
    if not endpoint.may_read(call, item):
        refuse(call.caller)
    row = add_links(call.site, endpoint.resource, endpoint.shown(call, item))
    related, stats, full = (bool(call.query.get(name)) for name in ("related", "stats", "full"))
    _embed(endpoint, call, [item], [row], Query(related=related, stats=stats, full=full))
    return tagged(call, Answer(row))


def create_item(endpoint: Endpoint[Any], call: Call) -> Answer:
    """`POST /api/<resource>`."""
    check_write_keys(endpoint.resource, call.query)
    given = new_fields(endpoint.resource, endpoint.body(call))
    endpoint.check_create(call, given)
    return Answer(endpoint.answer_to_write(call, endpoint.create(call, given)))


def update_item(endpoint: Endpoint[Any], call: Call, identifier: str) -> Answer:
    """`PUT /api/<resource>/<id>`: a partial update; a JSON field is replaced whole."""
    check_write_keys(endpoint.resource, call.query)
    for attempt in range(ATTEMPTS):
        time.sleep(random.uniform(0, attempt * PAUSE_SECONDS))
        item = endpoint.found(call, number_in_path(identifier))
        endpoint.check_update(call, item)
        given = changed_fields(endpoint.resource, endpoint.body(call), endpoint.row(item))
        # Two callers who change different fields of one object at once: the slower one reads again and adds its own.
        with suppress(Changed):
            return Answer(endpoint.answer_to_write(call, endpoint.update(call, item, given)))
    raise Unavailable("Others change this just now; send it again in a moment.")


def delete_item(endpoint: Endpoint[Any], call: Call, identifier: str) -> Answer:
    """`DELETE /api/<resource>/<id>`: a body is ignored, the answer is empty."""
    check_write_keys(endpoint.resource, call.query)
    item = endpoint.found(call, number_in_path(identifier))
    endpoint.check_delete(call, item)
    endpoint.delete(call, item)
    return NO_CONTENT


def _embed(endpoint: Endpoint[Any], call: Call, items: list[Any], rows: list[dict[str, Any]], query: Query) -> None:
    """Add what `related` and `stats` ask for (§4.5)."""
    endpoint.embed(call, items, rows, query)
    if query.related:
        embed_related(call, endpoint.resource.name, items, rows)
