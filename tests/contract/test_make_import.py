"""`make import`: by any kind of file, to the end of its record."""

import dataclasses
import gzip
import json
import uuid
from pathlib import Path

import pytest

from infra import import_file
from tests.fakes.site import Site
from tests.instance import Stack

ROWS = "question,n_answers\n" + "".join(f"Is {number} prime?,3\n" for number in range(20)) + "How many?,0\n"


@pytest.fixture
def folder(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "local.json").write_text(json.dumps(dataclasses.asdict(stack)))
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def project(stack: Stack) -> str:
    short_name = f"import{uuid.uuid4().hex[:8]}"
    Site(stack).create_project(short_name)
    return short_name


def _run(project: str, file: Path) -> int:
    return import_file.main(["--project", project, "--file", str(file)])


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_a_file_is_imported_and_its_wrong_rows_are_told(
    folder: Path, project: str, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = folder / name
    file.write_bytes(gzip.compress(ROWS.encode()) if name.endswith(".gz") else ROWS.encode())
    assert _run(project, file) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("Uploading: 100 %")
    assert told[-2] == "finished: rows seen: 21, tasks made: 20, duplicates: 0, error count: 1"
    assert told[-1].startswith("  line 22: n_answers is 0")


def test_a_file_that_cannot_be_imported_fails_with_its_reason(
    folder: Path, project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty.csv").write_bytes(b"\n")
    assert _run(project, folder / "empty.csv") == 1
    assert capsys.readouterr().out.splitlines()[-1] == "  The file is empty."


def test_an_unknown_project_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rows.csv").write_text(ROWS)
    assert _run("nowhere-at-all", folder / "rows.csv") == 1
    assert "no project 'nowhere-at-all'" in capsys.readouterr().out


def test_without_a_file_or_a_stack_it_says_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("p", folder / "missing.csv") == 1
    assert "There is no file" in capsys.readouterr().err
    (folder / "rows.csv").write_text(ROWS)
    nobody = "http://127.0.0.1:9"
    gone = {"url": nobody, "aws_endpoint": nobody, "import_bucket": "b", "admin_api_key": "k"}
    (folder / "local.json").write_text(json.dumps(gone))
    assert _run("p", folder / "rows.csv") == 1
    (folder / "local.json").unlink()
    assert _run("p", folder / "rows.csv") == 1
    assert capsys.readouterr().err.count("make run") == 2
