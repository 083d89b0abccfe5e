"""Bodies of multipart/form-data (contract rest-api.md §13). The parser is imported when the first one arrives."""

import io
from dataclasses import dataclass
from typing import Any

from chalicelib.core.documents import parse_object
from chalicelib.core.errors import AttributeFault, TooLarge, ValueFault

MOST_BYTES = 4_400_000  # a function URL takes 6 MB of base64 (AWS: "Lambda quotas", invocation payload)
MOST_PARTS = 32
ELSE = "For a larger file POST /api/upload gives a form that sends it straight to the bucket."


@dataclass(frozen=True)
class Upload:
    """The file of a form, byte for byte."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Form:
    """Text fields by name, and the part `file`."""

    fields: dict[str, str]
    file: Upload | None

    def values(self) -> dict[str, Any]:
        """The fields as an object would have them: `info` is the JSON text of an object. Raises ValueFault."""
        if "info" not in self.fields:
            return dict(self.fields)
        try:
            return {**self.fields, "info": parse_object(self.fields["info"].encode())}
        except ValueFault as error:
            raise ValueFault("info must be the JSON text of an object.") from error

    def uploaded(self) -> Upload:
        """The file; raises AttributeFault without one."""
        if self.file is None:
            raise AttributeFault("The form has no part named file with a file name.")
        return self.file


def is_form(content_type: str) -> bool:
    return "multipart/form-data" in content_type.lower()


def without_boundary(body: bytes, content_type: str) -> bytes:
    """What is the same each time a form is sent: clients make its boundary anew."""
    from multipart import parse_options_header

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    return body.replace(f"--{boundary}".encode(), b"--")


def parse_form(body: bytes, content_type: str) -> Form:
    """The form in `body`. Raises ValueFault when it is not one, TooLarge."""
    from multipart import MultipartError, MultipartParser, parse_options_header

    if len(body) > MOST_BYTES:
        raise TooLarge(f"The body has {len(body)} bytes; at most {MOST_BYTES} are read. {ELSE}")
    _, options = parse_options_header(content_type)
    try:
        parser = MultipartParser(
            io.BytesIO(body),
            options.get("boundary", ""),
            len(body),
            strict=True,
            part_limit=MOST_PARTS,
            spool_limit=MOST_BYTES,
            memory_limit=2 * MOST_BYTES,
        )
        return _form(list(parser))
    except (MultipartError, UnicodeDecodeError, ValueError, LookupError) as error:
        raise ValueFault("The body is not a form in multipart/form-data; check its boundary.") from error


def _form(parts: list[object]) -> Form:
    fields: dict[str, str] = {}
    files: list[Upload] = []
    for part in parts:
        name, raw = str(getattr(part, "name", "")), bytes(getattr(part, "raw", b""))
        filename = getattr(part, "filename", None)
        if name == "file" and filename:
            files.append(Upload(str(filename), raw))
        elif filename is None and name not in fields:
            fields[name] = raw.decode("utf-8")
    if len(files) > 1:
        raise ValueFault("The form has more than one file.")
    return Form(fields, files[0] if files else None)
