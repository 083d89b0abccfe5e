"""What an object is, judged by its first bytes: files that are something else under a wrong name are refused whole."""

from collections.abc import Iterable, Iterator
from itertools import chain

from chalicelib.core.import_reading import Unreadable

HEAD_BYTES = 1024
BOM = b"\xef\xbb\xbf"
_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: unpack it, or export the sheet as CSV",
    b"PK\x05\x06": "an empty ZIP archive: upload the file that was meant to be in it",
    b"\x1f\x8b": "compressed with gzip: unpack it first",
    b"%PDF": "a PDF document: upload the table as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document: export the sheet as CSV",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
}
_MARKUP = (b"<!doctype", b"<html", b"<?xml")


def look(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of an object, at least `HEAD_BYTES` if it has them, and all its chunks again."""
    iterator, head = iter(chunks), b""
    for chunk in iterator:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head, chain([head], iterator)


def refuse_foreign(head: bytes) -> None:
    """Raises Unreadable when the object is empty, or plainly not text in UTF-8."""
    for signature, what in _FOREIGN.items():
        if head.startswith(signature):
            raise Unreadable(f"The file is not what its name says: it is {what}.")
    text = head.removeprefix(BOM).lstrip()
    if not text and len(head) < HEAD_BYTES:
        raise Unreadable("The file is empty.")
    if is_markup(text):
        raise Unreadable("The file is a web page or XML, not a table: was it saved from a sign-in or an error page?")
    if b"\x00" in head:
        raise Unreadable("The file is binary or UTF-16: save it as text in UTF-8.")


def is_markup(text: bytes) -> bool:
    """Whether this begins a web page or an XML document."""
    return text[:64].lstrip()[:9].lower().startswith(_MARKUP)
