"""The zip that Lambda runs: what is in it, what is not, and that equal content gives equal bytes."""

import os
import zipfile
from pathlib import Path

import pytest

from infra import archive


@pytest.fixture
def vendored(tmp_path: Path) -> Path:
    folder = tmp_path / "vendor"
    for name in (
        "chalice/__init__.py",
        "chalice/app.py",
        "chalice/cli/__init__.py",
        "orjson/orjson.so",
        "orjson/__init__.pyi",
        "markdown_it/__pycache__/main.pyc",
        "markdown_it/tests/test_main.py",
        "bin/chalice",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_of_chalice_only_the_runtime_ships_and_of_libraries_only_what_runs(vendored: Path) -> None:
    assert set(archive.library_files(vendored)) == {"chalice/__init__.py", "chalice/app.py", "orjson/orjson.so"}


def test_the_app_ships_with_templates_and_without_tests_infra_or_bytecode(tmp_path: Path) -> None:
    for name in ("app.py", "chalicelib/web/templates/x.html", "chalicelib/a.py", "infra/deploy.py", "tests/t.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert set(archive.app_files(tmp_path)) == {"app.py", "chalicelib/web/templates/x.html", "chalicelib/a.py"}


def test_equal_content_gives_equal_bytes_whatever_the_dates(vendored: Path, tmp_path: Path) -> None:
    files = archive.library_files(vendored)
    archive.write(files, tmp_path / "first.zip")
    for path in files.values():
        os.utime(path, (1_000_000_000, 1_000_000_000))
    archive.write(dict(reversed(files.items())), tmp_path / "second.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_the_digest_changes_with_a_name_and_with_a_byte(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    assert len({archive.digest(files) for files in ({"a": one}, {"b": one}, {"a": other})}) == 3
    assert archive.digest({"a": one}) == archive.digest({"a": one})


def test_files_can_be_read_by_lambdas_user(vendored: Path, tmp_path: Path) -> None:
    archive.write(archive.library_files(vendored), tmp_path / "code.zip")
    assert {entry.external_attr >> 16 for entry in zipfile.ZipFile(tmp_path / "code.zip").infolist()} == {0o644}


def test_a_package_over_the_limit_is_refused_and_the_largest_part_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LIMIT", 1000)
    heavy = tmp_path / "heavy.bin"
    heavy.write_bytes(os.urandom(2000))
    with pytest.raises(archive.ArchiveTooLarge, match="heavy 2,0"):
        archive.write({"heavy/heavy.bin": heavy}, tmp_path / "code.zip")
    assert not (tmp_path / "code.zip").exists()
