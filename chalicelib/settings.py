"""Every setting of the product, in one table: name, default, help. Read once, when the first request needs it.

The values come from the environment (`NIMBOSSA_<NAME>` in capitals); secrets come from SSM Parameter Store instead,
under `secret_parameter`. `docs/settings.md` is generated from this table.
"""

from collections.abc import Mapping
from typing import Annotated, get_args, get_type_hints

import msgspec

from chalicelib.core.full_text.words import LANGUAGES


class SettingsError(Exception):
    """A setting has a value that cannot be used; the message names the variable and says what it should be."""


class Settings(msgspec.Struct, frozen=True):
    """The typed settings; each field's annotation carries its help text."""

    stack: Annotated[str, "Name of the deployed stack; prefix of every table and queue"] = "nimbossa"
    brand: Annotated[str, "Name shown on pages and at /api/"] = "Nimbossa"
    base_url: Annotated[str, "Address of the site in links; empty: taken from each request"] = ""
    secret_parameter: Annotated[str, "SSM parameter that holds the site's secret"] = "/nimbossa/secret"
    import_bucket: Annotated[str, "Bucket whose objects under imports/<short_name>/ become tasks"] = ""
    upload_bucket: Annotated[str, "Bucket that keeps uploaded files"] = ""
    import_queue_url: Annotated[str, "Queue that continues long imports"] = ""
    walk_queue_url: Annotated[str, "Queue that continues changes of all tasks of a project"] = ""
    webhook_queue_url: Annotated[str, "Queue of webhook deliveries"] = ""
    webhook_dead_queue_url: Annotated[str, "Queue that receives deliveries which failed to the end"] = ""
    webhook_delays: Annotated[str, "Seconds to wait before each webhook attempt, comma separated"] = (
        "0,5,300,1800,7200,18000,36000,50400,72000,86400"
    )
    allow_private_egress: Annotated[bool, "Private addresses and http for webhooks, roles unseen: development"] = False
    lease_seconds: Annotated[int, "Seconds a volunteer may take to answer a task"] = 3600
    lease_cap: Annotated[int, "Live leases that one contributor may hold in one project"] = 20
    browsers_per_address: Annotated[int, "Volunteers told apart behind one network address, per project"] = 60
    queue_cache_seconds: Annotated[float, "Seconds a container may reuse the head of a task queue"] = 2.0
    project_cache_seconds: Annotated[float, "Seconds a container may reuse a project's card for volunteers"] = 2.0
    rate_limit: Annotated[int, "API requests allowed per endpoint, caller and window"] = 300
    owner_rate_limit: Annotated[int, "The same for callers with an API key; 0: ten times rate_limit"] = 0
    rate_window_seconds: Annotated[int, "Length of the rate-limit window"] = 900
    import_slice_rows: Annotated[int, "Rows that an import handles between two checkpoints"] = 500
    project_info_public_fields: Annotated[str, "Extra public keys of a project's info, comma separated"] = ""
    allowed_upload_extensions: Annotated[str, "Extra file extensions that uploads may have, comma separated"] = ""
    upload_megabytes: Annotated[int, "Largest file, in MB, that a form of POST /api/upload takes; 1000 at most"] = 100
    disqus_public_key: Annotated[str, "Public key of the site's Disqus application; empty: no /api/disqus/sso"] = ""
    disqus_secret_parameter: Annotated[str, "SSM parameter with its secret key"] = "/nimbossa/disqus-secret"
    services_with_keys: Annotated[str, "Services that the site has a key for: youtube, flickr, dropbox"] = ""
    service_key_parameters: Annotated[str, "Beginning of the names of their SSM parameters"] = "/nimbossa/keys/"
    mail_sender: Annotated[str, "Address that mails come from, known to Amazon SES; empty: no mail is sent"] = ""
    disable_email_notifications: Annotated[bool, "Send no notices, such as reports of imports"] = False
    spam: Annotated[str, "Domains of mail addresses that get no mail, comma separated"] = ""
    pro_autoimporter: Annotated[bool, "Daily imports only for accounts with `pro`, in published projects"] = False
    fulltextsearch_language: Annotated[LANGUAGES, "Language whose endings full-text search does not mind"] = "english"
    cost_line: Annotated[bool, "Count what each project consumes, and tell its owners"] = True
    tracing: Annotated[bool, "Send traces to X-Ray"] = False

    @property
    def keys_rate_limit(self) -> int:
        """Requests allowed to a caller with an API key."""
        return self.owner_rate_limit or 10 * self.rate_limit


PREFIX = "NIMBOSSA_"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Build `Settings` from environment variables; raises SettingsError naming the variable that is wrong."""
    given = {
        name: environment[PREFIX + name.upper()]
        for name in Settings.__struct_fields__
        if environment.get(PREFIX + name.upper(), "") != ""
    }
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"Environment variables {PREFIX}*: {error}") from error


def describe() -> list[tuple[str, object, str]]:
    """(variable, default, help) of each setting, in order."""
    hints = get_type_hints(Settings, include_extras=True)
    return [
        (PREFIX + field.name.upper(), field.default, get_args(hints[field.name])[1])
        for field in msgspec.structs.fields(Settings)
    ]
