"""Mails on this machine: the embedded cloud keeps what the site sends, and delivers none of it."""

from infra.local import aws

SENDER = "nimbossa@local.invalid"  # .invalid: no such name will ever exist (RFC 2606)


def know_sender(endpoint: str, address: str) -> None:
    """Have the embedded cloud take mails from this address, as Amazon SES does once it is verified."""
    if address:
        aws.client("sesv2", endpoint).create_email_identity(EmailIdentity=address)


def inbox(endpoint: str) -> str:
    """Where the mails can be read, as JSON, by account: `{"messages": {"000000000000": [{"To", "Subject", …}]}}`."""
    return f"{endpoint}/_ministack/ses/messages"
