"""Entries of an Epicollect5 project's form (contract importers.md §4.4; developers.epicollect.net: "Get Entries",
"Retrieve Token"). EpiCollect+, which PYBOSSA knew, was closed; the names of the fields stayed.

A page is asked for by its number, oldest entries first: entries that arrive meanwhile come last. We never follow the
addresses in the answer. Ten tokens an hour are given out, so that one is kept for as long as this object lives.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from chalicelib.core import import_gathering as gathering
from chalicelib.core.import_gathering import TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.outgoing import Answer
from chalicelib.importers.answers import asked, decoded, explained, refuse_status
from chalicelib.importers.fields import Fields

SITE = "https://five.epicollect.net/api"
_ENTRIES = SITE + (
    "/export/entries/{}?form_ref={}&format=json&per_page=1000&page={}&sort_by=created_at&sort_order=ASC"
)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
_FORM = re.compile(r"[0-9a-f]{32}_[0-9a-z]{10,20}")
_WHERE = "The Epicollect5 project"
_SLUG_IS = "Its slug stands on five.epicollect.net, on the page of the project's details, under Developers."
_FORM_IS = "Its form ref stands on five.epicollect.net, on the page of the project's details, under Developers."


class _Counts(msgspec.Struct):
    total: int
    last_page: int


class _Data(msgspec.Struct):
    entries: list[dict[str, Any]]


class _Entries(msgspec.Struct):
    meta: _Counts
    data: _Data


class _Cause(msgspec.Struct):
    title: str = ""


class _Refusal(msgspec.Struct):
    errors: list[_Cause] = []


class _Token(msgspec.Struct):
    access_token: str


class Parameters(gathering.Parameters, frozen=True):
    SECRETS: ClassVar[frozenset[str]] = frozenset({"epicollect_client_secret"})
    epicollect_project: str
    epicollect_form: str
    epicollect_client_id: str = ""
    epicollect_client_secret: str = ""


class Epicollect:
    shape = Parameters

    def __init__(self, tools: gathering.Tools) -> None:
        self._web = tools.web
        self._tokens: dict[str, str] = {}

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        """A project and a form; for a private project also the client of one of its apps."""
        given = Fields(fields)
        project = given.text("epicollect_project", f"Name the project. {_SLUG_IS}")
        form = given.text("epicollect_form", f"Name the form. {_FORM_IS}")
        if project and not _SLUG.fullmatch(project):
            given.wrong("epicollect_project", f"EpiCollect+ was closed. This is no project of Epicollect5. {_SLUG_IS}")
        if form and not _FORM.fullmatch(form):
            given.wrong("epicollect_form", f"EpiCollect+ was closed. This is no form of Epicollect5. {_FORM_IS}")
        client = given.text("epicollect_client_id")
        secret = given.text("epicollect_client_secret", "Give the app's Client Secret too." if client else "")
        if secret and not client:
            given.wrong("epicollect_client_id", "Give the app's Client ID too.")
        given.done()
        return Parameters(project, form, client, secret)

    def page(self, parameters: Parameters, token: str | None) -> gathering.Page:
        number, client = int(token or 1), parameters.epicollect_client_id
        kept = client in self._tokens
        url = _ENTRIES.format(parameters.epicollect_project, parameters.epicollect_form, number)
        answer = asked(self._web, url, _WHERE, self._authority(parameters))
        if answer.status == 401 and kept:
            del self._tokens[client]
            raise TryLater("Epicollect5's permission ran out.")  # after two hours; the next attempt gets another
        _refuse(answer, _WHERE)
        found = decoded(answer.body, _Entries, _WHERE)
        behind = str(number + 1) if number < found.meta.last_page else None
        return gathering.Page(found.data.entries, behind, found.meta.total)

    def _authority(self, parameters: Parameters) -> dict[str, str]:
        client = parameters.epicollect_client_id
        if not client:
            return {}
        if client not in self._tokens:
            self._tokens[client] = self._token(client, parameters.epicollect_client_secret)
        return {"Authorization": f"Bearer {self._tokens[client]}"}

    def _token(self, client: str, secret: str) -> str:
        where = "Epicollect5's permission for this client"
        wanted = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        headers = {"Content-Type": "application/vnd.api+json"}
        with explained("Epicollect5"):
            answer = self._web.post(f"{SITE}/oauth/token", headers, msgspec.json.encode(wanted))
        if answer.status in (400, 401):
            raise Unreadable("Epicollect5 does not know this app: copy its Client ID and Client Secret once more.")
        _refuse(answer, where)
        return decoded(answer.body, _Token, where).access_token


def _refuse(answer: Answer, where: str) -> None:
    if answer.status in (400, 401, 403, 404):
        causes = decoded(answer.body, _Refusal, f"{where} (status {answer.status})").errors
        title = causes[0].title if causes else f"status {answer.status}"
        advice = "Check slug and form; for a private project give the client of one of its apps."
        raise Unreadable(f"Epicollect5 refused: {title} {advice}")
    refuse_status(answer.status, answer.headers, where)
