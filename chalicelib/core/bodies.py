"""From the body of a POST or PUT to the fields it sets (contract rest-api.md §2): first which keys, then which values.

The two steps are apart because the order of checks puts the caller's permission between them.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.core.errors import BadRequest, DataFault, Forbidden, IntegrityFault, TypeFault, ValueFault
from chalicelib.core.filters import decimal
from chalicelib.core.resources import Field, Kind, Resource

LINKS = frozenset({"link", "links"})
SENT_BACK = LINKS | {"headline", "rank", "stats", "task_runs", "task", "result"}  # what only a GET adds
MOST_INT = 2**53
SMALLEST, LARGEST = 1e-100, 1e100  # the store keeps 1e-130 to 1e126
NO_PUBLISHING = "You cannot publish a project via the API"


def new_fields(resource: Resource, body: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that a POST sets. Raises BadRequest or Forbidden for reserved ones, TypeFault for unknown ones."""
    for key in body:
        _refuse_reserved(resource, key)
    return _known(resource, body, LINKS)


def changed_fields(resource: Resource, body: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that a PUT sets. Reserved ones that say what is so already are left out (§17.5), as is what a GET adds;
    others raise as in `new_fields`."""
    kept = {key: value for key, value in body.items() if not _unchanged(resource, key, value, old)}
    for key in kept:
        if key not in SENT_BACK or key in resource.by_name:
            _refuse_reserved(resource, key)
    return _known(resource, kept, SENT_BACK - resource.by_name.keys())


def _unchanged(resource: Resource, key: str, value: Any, old: Mapping[str, Any]) -> bool:
    return key in resource.reserved and key in old and type(value) is type(old[key]) and bool(value == old[key])


def _refuse_reserved(resource: Resource, key: str) -> None:
    if key in resource.forbidden:
        raise Forbidden(NO_PUBLISHING)
    if key in resource.reserved:
        raise BadRequest("Reserved keys in payload" + (f": {key}" if resource.reserved_names_key else ""))


def _known(resource: Resource, body: Mapping[str, Any], ignored: frozenset[str]) -> dict[str, Any]:
    found = {key: value for key, value in body.items() if key not in ignored}
    for key in found:
        if key not in resource.by_name:
            raise TypeFault(f"'{key[:80]}' is an invalid keyword argument for {resource.model}")
    return found


def with_defaults(resource: Resource, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of a new object that a caller may set, checked. Raises IntegrityFault when a required one is
    missing, DataFault or ValueFault for a wrong value."""
    missing = [field.name for field in resource.fields if field.required and given.get(field.name) in (None, "")]
    if missing:
        raise IntegrityFault(f"{', '.join(missing)} must be given and not be empty.")
    checked = check_values(resource, given)
    open_fields = [field for field in resource.fields if field.name not in resource.reserved]
    return {field.name: checked.get(field.name, _default(field)) for field in open_fields}


def check_values(resource: Resource, given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` with every value of its field's type; raises DataFault, ValueFault, IntegrityFault."""
    return {key: _checked(resource.by_name[key], value) for key, value in given.items()}


def _default(field: Field) -> Any:
    return type(field.default)(field.default) if isinstance(field.default, dict | list) else field.default


def _checked(field: Field, value: Any) -> Any:
    if field.required and value in (None, ""):
        raise IntegrityFault(f"{field.name} must not be empty.")
    if value is None and field.kind is not Kind.OBJECT:
        return None if field.nullable else _default(field)
    return CHECKS[field.kind](field, value)


def _int(field: Field, value: Any) -> int:
    """A whole number, also as text of digits: the reference's database casts it (§4.2)."""
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal() and value.isascii() and len(value) <= 20:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_INT:
        raise DataFault(f"{field.name} must be a whole number below 2**53.")
    return value


def _float(field: Field, value: Any) -> float:
    number = decimal(value) if isinstance(value, str) else value
    plain = isinstance(number, int | float) and not isinstance(number, bool)
    if number is None or not plain or not (number == 0 or SMALLEST < abs(number) < LARGEST):
        raise DataFault(f"{field.name} must be a number.")
    return float(number)


def _bool(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise DataFault(f"{field.name} must be true or false.")
    return value


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise DataFault(f"{field.name} must be text.")
    if len(value) > (field.longest or math.inf):
        raise DataFault(f"{field.name} has {len(value)} characters; at most {field.longest} are kept.")
    if "\x00" in value:
        raise DataFault(f"{field.name} must not contain the character U+0000.")
    return value


def _json(field: Field, value: Any) -> Any:
    return value


def _object(field: Field, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueFault(f"{field.name} must be a JSON object.")
    return value


def _ints(field: Field, value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) > 1000:
        raise DataFault(f"{field.name} must be a list of at most 1000 whole numbers.")
    return [_int(field, member) for member in value]


CHECKS: Mapping[Kind, Callable[[Field, Any], Any]] = {
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.BOOL: _bool,
    Kind.TEXT: _text,
    Kind.TIME: _text,
    Kind.JSON: _json,
    Kind.OBJECT: _object,
    Kind.INTS: _ints,
}
