"""`make import`: puts a file into the import bucket of the running local stack and follows its record to the end."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import EndpointConnectionError

from infra.import_progress import Show, shown
from infra.local.api import Api, ApiError
from infra.local.aws import client

PAUSE_SECONDS = 0.3
NO_STACK = "No local stack runs: start one with `make run`, and leave it running."
WAIT_SECONDS = 20.0  # for the record to appear
ERRORS_SHOWN = 10
COUNTS = ("rows_seen", "tasks_made", "duplicates", "error_count")

Record = Mapping[str, Any]


def put(local: Mapping[str, str], file: Path, key: str, show: Show) -> str:
    """Upload `file` in parts; the version that the bucket gave it."""
    s3, bucket = client("s3", local["aws_endpoint"]), local["import_bucket"]
    size, sent = max(1, file.stat().st_size), 0

    def tell(more: int) -> None:
        nonlocal sent
        sent += more
        show("Uploading", 100 * sent // size, f"{sent / 1e6:.1f} of {size / 1e6:.1f} MB", None)

    s3.upload_file(str(file), bucket, key, Callback=tell)
    return str(s3.head_object(Bucket=bucket, Key=key).get("VersionId"))


def record_of(api: Api, version: str) -> Record:
    """The import record of one version of an object. Raises TimeoutError when none appears."""
    deadline, last_id = time.monotonic() + WAIT_SECONDS, 0
    while time.monotonic() < deadline:
        for record in api.get("/api/import", last_id=last_id, limit=100):
            last_id = record["id"]
            if (record["source"] or {}).get("version") == version:
                return dict(record)
        time.sleep(PAUSE_SECONDS)
    raise TimeoutError(f"The import did not begin within {WAIT_SECONDS:.0f} s: look into the logs of `make run`.")


def follow(api: Api, record: Record, show: Show, now: Callable[[], float] = time.monotonic) -> Record:
    """Show how far the import is until it is over; the record at its end."""
    began, first = now(), record["rows_seen"]
    while record["finished"] is None:
        rate = (record["rows_seen"] - first) / max(0.1, now() - began)
        show(*_stage(record, rate), record["seconds_left"])
        time.sleep(PAUSE_SECONDS)
        record = api.get(f"/api/import/{record['id']}")
    return record


def _stage(record: Record, rate: float) -> tuple[str, int, str]:
    if record["message"]:
        return "Waiting", record["percent"], record["message"]
    if record["state"] == "gathering":
        of = f" of {record['total']:,}" if record["total"] else ""
        return "Gathering", 0, f"{record['gathered']:,}{of} records"
    if not record["rows_seen"]:
        return "Reading", record["percent"], "what the columns hold"
    counts = f"{record['rows_seen']:,} rows, {record['tasks_made']:,} tasks, {rate:,.0f}/s"
    return "Importing", record["percent"], counts


def summary(record: Record) -> list[str]:
    """What is printed at the end: the counts, then the first rows that were wrong."""
    counts = ", ".join(f"{name.replace('_', ' ')}: {record[name]:,}" for name in COUNTS)
    lines = [f"{record['state']}: {counts}", *map(_error, record["errors"][:ERRORS_SHOWN])]
    more = record["error_count"] - min(ERRORS_SHOWN, len(record["errors"]))
    return [*lines, f"  and {more:,} more: GET /api/import/{record['id']}"] if more > 0 else lines


def _error(wrong: Mapping[str, Any]) -> str:
    return f"  line {wrong['line']}: {wrong['reason']}" if wrong["line"] is not None else f"  {wrong['reason']}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make import", description=__doc__)
    parser.add_argument("--project", required=True, help="its short name")
    parser.add_argument("--file", required=True, type=Path)
    given = parser.parse_args(arguments)
    local_json = Path(os.environ.get("DATA_DIR", ".local")) / "local.json"
    for needed, lacking in ((given.file, f"There is no file {given.file}."), (local_json, NO_STACK)):
        if not needed.is_file():
            print(lacking, file=sys.stderr)
            return 1
    try:
        record = _import(json.loads(local_json.read_text()), given.file, given.project)
    except (ApiError, TimeoutError) as error:
        print(error, file=sys.stderr)
        return 1
    except (requests.ConnectionError, EndpointConnectionError, S3UploadFailedError):
        print(NO_STACK, file=sys.stderr)
        return 1
    print("\n".join(summary(record)))
    return 0 if record["state"] == "finished" else 1


def _import(local: Mapping[str, str], file: Path, project: str) -> Record:
    api = Api(local["url"], local["admin_api_key"])
    with shown(sys.stdout) as show:
        version = put(local, file, f"imports/{project}/{file.name}", show)
        return follow(api, record_of(api, version), show)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
