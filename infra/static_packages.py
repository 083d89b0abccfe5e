"""Brings jQuery 2.2.4, Bootstrap 3.4.1 and Font Awesome 4.7 from their packages to `chalicelib/web/static/vendor/`.

`python infra/static_packages.py` downloads the wheels pinned in static-packages.txt (checked by hash), compiles
Bootstrap's style sheet and copies the rest. Nothing is done when the files are there and the pins have not changed.
Presenters written for PYBOSSA need these very versions (contract web.md §6.1); why 2.2: they call `image.load(fn)`.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "infra" / "static-packages.txt"
VENDOR = ROOT / "chalicelib" / "web" / "static" / "vendor"
STAMP = ".pins"

BOOTSTRAP = "xstatic/pkg/bootstrap_scss/data"
AWESOME = "xstatic/pkg/font_awesome/data"
COPIES = {
    "jquery/static/js/jquery.js": "js/jquery.min.js",
    f"{BOOTSTRAP}/js/bootstrap.min.js": "js/bootstrap.min.js",
    f"{BOOTSTRAP}/fonts/bootstrap/glyphicons-halflings-regular.woff2": "fonts/glyphicons-halflings-regular.woff2",
    f"{BOOTSTRAP}/fonts/bootstrap/glyphicons-halflings-regular.woff": "fonts/glyphicons-halflings-regular.woff",
    f"{AWESOME}/css/font-awesome.min.css": "css/font-awesome.min.css",
    f"{AWESOME}/fonts/fontawesome-webfont.woff2": "fonts/fontawesome-webfont.woff2",
    f"{AWESOME}/fonts/fontawesome-webfont.woff": "fonts/fontawesome-webfont.woff",
}


def pins_digest() -> str:
    """Tells one state of the pins and of this script from another."""
    return hashlib.sha256(PINS.read_bytes() + Path(__file__).read_bytes()).hexdigest()


def is_current(vendor: Path) -> bool:
    stamp = vendor / STAMP
    return stamp.is_file() and stamp.read_text() == pins_digest()


def download(folder: Path) -> None:
    """Fetch and unpack the pinned wheels into `folder`; raises CalledProcessError when pip cannot."""
    folder.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(PINS), "-d", str(folder)]
    subprocess.run(command, check=True)
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)


def compile_bootstrap(folder: Path, target: Path) -> None:
    """Write Bootstrap's style sheet, minified, with the addresses of its icon font in our layout."""
    import sass  # type: ignore[import-untyped]

    source = '$icon-font-path: "../fonts/";\n@import "bootstrap";\n'
    css: str = sass.compile(
        string=source, include_paths=[str(folder / BOOTSTRAP / "scss")], output_style="compressed", precision=8
    )
    target.write_text(css.lstrip("\ufeff"), encoding="utf-8")


def fill(folder: Path, vendor: Path) -> None:
    for source, target in COPIES.items():
        (vendor / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / source, vendor / target)
    compile_bootstrap(folder, vendor / "css" / "bootstrap.min.css")
    (vendor / STAMP).write_text(pins_digest())


def build(vendor: Path = VENDOR) -> bool:
    """Make `vendor` complete; False when it already was."""
    if is_current(vendor):
        return False
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=vendor.parent, prefix=".vendor-") as folder:
        download(Path(folder, "wheels"))
        fill(Path(folder, "wheels"), Path(folder, "vendor"))
        shutil.rmtree(vendor, ignore_errors=True)
        Path(folder, "vendor").rename(vendor)
    return True


if __name__ == "__main__":
    print("static files: " + ("built" if build() else "up to date") + f" in {VENDOR.relative_to(ROOT)}")
