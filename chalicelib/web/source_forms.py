"""The forms of the sources that tasks come from, by the names of contract importers.md §1."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.api.forms import Upload
from chalicelib.core.import_offers import UPLOAD
from chalicelib.core.imports import READ
from chalicelib.web.forms import Field

LONGEST = 2048  # as importers.fields reads them
_VERSIONS = [(version, version) for version in ("2.1", "2.0", "1.0", "0.9")]
_SLUG = "On five.epicollect.net, on the page of the project's details, under Developers."
_ROLE = "Of a private bucket: the ARN of a role in its account. /api/project/<id>/bucket says what it needs."


def _url(name: str, label: str, hint: str = "") -> Field:
    return Field(name, label, "url", hint, longest=LONGEST)


SOURCE_FIELDS: dict[str, tuple[Field, ...]] = {
    UPLOAD: (Field("file", "File", "file", f"Its name ends in {READ}; up to 4 MB here."),),
    "csv": (_url("csv_url", "Address of the CSV file"),),
    "gdocs": (
        _url(
            "googledocs_url",
            "Link to the sheet",
            "Share it with everybody who has the link. The tab of the link counts.",
        ),
    ),
    "json": (_url("json_url", "Address of the JSON file", "An array, or one value per line."),),
    "iiif": (
        _url("manifest_uri", "Address of the manifest", "Of a collection, all its manifests."),
        Field("version", "Version", "select", "Newer ones are recognised all the same.", options=_VERSIONS),
    ),
    "s3": (
        Field("bucket", "Bucket", longest=63),
        Field("prefix", "Folder", hint="All media in it; empty: the whole bucket.", required=False, longest=LONGEST),
        Field("files", "Or these files", "area", "One key per line.", required=False, rows=4),
        Field("role_arn", "Role", hint=_ROLE, required=False, longest=LONGEST),
    ),
    "dropbox": (Field("files", "Share links", "area", "One per line.", rows=4),),
    "youtube": (_url("playlist_url", "Link to the playlist"),),
    "flickr": (Field("album_id", "Album", hint="Its number, or the address of its page.", longest=LONGEST),),
    "epicollect": (
        Field("epicollect_project", "Project's slug", hint=_SLUG, longest=LONGEST),
        Field("epicollect_form", "Form's ref", hint=_SLUG, longest=LONGEST),
        Field("epicollect_client_id", "Client ID", hint="Of a private project's app.", required=False, longest=LONGEST),
        Field(
            "epicollect_client_secret",
            "Client Secret",
            "password",
            "It is kept encrypted and never shown.",
            required=False,
        ),
    ),
}


def fields_sent(source: str, given: Mapping[str, Any], file: Upload | None) -> dict[str, Any]:
    """The fields of a source as the contract has them, of the form as people fill it in: `files` is `files-0`, …"""
    if source == UPLOAD:
        return {"file": file.name if file is not None else ""}
    fields = {name: value for name, value in given.items() if name != "files"}
    listed = given.get("files")
    lines = listed.split("\n") if isinstance(listed, str) else []
    for number, line in enumerate(line.strip() for line in lines if line.strip()):
        fields[f"files-{number}"] = _shared(line) if source == "dropbox" else line
    return fields


def _shared(line: str) -> str:
    """A Chooser's file object (contract importers.md §4.2) of a link that somebody pasted."""
    name = line.partition("?")[0].rpartition("/")[2]
    return line if line.startswith("{") else json.dumps({"name": name, "link": line})
