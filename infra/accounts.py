"""`make user`: creates an account on the running local stack, or with STAGE on AWS. The last line is the API key.

The first administrator is made here too (design §3): never "whoever signs up first".
"""

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path

from chalicelib.bootstrap import Bootstrap
from chalicelib.core.errors import IntegrityFault
from chalicelib.core.keys import new_api_key
from chalicelib.core.moments import timestamp
from chalicelib.core.users import User

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
NAME = re.compile(r"[^\s$#&\\/|]{3,35}")  # contract web.md §1.14 and §3, register


def create_user(name: str, email: str, admin: bool, stack: str, api_key: str | None = None) -> str:
    """Create the account in the tables of `stack` and return its API key. Raises ValueError, IntegrityFault."""
    if not NAME.fullmatch(name):
        raise ValueError("NAME must have 3 to 35 characters, without spaces and $ # & \\ / |.")
    if not ADDRESS.fullmatch(email):
        raise ValueError("EMAIL must look like somebody@example.org.")
    users = Bootstrap({"NIMBOSSA_STACK": stack}).users
    key = api_key or new_api_key()
    now = timestamp(time.time())
    users.create(User(users.next_id(), now, name, name, email, admin=admin), key)
    return key


def point_at_local(data_dir: Path) -> None:
    """Aim AWS clients at the running local stack. Raises FileNotFoundError when none runs."""
    local = json.loads((data_dir / "local.json").read_text())
    os.environ["AWS_ENDPOINT_URL"] = local["aws_endpoint"]
    os.environ["AWS_DEFAULT_REGION"] = local["region"]
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "local")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "local")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make user", description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--email", required=True)
    parser.add_argument("--admin", action="store_true")
    parser.add_argument("--stack", default=None, help="name of a stack on AWS; without it, the running local one")
    parser.add_argument("--data-dir", default=os.environ.get("DATA_DIR", ".local"), type=Path)
    given = parser.parse_args(arguments)
    try:
        if given.stack is None:
            point_at_local(given.data_dir)
        key = create_user(given.name, given.email, given.admin, given.stack or "nimbossa")
    except FileNotFoundError:
        print(f"No local stack runs in {given.data_dir}: start one with `make run`.", file=sys.stderr)
        return 1
    except (ValueError, IntegrityFault) as error:
        print(str(error), file=sys.stderr)
        return 1
    print(f"{'Administrator' if given.admin else 'Account'} {given.name} created. API key, shown only now:")
    print(key)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
