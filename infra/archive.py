"""The zip that Lambda runs: the app and its libraries, the same bytes for the same content."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

LIMIT = 20_000_000  # bytes, zipped; cold starts grow with it
EPOCH = (1980, 1, 1, 0, 0, 0)
CHALICE_FILES = {"chalice/__init__.py", "chalice/app.py"}
NOT_RUN = {"__pycache__", "bin", "tests", "test"}

Files = dict[str, Path]


class ArchiveTooLarge(Exception):
    """The package is over the limit; the message lists the largest parts."""


def app_files(root: Path) -> Files:
    """Archive name and place of each file of the app itself."""
    return {"app.py": root / "app.py"} | {
        str(path.relative_to(root)): path for path in _files(root / "chalicelib", root / "chalicelib")
    }


def library_files(vendor: Path) -> Files:
    """Archive name and place of each vendored file that runs; of Chalice only what its own packager ships."""
    named = {str(path.relative_to(vendor)): path for path in _files(vendor, vendor)}
    return {name: path for name, path in named.items() if not name.startswith("chalice/") or name in CHALICE_FILES}


def _files(folder: Path, top: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not NOT_RUN & set(path.relative_to(top).parts) and path.suffix not in {".pyc", ".pyi"}:
            yield path


def digest(files: Files) -> str:
    """Tells one content from another."""
    whole = hashlib.sha256()
    for name, path in sorted(files.items()):
        whole.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def write(files: Files, target: Path) -> None:
    """Zip `files`, with one fixed date so that equal content gives equal bytes; raises ArchiveTooLarge."""
    half_done = target.with_suffix(".part")
    with zipfile.ZipFile(half_done, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    _refuse_large(half_done)
    shutil.move(half_done, target)


def _refuse_large(archive: Path) -> None:
    size = archive.stat().st_size
    if size > LIMIT:
        raise ArchiveTooLarge(f"{archive} has {size:,} bytes, more than {LIMIT:,}. Largest: {_largest(archive)}")


def _largest(archive: Path) -> str:
    sizes: dict[str, int] = {}
    for entry in zipfile.ZipFile(archive).infolist():
        top = entry.filename.split("/")[0]
        sizes[top] = sizes.get(top, 0) + entry.compress_size
    return ", ".join(f"{name} {size:,}" for name, size in sorted(sizes.items(), key=lambda pair: -pair[1])[:5])
