"""The forms of the sources that tasks come from, by the names of contract importers.md §1."""

from chalicelib.web.forms import Field

LONGEST = 2048  # as importers.fields reads them
_VERSIONS = [(version, version) for version in ("2.1", "2.0", "1.0", "0.9")]
_SLUG = "On five.epicollect.net, on the page of the project's details, under Developers."


def _url(name: str, label: str, hint: str = "") -> Field:
    return Field(name, label, "url", hint, longest=LONGEST)


SOURCE_FIELDS: dict[str, tuple[Field, ...]] = {
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
