"""The site's one secret, kept in SSM Parameter Store."""

from chalicelib.edge.clients import client


def read_secret(parameter: str) -> bytes:
    """The secret behind `parameter` (a SecureString, hex of at least 32 bytes)."""
    answer = client("ssm").get_parameter(Name=parameter, WithDecryption=True)
    return bytes.fromhex(answer["Parameter"]["Value"])
