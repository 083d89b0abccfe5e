"""`POST /api/import/form`: a form that sends one file straight to the import bucket, where its arrival begins the
import (docs/importing.md). Beyond PYBOSSA."""

import secrets

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.api.owning import check_keeps_project, project_to_fill
from chalicelib.core.errors import DataFault
from chalicelib.core.import_gathering import BadParameters
from chalicelib.core.import_offers import UPLOAD
from chalicelib.core.import_sources import FOLDER, name_in_key
from chalicelib.core.moments import timestamp

SECONDS = 3600
MOST_BYTES = 4 << 30  # AWS takes 5 GB in one request ("Amazon S3 quotas")


def import_form(call: Call) -> Answer:
    """`{url, fields, key, max_bytes, expires}` for `{"project_id": 1, "file_name": "birds.csv"}`. The import's record
    has the key in its `source`. Makes no request to AWS of its own."""
    given = call.document()
    card, name = project_to_fill(call, given), given.get("file_name")
    check_keeps_project(call, card.id)
    try:
        call.services.offers.check(UPLOAD, {"file": name})
    except BadParameters as error:
        raise DataFault(str(error).replace("file:", "file_name:", 1)) from error
    key = f"{FOLDER}/{card.short_name}/{secrets.token_hex(8)}/{name_in_key(str(name))}"
    url, fields = call.services.import_files.form(key, MOST_BYTES, SECONDS)
    expires = timestamp(call.services.clock() + SECONDS)
    return Answer({"url": url, "fields": fields, "key": key, "max_bytes": MOST_BYTES, "expires": expires})
