"""The errors that callers meet: one class per cause, each with the status and name of contract rest-api.md §6.2.

ContractError
├── BadRequest 400        reserved keys
├── Unauthorized 401      refused to an anonymous caller
├── Forbidden 403         refused to a signed-in caller; rules of a task run
├── NotFound 404
├── MethodNotAllowed 405
├── Conflict 409          an Idempotency-Key that came with another body before
├── TooLarge 413
├── ValueFault 415        "ValueError": not JSON, bad `desc`
├── TypeFault 415         "TypeError": unknown field in the body
├── AttributeFault 415    "AttributeError": unknown query key, missing file
├── DataFault 415         "DataError": a value of the wrong type or size
├── IntegrityFault 415    "DBIntegrityError": missing required field, duplicate unique value
├── TooManyRequests 429
└── Unavailable 503       the store did not answer in time; nothing was stored
"""

from typing import ClassVar


class ContractError(Exception):
    """An error with an answer of its own; `str()` is the message that goes over the wire."""

    status: ClassVar[int]
    name: ClassVar[str]


class BadRequest(ContractError):
    status, name = 400, "BadRequest"


class Unauthorized(ContractError):
    status, name = 401, "Unauthorized"


class Forbidden(ContractError):
    status, name = 403, "Forbidden"


class NotFound(ContractError):
    status, name = 404, "NotFound"

    def __init__(self, what: str) -> None:
        super().__init__(f"404 Not Found: {what}")


class MethodNotAllowed(ContractError):
    status, name = 405, "MethodNotAllowed"


class Conflict(ContractError):
    status, name = 409, "Conflict"


class TooLarge(ContractError):
    status, name = 413, "RequestEntityTooLarge"


class ValueFault(ContractError):
    status, name = 415, "ValueError"


class TypeFault(ContractError):
    status, name = 415, "TypeError"


class AttributeFault(ContractError):
    status, name = 415, "AttributeError"


class DataFault(ContractError):
    status, name = 415, "DataError"


class IntegrityFault(ContractError):
    status, name = 415, "DBIntegrityError"


class TooManyRequests(ContractError):
    status, name = 429, "TooManyRequests"


class Unavailable(ContractError):
    status, name = 503, "ServiceUnavailable"
