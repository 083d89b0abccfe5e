"""`python -m infra.package --out DIR` writes `DIR/template.json` and `DIR/deployment.zip`, ready to deploy.

The template is the same for AWS and for the local cloud; deployments differ by its parameters. Fast when nothing
changed: libraries are fetched once per set of pins, the zip is written once per content (`DIR/deployment.digest`).
"""

import argparse
import json
import sys
import time
from pathlib import Path

from infra import archive, bytecode, static_packages, template, vendor

BUILD = template.ROOT / ".build"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.package", description="Build the stack's package.")
    parser.add_argument("--out", type=Path, default=BUILD / "package", help="where to write it")
    parser.add_argument("--template-only", action="store_true", help="leave the functions' code out")
    options = parser.parse_args(arguments)
    try:
        build(options.out, code=not options.template_only)
    except (vendor.VendorError, archive.ArchiveTooLarge) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def build(out: Path, code: bool = True) -> None:
    """Write the package to `out`; raises VendorError, ArchiveTooLarge."""
    started = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    document = json.dumps(template.build_template(), sort_keys=True, separators=(",", ":"))
    (out / "template.json").write_text(document + "\n")
    print(f"Wrote {out / 'template.json'}", flush=True)
    if code:
        _build_code(out)
    print(f"Package ready in {time.monotonic() - started:.1f} s", flush=True)


def _build_code(out: Path) -> None:
    static_packages.build()
    libraries = vendor.fetch(vendor.shipped(template.ROOT / "requirements.txt"), BUILD)
    files = archive.library_files(libraries) | archive.app_files(template.ROOT)
    target, stamp = out / "deployment.zip", out / "deployment.digest"
    content = f"{archive.digest(files)} {'compiled' if bytecode.can_compile() else 'sources'}"
    if target.is_file() and stamp.is_file() and stamp.read_text() == content:
        print(f"{target} is up to date", flush=True)
        return
    archive.write(files | _bytecode(files), target)
    stamp.write_text(content)
    print(f"Wrote {target}: {len(files)} files, {target.stat().st_size / 1e6:.1f} MB", flush=True)


def _bytecode(files: archive.Files) -> archive.Files:
    if bytecode.can_compile():
        print("Compiling modules …", flush=True)
        return bytecode.compiled(files, BUILD / "bytecode")
    print(f"Modules ship uncompiled, for slower cold starts: build with Python {vendor.PYTHON}", flush=True)
    return {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
