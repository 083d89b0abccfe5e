import pytest

from chalicelib.settings import SettingsError, describe, read_settings
from infra.reference import DOCS, settings_page


def test_the_page_of_settings_is_up_to_date():
    assert (DOCS / "settings.md").read_text() == settings_page()


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
