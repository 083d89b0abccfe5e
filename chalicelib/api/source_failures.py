"""What a source, or a bucket, failed with, in the API's errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.core.errors import DataFault, Unavailable
from chalicelib.core.import_gathering import TryLater
from chalicelib.core.import_reading import Unreadable


@contextmanager
def told_to_clients(later: str = "") -> Iterator[None]:
    """Turns Unreadable into DataFault and TryLater into Unavailable, with `later` behind its message."""
    try:
        yield
    except Unreadable as error:
        raise DataFault(str(error)) from error
    except TryLater as error:
        raise Unavailable(f"{error}{later}") from error
