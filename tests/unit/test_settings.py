import pytest

from chalicelib.settings import SettingsError, describe, read_settings
from infra.reference import DOCS, pages


@pytest.mark.parametrize(("path", "text"), pages().items(), ids=[path.name for path in pages()])
def test_generated_pages_are_up_to_date(path, text):
    assert path.read_text() == text, "run python -m infra.reference"


def test_no_generated_page_is_left_over():
    assert set((DOCS / "reference").iterdir()) <= set(pages())


def test_every_setting_has_a_help_text():
    assert all(text for _, _, text in describe())


def test_settings_come_from_the_environment_with_their_types():
    settings = read_settings({"NIMBOSSA_LEASE_SECONDS": "90", "NIMBOSSA_TRACING": "true", "PATH": "/bin"})
    assert (settings.lease_seconds, settings.tracing, settings.stack) == (90, True, "nimbossa")


def test_an_empty_variable_counts_as_absent():
    assert read_settings({"NIMBOSSA_RATE_LIMIT": ""}).rate_limit == 300


def test_a_setting_of_the_wrong_type_is_named():
    with pytest.raises(SettingsError, match="lease_seconds"):
        read_settings({"NIMBOSSA_LEASE_SECONDS": "soon"})
