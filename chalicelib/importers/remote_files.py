"""Whether what a server sends is the file that a file source asked for (contract importers.md §3.1, §3.2)."""

from collections.abc import Iterator, Mapping

from chalicelib.core.import_gathering import RemoteFile, Web
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.inflation import GZIP_MAGIC, unzipped
from chalicelib.importers.answers import explained, refuse_status
from chalicelib.importers.sniffing import is_markup, look, refuse_foreign

MOST_FILE_BYTES = 4 << 30  # unpacked
_WHERE = "The file"
_NAMES = {"csv": "a CSV file", "json": "a JSON file", "jsonl": "a JSON lines file"}


def streamed(web: Web, file: RemoteFile, seconds: float) -> Iterator[bytes]:
    """The file's bytes, unpacked if it is gzip, within so many seconds. Raises Unreadable and TryLater, before the
    first bytes or in the middle: what was stored until then is to be thrown away."""
    with explained(_WHERE), web.stream(file.url, MOST_FILE_BYTES, seconds) as answer:
        head, chunks = look(answer.chunks)
        refuse_answer(file, answer.status, answer.headers, head)
        yield from unzipped(chunks, MOST_FILE_BYTES) if head.startswith(GZIP_MAGIC) else chunks


def refuse_answer(file: RemoteFile, status: int, headers: Mapping[str, str], head: bytes) -> None:
    """Judge an answer by its status, its headers (names in lower case) and the first bytes of its body, before anything
    is stored. A sheet or file that is not shared answers with 401, 403 or the page of a sign-in.
    Raises Unreadable, TryLater."""
    if status in (401, 403):
        raise Unreadable(file.private)
    refuse_status(status, headers, _WHERE)
    told = headers.get("content-type", "").lower()
    if is_markup(head) or "text/html" in told:
        raise Unreadable(f"There is a web page at this address and not {_NAMES[file.format]}. {file.private}")
    if told and not any(wanted in told for wanted in file.content_types):
        raise Unreadable(
            f"The file is of the wrong kind: the server calls it {told!r}, and {_NAMES[file.format]} was expected. "
            f"Have it served as {file.content_types[0]}, or upload it here."
        )
    if not head.startswith(GZIP_MAGIC):
        refuse_foreign(head)
