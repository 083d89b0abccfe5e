"""`make user`: creates an account on the running local stack, or with STAGE on AWS. Prints a link to set its password
with, and as the last line the API key. `make password` prints such a link for an account that there is.

The first administrator is made here too (design §3): never "whoever signs up first".
"""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from chalicelib.bootstrap import Bootstrap
from chalicelib.core.errors import IntegrityFault
from chalicelib.core.keys import new_api_key
from chalicelib.core.moments import timestamp
from chalicelib.core.password_links import password_link
from chalicelib.core.users import User
from infra.account import secret_parameter

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


def password_paths(stack: str) -> Callable[[str], str]:
    """What gives, for an account's name, the path of a link that sets its password, good for a day and for once; it
    raises ValueError. The site's secret is read at once: who may not read it is told before an account is made."""
    services = Bootstrap({"NIMBOSSA_STACK": stack, "NIMBOSSA_SECRET_PARAMETER": secret_parameter(stack)})
    recognition, users = services.recognition, services.users

    def path_of(name: str) -> str:
        user = users.by_name(name)
        if user is None:
            raise ValueError(f"There is no account {name}.")
        return password_link(recognition, users, user)

    return path_of


def point_at_local(data_dir: Path) -> str:
    """Aim AWS clients at the running local stack; the site's address. Raises FileNotFoundError when none runs."""
    local = json.loads((data_dir / "local.json").read_text())
    os.environ["AWS_ENDPOINT_URL"] = local["aws_endpoint"]
    os.environ["AWS_DEFAULT_REGION"] = local["region"]
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "local")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "local")
    address: str = local["url"]
    return address


def arguments_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make user", description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--email", help="of the new account; without it, only a link to set a password is printed")
    parser.add_argument("--admin", action="store_true")
    parser.add_argument("--stack", default=None, help="name of a stack on AWS; without it, the running local one")
    parser.add_argument("--data-dir", default=os.environ.get("DATA_DIR", ".local"), type=Path)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    given = arguments_of(arguments)
    stack = given.stack or "nimbossa"
    try:
        site = point_at_local(given.data_dir) if given.stack is None else "<address of the site>"
        path_of = password_paths(stack)
        key = create_user(given.name, given.email, given.admin, stack) if given.email else None
        path = path_of(given.name)
    except FileNotFoundError:
        print(f"No local stack runs in {given.data_dir}: start one with `make run`.", file=sys.stderr)
        return 1
    except (ValueError, IntegrityFault) as error:
        print(str(error), file=sys.stderr)
        return 1
    print(f"Link to set the password of {given.name}, good for a day and for once:\n{site}{path}")
    if key is not None:
        print(f"{'Administrator' if given.admin else 'Account'} {given.name} created. API key, shown only now:")
        print(key)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
