"""`GET /uploads/<container>/<folder>/<file name>`: sends readers of a `media_url` to the stored file."""

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.core.errors import NotFound
from chalicelib.core.stored_files import KEY

MINUTES = 5
REUSE_SECONDS = 60


def uploaded_file(call: Call, container: str, folder: str, name: str) -> Answer:
    """A redirect to the file, good for five minutes."""
    key = f"{container}/{folder}/{name}"
    if not KEY.fullmatch(key):
        raise NotFound("there is no such file")
    address = call.services.uploads.address(key, MINUTES * 60)
    headers = {"Location": address, "Cache-Control": f"private, max-age={REUSE_SECONDS}"}
    return Answer(status=302, empty=True, headers=headers)
