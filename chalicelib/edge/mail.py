"""Amazon SES: it writes the headers and encodes what is not ASCII, so that nothing of a mail can become a header."""

from collections.abc import Collection
from email.utils import formataddr

from chalicelib.core.mails import Mail, one_line
from chalicelib.edge.clients import client


class Post:
    """Sends from one address, under the site's name, to nobody at `spam` domains (contract settings.md §2)."""

    def __init__(self, sender: str, brand: str, spam: Collection[str] = ()) -> None:
        self._sender = formataddr((one_line(brand), sender))
        self._spam = frozenset(domain.lower() for domain in spam)

    def send(self, mail: Mail) -> None:
        """Raises botocore's errors when SES does not take it: an address that SES does not know as the site's, a
        recipient who is not verified while the account is in the sandbox, no connection."""
        if mail.to.rpartition("@")[2].lower() in self._spam:
            return
        client("sesv2").send_email(
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [mail.to]},
            Content={"Simple": {"Subject": _utf8(one_line(mail.subject)), "Body": {"Text": _utf8(mail.body)}}},
        )


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
