"""Mails as Amazon SES gets them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from chalicelib.bootstrap import Bootstrap
from chalicelib.core.mails import Mail
from chalicelib.edge import clients
from chalicelib.edge.mail import Post

REGION, SENDER = "eu-west-1", "site@mails.example"
MAIL = Mail("ada@example.org", "News", "Größe\nof all")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Any]]]:
    """What SES has taken; it knows the site's address."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    clients.client.cache_clear()
    with mock_aws():
        clients.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        yield lambda: ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    clients.client.cache_clear()


def test_a_mail_comes_from_the_site_by_its_name(sent: Callable[[], list[Any]]) -> None:
    Post(SENDER, "Clouds, Inc.").send(MAIL)
    (mail,) = sent()
    assert mail.source == f'"Clouds, Inc." <{SENDER}>'
    assert mail.destinations == {"ToAddresses": ["ada@example.org"]}
    assert (mail.subject, mail.body) == ("News", "Größe\nof all")


def test_no_name_begins_another_header(sent: Callable[[], list[Any]]) -> None:
    Post(SENDER, "Wölken\r\nBcc: all@example.org").send(Mail("ada@example.org", "Birds\r\nBcc: all@example.org", ""))
    (mail,) = sent()
    assert mail.subject == "Birds Bcc: all@example.org"
    assert mail.source.isascii()
    assert "\n" not in mail.source + mail.subject


@pytest.mark.parametrize(("domain", "mails"), [("example.org", 0), ("EXAMPLE.ORG", 0), ("example.com", 1), ("", 1)])
def test_domains_of_spam_get_none(domain: str, mails: int, sent: Callable[[], list[Any]]) -> None:
    Post(SENDER, "Clouds", [domain]).send(MAIL)
    assert len(sent()) == mails


def test_what_ses_does_not_take_is_an_error_and_comes_again(sent: Callable[[], list[Any]]) -> None:
    with pytest.raises(ClientError):
        Post("other@unknown.example", "Clouds").send(MAIL)
    assert sent() == []


@pytest.mark.parametrize(
    ("settings", "mails"),
    [({}, 0), ({"MAIL_SENDER": SENDER}, 1), ({"MAIL_SENDER": SENDER, "SPAM": "a.example, example.org"}, 0)],
)
def test_a_site_without_an_address_sends_none(
    settings: dict[str, str], mails: int, sent: Callable[[], list[Any]]
) -> None:
    Bootstrap({f"NIMBOSSA_{name}": value for name, value in settings.items()}).mails.send(MAIL)
    assert len(sent()) == mails
