"""Secrets, kept in SSM Parameter Store."""

from botocore.exceptions import ClientError

from chalicelib.edge.clients import client


def read_secret(parameter: str) -> bytes:
    """The site's secret behind `parameter` (a SecureString, hex of at least 32 bytes)."""
    return bytes.fromhex(_read(parameter))


def read_key(parameter: str) -> str | None:
    """A key of somebody else's service; None when the site has none."""
    try:
        return _read(parameter)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise


def _read(parameter: str) -> str:
    answer = client("ssm").get_parameter(Name=parameter, WithDecryption=True)
    return str(answer["Parameter"]["Value"])
