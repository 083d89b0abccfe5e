from chalicelib.core.identifiers import Identifiers
from chalicelib.store.lookup import PAUSES_SECONDS, find_young

NOW = 1_795_000_000.0


def _made_at(moment: float) -> int:
    return Identifiers(lambda: moment, lambda: 7).next()


def _find(identifier, answers):
    slept = []
    answers = iter(answers)
    found = find_young(identifier, lambda: next(answers), lambda: NOW, slept.append)
    return found, slept


def test_what_the_index_lists_is_found_at_once():
    assert _find(_made_at(NOW - 1), ["run"]) == ("run", [])


def test_a_young_id_is_asked_for_again_until_the_index_lists_it():
    assert _find(_made_at(NOW - 1), [None, None, "run"]) == ("run", list(PAUSES_SECONDS[:2]))


def test_a_young_id_that_never_appears_is_given_up():
    assert _find(_made_at(NOW - 1), [None] * 5) == (None, list(PAUSES_SECONDS))


def test_an_old_id_is_asked_for_once():
    assert _find(_made_at(NOW - 60), [None]) == (None, [])


def test_an_id_that_nobody_made_is_asked_for_once():
    assert _find(17, [None]) == (None, [])
