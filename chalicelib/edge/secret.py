"""Secrets, kept in SSM Parameter Store."""

from collections.abc import Iterator, Mapping
from functools import cache

from botocore.exceptions import ClientError

from chalicelib.core.import_gathering import NotOffered
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


class ServiceKeys(Mapping[str, str]):
    """The site's keys of the services named, each read when it is first asked for, from the parameter `<prefix><name>`.
    Raises NotOffered for a service that has a name here and no parameter there."""

    def __init__(self, names: str, prefix: str) -> None:
        self._names = {name.strip() for name in names.split(",") if name.strip()}
        self._read = cache(lambda name: read_key(prefix + name))

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> str:
        if name not in self._names:
            raise KeyError(name)
        key = self._read(name)
        if key is None:
            raise NotOffered(f"This site lacks its key for it ({name}): ask whoever runs the site.")
        return key

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _read(parameter: str) -> str:
    answer = client("ssm").get_parameter(Name=parameter, WithDecryption=True)
    return str(answer["Parameter"]["Value"])
