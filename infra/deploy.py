"""`python -m infra.deploy --stage NAME [--set Parameter=value …]` (`make deploy STAGE=NAME`): one command up.

Builds the package, makes the site's secret if there is none, uploads the code, creates or updates the stack by a
change set, tells each event, and ends with the addresses. Parameters that are not given keep their value.
"""

import argparse
import sys
from pathlib import Path

from infra import account, archive, package, stack, template, vendor

REFUSALS = (account.AccountError, archive.ArchiveTooLarge, stack.StackFailed, vendor.VendorError)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Create or update a stage's stack.")
    parser.add_argument("--stage", required=True, help="name of the deployment; the stack is nimbossa-<stage>")
    parser.add_argument("--set", nargs="*", default=[], type=_pair, metavar="PARAMETER=VALUE", help="stack parameters")
    parser.add_argument("--out", type=Path, default=template.ROOT / ".build" / "package", help="where to build")
    options = parser.parse_args(arguments)
    try:
        deploy(options.stage, dict(options.set), options.out)
    except REFUSALS as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not Parameter=value")
    return name, value


def deploy(stage: str, parameters: dict[str, str], out: Path) -> dict[str, str]:
    """Bring the stage's stack up to date and return its outputs; raises one of REFUSALS."""
    name = account.stack_name(stage)
    here = account.open_account()
    print(f"Deploying {name} to account {here.number}, {here.region}", flush=True)
    package.build(out)
    if account.ensure_secret(here, name):
        print(f"Made the site's secret in {account.secret_parameter(name)}")
    uploaded = stack.upload(here.client("s3"), account.ensure_code_bucket(here, name), out)
    stack.apply(here.client("cloudformation"), name, uploaded, parameters)
    outputs = stack.outputs(here.client("cloudformation"), name)
    _tell(stage, outputs)
    return outputs


def _tell(stage: str, outputs: dict[str, str]) -> None:
    print(f"Site:          {outputs.get('FunctionUrl') or outputs.get('EndpointURL')}")
    print(f"Import bucket: {outputs['ImportBucket']}")
    print(f"First administrator: make user STAGE={stage} NAME=… EMAIL=… ADMIN=1")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
