"""What IIIF documents hold, in Presentation 2.x (and 1.0) and 3.x alike: the document tells its version, not the user.

IIIF: "Presentation API 2.1.1" §5, "Presentation API 3.0" §3 and §5. Where an image has alternatives, the first counts.
"""

from collections.abc import Iterator
from typing import Any

from chalicelib.core.import_gathering import Page
from chalicelib.core.import_reading import Unreadable

Document = dict[str, Any]
VIEWER = "http://universalviewer.io/uv.html"


def identifier(thing: Document) -> str:
    """`id` or, before 3.0, `@id`; "" when there is none."""
    found = thing.get("id", thing.get("@id"))
    return found if isinstance(found, str) else ""


def kind(thing: Document) -> str:
    """Its type without prefix: Manifest, Collection, …"""
    found = thing.get("type", thing.get("@type"))
    return found.rpartition(":")[2] if isinstance(found, str) else ""


def members(collection: Document) -> list[Document]:
    """The collections and manifests that it lists, in order."""
    return [thing for name in ("items", "collections", "manifests", "members") for thing in dicts(collection.get(name))]


def page_of(manifest: Document) -> Page:
    """A record for each image of each canvas, with the keys of contract importers.md §4.7; canvases without an image
    service are named. Raises Unreadable when this is no manifest."""
    name = identifier(manifest)
    if kind(manifest) != "Manifest" or not name:
        raise Unreadable("This is not a IIIF manifest or collection: give the address of its manifest.json.")
    infos: list[dict[str, Any]] = []
    wrong: list[str] = []
    for index, canvas in enumerate(_canvases(manifest)):
        services = [_service(image) for image in _images(canvas)]
        infos += [_info(service, identifier(canvas), name, index) for service in services if service]
        if not services or not all(services):
            lacking = "an image without an image service" if services else "no image"
            wrong.append(f"Canvas {index + 1} ({identifier(canvas)}) of {name} has {lacking}: nothing to show.")
    return Page(infos, total=len(infos), wrong=wrong)


def dicts(value: Any) -> list[Document]:
    """JSON-LD may leave out the list around a single thing."""
    return [thing for thing in (value if isinstance(value, list) else [value]) if isinstance(thing, dict)]


def _canvases(manifest: Document) -> list[Document]:
    if "items" in manifest:
        return dicts(manifest["items"])
    return [canvas for sequence in dicts(manifest.get("sequences"))[:1] for canvas in dicts(sequence.get("canvases"))]


def _images(canvas: Document) -> Iterator[Document]:
    """The image resources painted on a canvas."""
    for annotation in dicts(canvas.get("images")):
        yield from map(_first, dicts(annotation.get("resource"))[:1])
    for page in dicts(canvas.get("items")):
        for annotation in dicts(page.get("items")):
            if annotation.get("motivation") in ("painting", ["painting"]):
                yield from map(_first, dicts(annotation.get("body"))[:1])


def _first(body: Document) -> Document:
    """The image itself, out of a choice or a part of an image (`oa:Choice`, `Choice`, `SpecificResource`)."""
    for name in ("default", "full", "source", "items"):
        if name in body and kind(body) in ("Choice", "SpecificResource"):
            return next(iter(dicts(body[name])), {})
    return body


def _service(image: Document) -> str:
    """The id of its image service without a slash at the end, "" when it has none."""
    for service in dicts(image.get("service")):
        told = f"{kind(service)} {service.get('@context', '')} {service.get('profile', '')}".lower()
        if "image" in told or not told.strip():
            return identifier(service).rstrip("/")
    return ""


def _info(service: str, canvas: str, manifest: str, index: int) -> dict[str, Any]:
    return {
        "tileSource": f"{service}/info.json",
        "target": canvas,
        "manifest": manifest,
        "link": f"{VIEWER}?manifest={manifest}#?cv={index}",
        "url": f"{service}/full/max/0/default.jpg",
        "url_m": f"{service}/full/240,/0/default.jpg",
        "url_b": f"{service}/full/1024,/0/default.jpg",
    }
