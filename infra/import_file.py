"""`make import`: puts a file into the import bucket of the running local stack and follows its record to the end."""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from infra.local.api import Api, ApiError

PAUSE_SECONDS = 0.3
NO_STACK = "No local stack runs: start one with `make run`."
WAIT_SECONDS = 20.0  # for the record to appear


def put(local: dict[str, str], file: Path, key: str) -> str:
    """Upload `file` in parts, with a line of progress; the version that the bucket gave it."""
    import boto3

    s3 = boto3.client(
        "s3",
        endpoint_url=local["aws_endpoint"],
        region_name=local["region"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    size, sent = file.stat().st_size, 0

    def tell(more: int) -> None:
        nonlocal sent
        sent += more
        show(f"uploading {sent / 1e6:.1f} of {size / 1e6:.1f} MB")

    s3.upload_file(str(file), local["import_bucket"], key, Callback=tell)
    return str(s3.head_object(Bucket=local["import_bucket"], Key=key).get("VersionId"))


def record_of(api: Api, version: str) -> dict[str, Any]:
    """The import record of one version of an object. Raises TimeoutError when none appears."""
    deadline, last_id = time.monotonic() + WAIT_SECONDS, 0
    while time.monotonic() < deadline:
        for record in api.get("/api/import", last_id=last_id, limit=100):
            last_id = record["id"]
            if record["source"] and record["source"]["version"] == version:
                return dict(record)
        time.sleep(PAUSE_SECONDS)
    raise TimeoutError("The import did not begin; does the stack run, and is the project's short name right?")


def follow(api: Api, record: dict[str, Any]) -> dict[str, Any]:
    """Show how far the import is until it is over."""
    while record["finished"] is None:
        show(f"{record['rows_seen']} rows seen, {record['tasks_made']} tasks made")
        time.sleep(PAUSE_SECONDS)
        record = api.get(f"/api/import/{record['id']}")
    return record


def show(text: str) -> None:
    print(f"\r{text:<78}", end="", flush=True)


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
    local = json.loads(local_json.read_text())
    api = Api(local["url"], local["admin_api_key"])
    try:
        version = put(local, given.file, f"imports/{given.project}/{given.file.name}")
        record = follow(api, record_of(api, version))
    except (ApiError, TimeoutError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    show("")
    counts = {name: record[name] for name in ("state", "rows_seen", "tasks_made", "duplicates", "error_count")}
    print("\r" + ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in counts.items()))
    for wrong in record["errors"]:
        place = f"line {wrong['line']}: " if wrong["line"] is not None else ""
        print(f"  {place}{wrong['reason']}")
    return 0 if record["state"] == "finished" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
