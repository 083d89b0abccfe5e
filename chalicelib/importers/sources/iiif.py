"""IIIF manifests, and collections of them however deep (contract importers.md §4.7).

Each page is one manifest. Of a collection the token is the way there: `[[address, how many members are done], …]`, from
the collection that was asked for down to the one being read. Its members are asked for one after another, those that
cannot be read are named, and a collection inside itself is not entered again.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.core import import_gathering as gathering
from chalicelib.core.import_gathering import Page
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.answers import read
from chalicelib.importers.fields import Fields, is_url
from chalicelib.importers.iiif_documents import Document, dicts, identifier, kind, members, page_of

VERSIONS = ("0.9", "1.0", "2.0", "2.1", "3.0")
DEEPEST = 10  # collections inside each other
Way = list[tuple[str, int]]


class Parameters(gathering.Parameters, frozen=True):
    manifest_uri: str
    version: str = "2.1"


class Iiif:
    shape = Parameters

    def __init__(self, tools: gathering.Tools) -> None:
        self._web = tools.web
        self._collections: dict[str, Document] = {}

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        """The version is taken as PYBOSSA's form has it, and not looked at: documents tell their own."""
        given = Fields(fields)
        uri = given.url("manifest_uri", "Paste the address of the manifest.")
        version = given.text("version") or "2.1"
        if version not in VERSIONS:
            given.wrong("version", f"This must be one of {', '.join(VERSIONS)}.")
        given.done()
        return Parameters(uri, version)

    def page(self, parameters: Parameters, token: str | None) -> Page:
        if token is None:
            return self._entered(parameters.manifest_uri, [])
        way = msgspec.json.decode(token, type=Way)
        address, done = way[-1]
        collection = self._collection(address, way)
        found = members(collection)
        if done < len(found):
            return self._member(identifier(found[done]), [*way[:-1], (address, done + 1)])
        return Page([], _written(_onward(collection, way)))

    def _member(self, address: str, way: Way) -> Page:
        """What one member holds. A member that cannot be read does not stop the others."""
        try:
            if address in {above for above, _ in way} or len(way) >= DEEPEST:
                raise Unreadable("the collection is inside itself or too deep")
            if not is_url(address):
                raise Unreadable("it has no address")
            return self._entered(address, way)
        except Unreadable as error:
            return Page([], _written(way), wrong=[f"Not imported from the collection: {address}: {error}"])

    def _entered(self, address: str, way: Way) -> Page:
        document = read(self._web, address, dict[str, Any], "The IIIF document")
        if kind(document) == "Collection":
            self._collections[address] = document
            return Page([], _written([*way, (address, 0)]))
        page = page_of(document)
        return Page(page.infos, _written(way), None if way else page.total, page.wrong)

    def _collection(self, address: str, way: Way) -> Document:
        """Kept while its members are read; read again by whoever goes on from a token."""
        kept = {above: self._collections[above] for above, _ in way if above in self._collections}
        self._collections = kept
        if address not in kept:
            kept[address] = read(self._web, address, dict[str, Any], "The IIIF collection")
        return kept[address]


def _onward(collection: Document, way: Way) -> Way:
    """From the end of a collection: to its next page or up again. A collection in pages has no members of its own but
    names the first page, and each page the next (Presentation 2.1 §3.5)."""
    address = _address(collection.get("next" if members(collection) else "first"))
    if is_url(address) and address not in {above for above, _ in way}:
        return [*way[:-1], (address, 0)]
    return way[:-1]


def _address(link: Any) -> str:
    return link if isinstance(link, str) else next((identifier(thing) for thing in dicts(link)), "")


def _written(way: Way) -> str | None:
    return msgspec.json.encode(way).decode() if way else None
