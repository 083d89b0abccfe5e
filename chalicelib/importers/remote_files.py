"""Whether what a server sends is the file that a file source asked for (contract importers.md §3.1, §3.2)."""

from collections.abc import Mapping

from chalicelib.core.import_gathering import RemoteFile
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.answers import refuse_status
from chalicelib.importers.sniffing import is_markup, refuse_foreign

GZIP = b"\x1f\x8b"
_NAMES = {"csv": "a CSV file", "json": "a JSON file", "jsonl": "a JSON lines file"}


def refuse_answer(file: RemoteFile, status: int, headers: Mapping[str, str], head: bytes) -> None:
    """Judge an answer by its status, its headers (names in lower case) and the first bytes of its body, before anything
    is stored. A sheet or file that is not shared answers with 401, 403 or the page of a sign-in.
    Raises Unreadable, TryLater."""
    if status in (401, 403):
        raise Unreadable(file.private)
    refuse_status(status, headers, "The file")
    told = headers.get("content-type", "").lower()
    if is_markup(head) or "text/html" in told:
        raise Unreadable(f"There is a web page at this address and not {_NAMES[file.format]}. {file.private}")
    if told and not any(wanted in told for wanted in file.content_types):
        raise Unreadable(
            f"The file is of the wrong kind: the server calls it {told!r}, and {_NAMES[file.format]} was expected. "
            f"Have it served as {file.content_types[0]}, or upload it here."
        )
    if not head.startswith(GZIP):
        refuse_foreign(head)
