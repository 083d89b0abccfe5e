"""The bytecode in the package: found by Lambda's interpreter, never checked against dates, made once."""

import importlib.util
import subprocess
import sys
from pathlib import Path

from infra import bytecode


def test_each_module_gets_its_bytecode_where_the_interpreter_looks(tmp_path: Path) -> None:
    for name in ("app.py", "pkg/mod.py", "pkg/data.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("value = 1\n")
    files = {name: tmp_path / name for name in ("app.py", "pkg/mod.py", "pkg/data.txt")}
    found = bytecode.compiled(files, tmp_path / "cache")
    assert set(found) == {f"__pycache__/app.{bytecode.TAG}.pyc", f"pkg/__pycache__/mod.{bytecode.TAG}.pyc"}


def test_bytecode_is_used_whatever_the_date_of_its_source(tmp_path: Path) -> None:
    source = tmp_path / "answer.py"
    source.write_text("value = 'compiled'\n")
    ((place, made),) = bytecode.compiled({"answer.py": source}, tmp_path / "cache").items()
    (tmp_path / place).parent.mkdir()
    tag = sys.implementation.cache_tag or ""
    (tmp_path / place.replace(bytecode.TAG, tag)).write_bytes(made.read_bytes())
    source.write_text("value = 'source'\n")
    told = subprocess.run(
        [sys.executable, "-c", "import answer; print(answer.value)"], cwd=tmp_path, capture_output=True, text=True
    )
    assert told.stdout == "compiled\n"
    assert made.read_bytes()[:4] == importlib.util.MAGIC_NUMBER


def test_bytecode_is_made_once_per_content_and_tracebacks_name_lambdas_folder(tmp_path: Path) -> None:
    source, cache = tmp_path / "one.py", tmp_path / "cache"
    source.write_text("value = 1\n")
    (first,) = bytecode.compiled({"one.py": source}, cache).values()
    made = first.stat().st_mtime_ns
    (again,) = bytecode.compiled({"one.py": source}, cache).values()
    source.write_text("value = 2\n")
    (changed,) = bytecode.compiled({"one.py": source}, cache).values()
    assert (again, again.stat().st_mtime_ns) == (first, made)
    assert changed != first
    assert b"/var/task/one.py" in first.read_bytes()


def test_a_file_that_is_no_module_ships_as_it_is(tmp_path: Path) -> None:
    source = tmp_path / "old.py"
    source.write_text("print 'python 2'\n")
    assert bytecode.compiled({"old.py": source}, tmp_path / "cache") == {}
