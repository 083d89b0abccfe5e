"""What an object is, judged by its first bytes: files that are something else under a wrong name are refused whole."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from chalicelib.core.import_reading import Unreadable
from chalicelib.core.import_tasks import BadRow

HEAD_BYTES = 16 * 1024
BOM = b"\xef\xbb\xbf"
_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: unpack it, or export the sheet as CSV",
    b"PK\x05\x06": "an empty ZIP archive: upload the file that was meant to be in it",
    b"\x1f\x8b": "compressed with gzip: unpack it first",
    b"%PDF": "a PDF document: upload the table as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document: export the sheet as CSV",
    b"\xff\xfe\x00\x00": "UTF-32 text: save it as UTF-8",
    b"\x00\x00\xfe\xff": "UTF-32 text: save it as UTF-8",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
}
_MARKUP = re.compile(rb"<(?:[!?]|[A-Za-z][A-Za-z0-9:-]*[\s/>])")


class NotUtf8(BadRow):
    """The row's bytes are not UTF-8."""


def decoded(row: bytes) -> str:
    """Raises NotUtf8."""
    try:
        return row.decode()
    except UnicodeDecodeError as error:
        raise NotUtf8(f"byte 0x{row[error.start]:02X} is not UTF-8: save the file as UTF-8") from error


def look(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first `HEAD_BYTES` of an object, however it is cut in chunks, and all its chunks again."""
    iterator, head = iter(chunks), b""
    for chunk in iterator:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head[:HEAD_BYTES], chain([head], iterator)


def refuse_foreign(head: bytes) -> None:
    """Raises Unreadable when the object is empty, or plainly not text in UTF-8."""
    for signature, what in _FOREIGN.items():
        if head.startswith(signature):
            raise Unreadable(f"The file is not what its name says: it is {what}.")
    if not head.removeprefix(BOM).strip() and len(head) < HEAD_BYTES:
        raise Unreadable("The file is empty.")
    if is_markup(head):
        raise Unreadable("The file is a web page or XML, not a table: was it saved from a sign-in or an error page?")
    if b"\x00" in head:
        raise Unreadable("The file is binary, UTF-16 or UTF-32: save it as text in UTF-8.")


def is_markup(text: bytes) -> bool:
    """Whether this begins a web page or an XML document."""
    return _MARKUP.match(text.removeprefix(BOM).lstrip()) is not None
