"""Forms: what is sent, and how a form looks as JSON and as HTML (contract web.md §1.2, §1.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.api.forms import MOST_BYTES as MOST_FILE_BYTES
from chalicelib.api.forms import Upload, is_form, parse_form
from chalicelib.core.documents import parse
from chalicelib.core.errors import BadRequest, ContractError, TooLarge
from chalicelib.web.guards import CSRF_FIELD, check_csrf, csrf_token
from chalicelib.web.visits import Visit

MOST_BYTES = 1_000_000
MOST_FIELDS = 100
YES = frozenset({"1", "true", "on", "yes", "y"})


@dataclass(frozen=True)
class Field:
    """One field. `kind` is the type of its HTML control: text, email, password, checkbox, area (of so many `rows`),
    code, url, number, select, file."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    autocomplete: str = "off"
    required: bool = True
    longest: int | None = None
    options: Sequence[tuple[Any, str]] = ()
    rows: int = 12


@dataclass(frozen=True)
class Form:
    """Fields with their values and what is wrong with them."""

    fields: Sequence[Field]
    values: Mapping[str, Any]
    csrf: str
    errors: Mapping[str, list[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Without passwords: nobody gets one back."""
        shown = {one.name: None if one.kind == "password" else self.values.get(one.name) for one in self.fields}
        return {**shown, "errors": dict(self.errors), "csrf": self.csrf}


def form(
    visit: Visit, fields: Sequence[Field], values: Mapping[str, Any], errors: Mapping[str, list[str]] | None = None
) -> Form:
    return Form(fields, values, csrf_token(visit), errors or {})


def sent(visit: Visit) -> dict[str, Any]:
    """The fields of a POST, once its CSRF token has been checked. Raises BadRequest, TooLarge."""
    given, _ = _sent(visit, MOST_BYTES)
    return given


def sent_with_file(visit: Visit) -> tuple[dict[str, Any], Upload | None]:
    """The same with the file of a form that has one, which may be as large as a request."""
    return _sent(visit, MOST_FILE_BYTES)


def _sent(visit: Visit, most_bytes: int) -> tuple[dict[str, Any], Upload | None]:
    given, file = _body(visit, most_bytes)
    check_csrf(visit, given.pop(CSRF_FIELD, None))
    return given, file


def _body(visit: Visit, most_bytes: int) -> tuple[dict[str, Any], Upload | None]:
    raw, media_type = visit.read_body(), visit.headers.get("content-type", "")
    if len(raw) > most_bytes:
        raise TooLarge(f"The form has {len(raw)} bytes; at most {most_bytes} are read.")
    if not raw:
        return {}, None
    try:
        if is_form(media_type):
            parsed = parse_form(raw, media_type)
            return dict(parsed.fields), parsed.file
        is_json = media_type.split(";")[0].strip().lower() == "application/json"
        return (_json(raw) if is_json else _urlencoded(raw)), None
    except TooLarge:
        raise
    except (ContractError, ValueError) as error:
        raise BadRequest(str(error)) from error


def _json(raw: bytes) -> dict[str, Any]:
    given = parse(raw)
    if not isinstance(given, dict):
        raise BadRequest("The body must be one JSON object: it stands for the form.")
    return given


def _urlencoded(raw: bytes) -> dict[str, Any]:
    return dict(reversed(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)))


def text(given: Mapping[str, Any], name: str) -> str:
    """A text field, without blanks around it; empty when absent. Raises BadRequest for another type."""
    return secret(given, name).strip()


def secret(given: Mapping[str, Any], name: str) -> str:
    """A text field exactly as it was sent: a password may begin with a blank."""
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be text.")
    return value


def ticked(visit: Visit, given: Mapping[str, Any], name: str, now: bool) -> bool:
    """A checkbox. HTML forms leave out what is not ticked; a JSON object that leaves it out keeps what is so `now`."""
    value = given.get(name)
    if value is None:
        return now if visit.wants_json else False
    return value if isinstance(value, bool) else str(value).lower() in YES
