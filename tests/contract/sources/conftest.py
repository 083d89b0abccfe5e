"""Sources play against answers that were written down from their services' public documentation, never the network."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from chalicelib.core.import_gathering import Listing, PagedSource, Place, Tools, gather
from chalicelib.core.import_reading import Unreadable
from chalicelib.edge.egress import Egress
from chalicelib.importers.catalogue import source
from tests.fakes.certificate import Certificate
from tests.fakes.recorded import HOSTS, Recorded

KEYS = {"youtube": "THE-KEY", "flickr": "THE-KEY", "dropbox": "THE-KEY"}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"), HOSTS)


Play = Callable[[Mapping[str, Any]], Recorded]
Gathered = Callable[[str, Mapping[str, Any], Mapping[str, Any]], tuple[list[Any], list[str]]]


@pytest.fixture
def play(certificate: Certificate) -> Iterator[Play]:
    """A web with the given answers."""
    with ExitStack() as stack:
        yield lambda answers: stack.enter_context(Recorded(certificate, answers))


def no_bucket(bucket: str, prefix: str, after: str) -> Listing:
    raise Unreadable("There is no bucket here.")


@pytest.fixture
def gathered(play: Play) -> Gathered:
    """Everything that the source called `name` gives for the fields of its form: infos and reasons."""

    def everything(name: str, fields: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[list[Any], list[str]]:
        paged = source(name, Tools(play(answers).web, KEYS, no_bucket))
        assert isinstance(paged, PagedSource)
        pages = [page for page, _ in gather(paged, paged.check(fields), Place())]
        return [info for page in pages for info in page.infos], [reason for page in pages for reason in page.wrong]

    return everything


@pytest.fixture
def offline() -> Tools:
    """Tools for sources that ask nobody: any name refuses to be resolved."""

    def nobody(host: str, port: int) -> list[str]:
        raise OSError("no network in tests")

    return Tools(Egress(resolve=nobody), KEYS, no_bucket)
