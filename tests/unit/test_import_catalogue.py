"""Which sources a site offers, and what the guide says of them."""

import pytest

from chalicelib.core.import_gathering import FileSource, NotOffered, PagedSource, Parameters, Tools
from chalicelib.edge.egress import Egress
from chalicelib.importers import catalogue
from chalicelib.importers.sources.upload import Upload


def tools(*keys: str) -> Tools:
    return Tools(Egress(), dict.fromkeys(keys, "k"), lambda bucket, prefix, after: pytest.fail("nobody asks"))


def test_a_source_without_its_key_is_not_offered_and_says_why():
    for name in ("youtube", "flickr", "dropbox"):
        assert name in catalogue.offers([])[name]
        assert catalogue.offers([name])[name] == ""
        with pytest.raises(NotOffered, match=name):
            catalogue.source(name, tools())
        assert catalogue.source(name, tools(name))
    assert {name for name, why_not in catalogue.offers([]).items() if not why_not} == {
        *("localCSV", "csv", "gdocs", "json", "s3", "iiif", "epicollect")
    }


def test_twitter_is_known_and_gone_and_other_names_are_unknown():
    with pytest.raises(NotOffered, match="closed"):
        catalogue.source("twitter", tools())
    with pytest.raises(NotOffered, match="no source called"):
        catalogue.source("facebook", tools())


@pytest.mark.parametrize("name", catalogue.SOURCES)
def test_every_source_is_one_of_three_kinds_and_its_parameters_can_be_kept(name):
    found = catalogue.source(name, tools("youtube", "flickr", "dropbox"))
    assert isinstance(found, PagedSource) + isinstance(found, FileSource) + isinstance(found, Upload) == 1
    assert issubclass(found.shape, Parameters)


def test_autoimport_leaves_out_what_the_contract_leaves_out():
    assert {name for name, entry in catalogue.SOURCES.items() if not entry.daily} == {"localCSV", "s3", "dropbox"}


def test_the_table_of_sources_is_complete():
    rows = (catalogue.__doc__ or "").splitlines()
    assert all(any(row.startswith(f"| {name} |") for row in rows) for name in catalogue.offers([]))
