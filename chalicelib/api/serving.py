"""From a table of routes to Chalice views: whatever happens becomes an answer in the contract's shape."""

import logging
from collections.abc import Callable, Iterable
from functools import partial

from chalice.app import Blueprint, Response

from chalicelib.api.answers import Answer, as_response, cors_headers
from chalicelib.api.calls import Call, call_of
from chalicelib.api.errors import defect_answer, error_answer
from chalicelib.api.operations import Place, Route, View
from chalicelib.api.repeats import answer_once
from chalicelib.core.errors import ContractError, TooManyRequests
from chalicelib.core.services import services_of

log = logging.getLogger(__name__)

WITH_KEYS_OF_THEIR_OWN = frozenset({"taskrun"})  # the run keeps the key it came with (core/submission.py)


def blueprint_of(name: str, routes: Iterable[Route]) -> Blueprint:
    """A new blueprint with every path and its methods, and OPTIONS."""
    blueprint = Blueprint(name)
    for path, methods in routes:
        unlimited = Place(path, "OPTIONS", limited=False)
        served = {method: (place, view) for method, (place, view, _) in methods.items()}
        for method, (place, view) in {**served, "OPTIONS": (unlimited, _options)}.items():
            function = _answered(blueprint, place, view)
            blueprint.route(path, methods=[method], name=f"api:{method}:{path}", content_types=[])(function)
    return blueprint


def _options(call: Call, **captured: str) -> Answer:
    return Answer(empty=True)


def _answered(blueprint: Blueprint, place: Place, view: View) -> Callable[..., Response]:
    def answer(**captured: str) -> Response:
        call = call_of(services_of(blueprint.current_app), blueprint.current_request)
        extra = cors_headers(call.headers, preflight=call.method == "OPTIONS")
        try:
            if place.limited:
                allowance = call.services.rate_limits.take(place.endpoint, call.counted)
                extra.update(allowance.headers())
                allowance.check()
                assert call.caller  # a token that is not good is refused wherever it is sent
            repeatable = place.endpoint not in WITH_KEYS_OF_THEIR_OWN
            found = answer_once(call, partial(view, call, **captured)) if repeatable else view(call, **captured)
            return as_response(found, extra)
        except ContractError as error:
            found = error_answer(error, place.action, _target(place, call, error))
        except Exception as error:
            log.exception("%s %s failed", call.method, call.path)
            found = defect_answer(error, place.action, place.target or call.path)
        return as_response(found, extra)

    return answer


def _target(place: Place, call: Call, error: ContractError) -> str:
    return call.path if place.target is None or isinstance(error, TooManyRequests) else place.target
