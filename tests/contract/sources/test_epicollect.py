"""Contract importers.md §4.4, with Epicollect5 in the place of EpiCollect+."""

import json

import pytest

from chalicelib.core.import_gathering import BadParameters, Tools, TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.sources.epicollect import Epicollect
from tests.contract.sources.conftest import KEYS, no_bucket
from tests.fakes.recorded import Said
from tests.fakes.services import FORM, entries, entries_page

FIELDS = {"epicollect_project": "bird-survey", "epicollect_form": FORM}
PRIVATE = FIELDS | {"epicollect_client_id": "153", "epicollect_client_secret": "s3cret"}
TOKEN = "https://five.epicollect.net/api/oauth/token"
PRIVATE_PROJECT = Said({"errors": [{"code": "ec5_77", "title": "This project is private.", "source": "x"}]}, 404)


def entry(number: int) -> dict[str, object]:
    return {"ec5_uuid": f"u{number}", "created_at": "2026-11-23T00:00:00.000Z", "1_Age": number, "2_Where": {"a": [1]}}


def test_each_entry_of_a_form_longer_than_a_page_becomes_info_as_it_is(gathered):
    found = [entry(n) for n in range(2300)]
    assert gathered("epicollect", FIELDS, entries(found)) == (found, [])


def test_a_form_without_entries_is_nothing_and_no_error(gathered):
    assert gathered("epicollect", FIELDS, entries([])) == ([], [])


def test_a_private_project_is_read_with_one_token_for_all_pages(play):
    recorded = play(entries([entry(n) for n in range(1500)]) | {TOKEN: {"access_token": "abc", "expires_in": 7200}})
    epicollect = Epicollect(Tools(recorded.web, KEYS, no_bucket))
    parameters = epicollect.check(PRIVATE)
    assert [len(epicollect.page(parameters, token).infos) for token in (None, "2")] == [1000, 500]
    (asked, _, wanted), *pages = recorded.heard
    assert asked == f"POST {TOKEN}"
    assert json.loads(wanted) == {"grant_type": "client_credentials", "client_id": "153", "client_secret": "s3cret"}
    assert len(pages) == 2
    assert all("Authorization: Bearer abc\r\n" in head for _, head, _ in pages)


def test_a_token_that_ran_out_is_replaced_at_the_next_attempt(play):
    refused = Said({"errors": [{"title": "Unauthenticated."}]}, 401)
    page = entries([entry(1)])[entries_page()]
    recorded = play({entries_page(): (page, refused, page), TOKEN: ({"access_token": "old"}, {"access_token": "new"})})
    epicollect = Epicollect(Tools(recorded.web, KEYS, no_bucket))
    epicollect.page(epicollect.check(PRIVATE), None)
    with pytest.raises(TryLater):
        epicollect.page(epicollect.check(PRIVATE), None)
    assert epicollect.page(epicollect.check(PRIVATE), None).infos == [entry(1)]
    assert "Authorization: Bearer new\r\n" in recorded.heard[-1][1]


def test_a_new_token_that_opens_nothing_is_not_asked_for_again(gathered):
    answers = {entries_page(): Said({"errors": [{"title": "Unauthenticated."}]}, 401), TOKEN: {"access_token": "new"}}
    with pytest.raises(Unreadable, match="Unauthenticated"):
        gathered("epicollect", PRIVATE, answers)


def test_what_epicollect_refuses_is_told_with_its_own_words(gathered):
    with pytest.raises(Unreadable, match="This project is private"):
        gathered("epicollect", FIELDS, {entries_page(): PRIVATE_PROJECT})
    with pytest.raises(Unreadable, match="Client ID"):
        gathered("epicollect", PRIVATE, {TOKEN: Said({"error": "invalid_client"}, 401)})
    with pytest.raises(TryLater) as caught:
        gathered("epicollect", FIELDS, {entries_page(): Said(b"", 429, {"Retry-After": "60"})})
    assert caught.value.seconds == 60


def test_the_parameters_of_the_old_epicollect_are_told_that_it_was_closed(offline: Tools):
    old = {"epicollect_project": "http://plus.epicollect.net/birds", "epicollect_form": "form1"}
    with pytest.raises(BadParameters) as caught:
        Epicollect(offline).check(old)
    assert all("EpiCollect+ was closed" in advice[0] for advice in caught.value.errors.values())
    assert set(caught.value.errors) == {"epicollect_project", "epicollect_form"}


def test_half_a_client_is_not_enough_and_a_secret_is_never_shown(offline: Tools):
    for half in ("epicollect_client_id", "epicollect_client_secret"):
        with pytest.raises(BadParameters):
            Epicollect(offline).check(FIELDS | {half: "153"})
    assert "s3cret" not in str(Epicollect(offline).check(PRIVATE).shown())
