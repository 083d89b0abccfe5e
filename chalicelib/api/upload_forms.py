"""`POST /api/upload`: a form for one file that is too large for a request, sent straight to the bucket.

`{"resource": "helpingmaterial", "project_id": 1, "file_name": "sky.zip"}` is answered with the form's `url` and
`fields`, and with the `media_url` that the POST or PUT of the object names afterwards: then the object takes the file
over. Who may not make the object gets no form. Beyond PYBOSSA; `docs/uploads.md` shows it.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from chalicelib.api.announcements import AnnouncementEndpoint
from chalicelib.api.answers import Answer
from chalicelib.api.blogposts import BlogPostEndpoint
from chalicelib.api.calls import Call
from chalicelib.api.helpingmaterials import HelpingMaterialEndpoint
from chalicelib.api.incoming_files import check_name
from chalicelib.api.project_pages import PageEndpoint
from chalicelib.api.taskruns import TaskRunEndpoint
from chalicelib.core.errors import DataFault, TypeFault
from chalicelib.core.moments import timestamp
from chalicelib.core.stored_files import address_of, new_waiting_key

SECONDS = 3600
MEGABYTE = 1_000_000
KEYS = frozenset({"resource", "file_name", "project_id", "task_id", "external_uid"})


class Fillable(Protocol):
    def folder_to_fill(self, call: Call, given: dict[str, Any]) -> str:
        """The folder of a new object's file; raises as the POST of the object would."""


FILLABLE: Mapping[str, Fillable] = {
    "announcement": AnnouncementEndpoint(),
    "blogpost": BlogPostEndpoint(),
    "helpingmaterial": HelpingMaterialEndpoint(),
    "page": PageEndpoint(),
    "taskrun": TaskRunEndpoint(),
}


def upload_form(call: Call) -> Answer:
    """`{url, fields, media_url, container, file_name, max_bytes, expires}`. Makes no request to AWS of its own."""
    given = call.document()
    unknown = sorted(given.keys() - KEYS)
    if unknown:
        raise TypeFault(f"{unknown[0][:80]!r} is no key of an upload; its keys are {', '.join(sorted(KEYS))}.")
    endpoint, name = _endpoint(given.pop("resource", None)), given.pop("file_name", None)
    container = endpoint.folder_to_fill(call, given)
    key = new_waiting_key(_checked(call, name))
    most = call.services.settings.upload_megabytes * MEGABYTE
    url, fields = call.services.uploads.form(key, most, SECONDS)
    form = {"url": url, "fields": fields, "max_bytes": most, "expires": timestamp(call.services.clock() + SECONDS)}
    return Answer({**form, "media_url": address_of(call.site, key), "container": container, "file_name": name})


def _endpoint(resource: Any) -> Fillable:
    endpoint = FILLABLE.get(resource) if isinstance(resource, str) else None
    if endpoint is None:
        raise DataFault(f"resource must be one of {', '.join(FILLABLE)}.")
    return endpoint


def _checked(call: Call, name: Any) -> str:
    """Raises DataFault."""
    if not isinstance(name, str):
        raise DataFault("file_name must be text.")
    check_name(call, name)
    if "${" in name:  # S3 would put the sent file's own name in its place
        raise DataFault("file_name must not contain ${.")
    return name
