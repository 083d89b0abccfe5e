"""`python -m infra.deploy --stage NAME [--set Parameter=value …]` (`make deploy STAGE=NAME`): one command up.

Builds the package, makes the site's secret if there is none, uploads the code, creates or updates the stack by a
change set, tells each event, and ends with the addresses and, the first time, the administrator's key. Parameters that
are not given keep their value.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import NamedTuple

from botocore.exceptions import ClientError

from infra import account, archive, package, stack, template, vendor

REFUSALS = (account.AccountError, archive.ArchiveTooLarge, stack.StackFailed, vendor.VendorError, ClientError)


class Administrator(NamedTuple):
    """Who is made administrator by the first deployment of a stage."""

    name: str
    email: str


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Create or update a stage's stack.")
    parser.add_argument("--stage", required=True, help="name of the deployment; the stack is nimbossa-<stage>")
    parser.add_argument("--set", nargs="*", default=[], type=_pair, metavar="PARAMETER=VALUE", help="stack parameters")
    parser.add_argument("--out", type=Path, default=template.ROOT / ".build" / "package", help="where to build")
    parser.add_argument("--admin-name", default="admin", help="name of the first administrator")
    parser.add_argument("--admin-email", default="admin@example.org", help="address of the first administrator")
    options = parser.parse_args(arguments)
    try:
        first = Administrator(options.admin_name, options.admin_email)
        deploy(options.stage, dict(options.set), options.out, first)
    except REFUSALS as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not Parameter=value")
    return name, value


def deploy(stage: str, parameters: dict[str, str], out: Path, first: Administrator) -> None:
    """Bring the stage's stack up to date; raises one of REFUSALS."""
    name = account.stack_name(stage)
    here = account.open_account()
    print(f"Deploying {name} to account {here.number}, {here.region}", flush=True)
    package.build(out)
    if account.ensure_secret(here, name):
        print(f"Made the site's secret in {account.secret_parameter(name)}")
    cloudformation = here.client("cloudformation")
    is_new = stack.describe(cloudformation, name) is None
    uploaded = stack.upload(here.client("s3"), account.ensure_code_bucket(here, name), out)
    stack.apply(cloudformation, name, uploaded, parameters)
    _tell(stack.outputs(cloudformation, name))
    if is_new:
        _make_administrator(first, name, here.region)


def _tell(outputs: dict[str, str]) -> None:
    print(f"Site:          {outputs.get('FunctionUrl') or outputs.get('EndpointURL')}")
    print(f"Import bucket: {outputs['ImportBucket']}")


def _make_administrator(first: Administrator, name: str, region: str) -> None:
    from infra import accounts

    os.environ["AWS_DEFAULT_REGION"] = region  # PynamoDB finds it there
    key = accounts.create_user(first.name, first.email, admin=True, stack=name)
    print(f"Administrator {first.name} ({first.email}). API key, shown only now:\n{key}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
