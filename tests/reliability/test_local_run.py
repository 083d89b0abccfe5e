"""`make run` as a process among others: it starts, stops, comes back with its data, and says clearly why it cannot."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import aws
from infra.local.api import Api, ApiError
from infra.local.waiting import wait_for
from tests.instance import REPOSITORY, LocalInstance, Stack

READY_SECONDS = 10.0  # promised for a start with a built environment
STOP_SECONDS = 10.0
RESULT_SECONDS = 20.0
SAVED_SECONDS = 6.5  # what a kill of everything may lose: SAVE_SECONDS of infra/local/memory.py and the writing


@pytest.fixture(scope="module")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an instance that was started and stopped once."""
    data_dir = tmp_path_factory.mktemp("once") / "data"
    with LocalInstance(data_dir) as instance:
        instance.wait()
        assert instance.stop() == 0
    return data_dir


@pytest.fixture
def data_dir(started_once: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of that folder; afterwards no process of the instance may be left, whatever the test did."""
    copied = tmp_path / "data"
    shutil.copytree(started_once, copied)
    yield copied
    assert _processes_of(copied, within=STOP_SECONDS) == []


def _processes_of(data_dir: Path, within: float = 0.0) -> list[str]:
    """Command lines of all processes that were started with this DATA_DIR, once they had `within` seconds to end."""
    deadline = time.monotonic() + within
    while True:
        found = [command for process, command in _commands() if f"DATA_DIR={data_dir}" in _environment(process)]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def _commands() -> Iterator[tuple[Path, str]]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield process, (process / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue  # it ended meanwhile


def _environment(process: Path) -> list[str]:
    try:
        return (process / "environ").read_text(errors="replace").split("\0")
    except OSError:
        return []


def _remember(stack: Stack, key: str) -> None:
    """Write an item and an object."""
    aws.client("dynamodb", stack.aws_endpoint).put_item(
        TableName=f"{aws.STACK}-names", Item={"key": {"S": key}, "id": {"N": "1"}}
    )
    aws.client("s3", stack.aws_endpoint).put_object(Bucket=stack.import_bucket, Key=f"other/{key}", Body=key.encode())


def _remembered(stack: Stack, key: str) -> list[bool]:
    """Whether the item is there, and the object."""
    dynamodb = aws.client("dynamodb", stack.aws_endpoint)
    item = dynamodb.get_item(TableName=f"{aws.STACK}-names", Key={"key": {"S": key}}).get("Item")
    s3 = aws.client("s3", stack.aws_endpoint)
    listed = s3.list_objects_v2(Bucket=stack.import_bucket, Prefix=f"other/{key}").get("KeyCount")
    return [item is not None, listed == 1]


def _complete_a_task(stack: Stack) -> None:
    """Answer a new task and wait for its result, which comes by the stream."""
    api = Api(stack.url, stack.admin_api_key)
    (project,) = api.get("/api/project", short_name="cloudspotter", all=1)
    asked = {"project_id": project["id"], "n_answers": 1, "priority_0": 1.0, "info": {"question": str(uuid.uuid4())}}
    task = api.post("/api/task", asked)
    assert api.get(f"/api/project/{project['id']}/newtask")["id"] == task["id"]
    api.post("/api/taskrun", {"project_id": project["id"], "task_id": task["id"], "info": "done"})
    wait_for(lambda: api.get("/api/result", task_id=task["id"], all=1), RESULT_SECONDS, "the result")


def _kill_everything_of(instance: LocalInstance) -> None:
    for process, _ in list(_commands()):
        if f"DATA_DIR={instance.data_dir}" in _environment(process):
            os.kill(int(process.name), signal.SIGKILL)
    instance.process.wait()


def _answers(stack: Stack) -> bool:
    with urllib.request.urlopen(f"{stack.url}/api/", timeout=5) as answer:
        return bool(answer.status == 200)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_a_clean_stop_the_next_start_is_quick_with_all_data_and_live_stream(data_dir: Path, number: int) -> None:
    with LocalInstance(data_dir) as first:
        stack = first.wait()
        _remember(stack, "kept")
        _complete_a_task(stack)
        asked = time.monotonic()
        assert first.stop(number) == 0
        assert time.monotonic() - asked < STOP_SECONDS
    assert not (data_dir / "local.json").exists()
    assert _processes_of(data_dir) == []
    with LocalInstance(data_dir) as second:
        stack = second.wait(READY_SECONDS)
        print(f"ready after {time.monotonic() - second.began:.1f} s")
        assert _remembered(stack, "kept") == [True, True]
        assert _answers(stack)
        _complete_a_task(stack)


def test_a_killed_launcher_leaves_no_process_behind_and_loses_nothing(data_dir: Path) -> None:
    with LocalInstance(data_dir) as killed:
        _remember(killed.wait(), "just written")
        killed.process.kill()
        assert _processes_of(data_dir, within=STOP_SECONDS) == []
    with LocalInstance(data_dir) as next_one:
        assert _remembered(next_one.wait(), "just written") == [True, True]


def test_a_kill_of_everything_at_once_loses_seconds_and_not_more(data_dir: Path) -> None:
    with LocalInstance(data_dir) as killed:
        stack = killed.wait()
        _remember(stack, "seconds old")
        time.sleep(SAVED_SECONDS)
        _kill_everything_of(killed)
    with LocalInstance(data_dir) as next_one:
        assert _remembered(next_one.wait(), "seconds old") == [True, True]


def test_a_file_put_into_the_bucket_just_before_a_kill_of_everything_becomes_tasks_once(data_dir: Path) -> None:
    rows = "question,image\n" + "".join(f"after the kill {number},sky.svg\n" for number in range(30))
    with LocalInstance(data_dir) as killed:
        stack = killed.wait()
        time.sleep(SAVED_SECONDS)
        s3 = aws.client("s3", stack.aws_endpoint)
        s3.put_object(Bucket=stack.import_bucket, Key="imports/cloudspotter/late.csv", Body=rows.encode())
        _kill_everything_of(killed)
    with LocalInstance(data_dir) as next_one:
        stack = next_one.wait()
        tasks = wait_for(lambda: _tasks_about(stack, "after the kill", 30), RESULT_SECONDS, "the import")
        assert len({task["info"]["question"] for task in tasks}) == len(tasks) == 30


def _tasks_about(stack: Stack, question: str, enough: int) -> list[Any]:
    """The demo project's tasks whose question begins so, once there are enough of them."""
    api = Api(stack.url, stack.admin_api_key)
    found = [task for task in api.get("/api/task", limit=100, all=1) if task["info"]["question"].startswith(question)]
    return found if len(found) >= enough else []


@pytest.mark.parametrize("name", ["cloud", "functions", "web"])
def test_when_one_of_its_processes_dies_the_launcher_says_so_and_ends_the_others(data_dir: Path, name: str) -> None:
    with LocalInstance(data_dir) as instance:
        instance.wait()
        victim = next(
            process
            for process, command in _commands()
            if f"infra.local.{name} " in command and f"DATA_DIR={data_dir}" in _environment(process)
        )
        os.kill(int(victim.name), signal.SIGKILL)
        assert instance.process.wait(STOP_SECONDS) == 1
        assert f"The {name} process ended unexpectedly" in instance.output().splitlines()[-1]


def test_a_new_administrators_key_replaces_the_old_one(data_dir: Path) -> None:
    with LocalInstance(data_dir) as before:
        old = before.wait().admin_api_key
    with LocalInstance(data_dir, ADMIN_API_KEY="chosen-by-me") as after:
        stack = after.wait()
        assert stack.admin_api_key == "chosen-by-me"
        (project,) = Api(stack.url, "chosen-by-me").get("/api/project")  # one's own: the demo project
        assert project["short_name"] == "cloudspotter"
        with pytest.raises(ApiError, match="401"):
            Api(stack.url, old).put(f"/api/project/{project['id']}", {"description": "changed"})
    with LocalInstance(data_dir) as later:
        assert later.wait().admin_api_key == "chosen-by-me"


def test_two_instances_run_side_by_side(data_dir: Path, started_once: Path, tmp_path: Path) -> None:
    other_dir = tmp_path / "other"
    shutil.copytree(started_once, other_dir)
    with LocalInstance(data_dir) as one, LocalInstance(other_dir) as other:
        _remember(one.wait(), "only here")
        assert _remembered(other.wait(), "only here") == [False, False]
        assert _answers(one.wait())
        assert _answers(other.wait())


def test_a_stop_in_the_middle_of_the_first_start_is_clean_and_the_next_start_completes(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with LocalInstance(data_dir) as interrupted:
        while "Packaging" not in interrupted.output():
            time.sleep(0.05)
        assert interrupted.stop(signal.SIGINT) == 0
    assert _processes_of(data_dir, within=STOP_SECONDS) == []
    with LocalInstance(data_dir) as second:
        assert _answers(second.wait())


def _refusal(data_dir: Path, **settings: str) -> str:
    """The one sentence that a launch ends with."""
    with LocalInstance(data_dir, **settings) as instance:
        assert instance.process.wait(60) == 1
        lines = [line for line in instance.output().splitlines() if not line.startswith("[")]
        assert len(lines) == 1, lines
        assert lines[0].startswith("make run: ")
        return lines[0]


def test_a_port_in_use_is_one_sentence(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"Port {port} is in use" in _refusal(data_dir, PORT=port)


@pytest.mark.parametrize("port", ["eighty", "65536", "-1"])
def test_a_port_that_is_none_is_one_sentence(data_dir: Path, port: str) -> None:
    assert f"PORT={port} is not a whole number" in _refusal(data_dir, PORT=port)


def test_a_data_folder_in_use_is_one_sentence(data_dir: Path) -> None:
    with LocalInstance(data_dir) as first:
        first.wait()
        assert "is in use by process" in _refusal(data_dir)


def _truncate(data_dir: Path) -> None:
    snapshot = data_dir / "cloud" / "cloud.snapshot"
    os.truncate(snapshot, snapshot.stat().st_size // 2)


def _flip_a_bit(data_dir: Path) -> None:
    snapshot = data_dir / "cloud" / "cloud.snapshot"
    content = bytearray(snapshot.read_bytes())
    content[len(content) // 2] ^= 1
    snapshot.write_bytes(content)


def _empty(data_dir: Path) -> None:
    (data_dir / "cloud" / "cloud.snapshot").write_bytes(b"")


def _remove(data_dir: Path) -> None:
    (data_dir / "cloud" / "cloud.snapshot").unlink()


def _scribble_on_the_mark(data_dir: Path) -> None:
    (data_dir / "instance.json").write_text("{")


def _scribble_on_the_key(data_dir: Path) -> None:
    (data_dir / "admin.json").write_text("[]")


@pytest.mark.parametrize(
    "damage", [_truncate, _flip_a_bit, _empty, _remove, _scribble_on_the_mark, _scribble_on_the_key]
)
def test_a_damaged_data_folder_is_one_sentence_and_stays_as_it_is(data_dir: Path, damage: Any) -> None:
    damage(data_dir)
    before = {path: path.read_bytes() for path in data_dir.rglob("cloud.snapshot")}
    assert "damaged" in _refusal(data_dir)
    assert {path: path.read_bytes() for path in data_dir.rglob("cloud.snapshot")} == before


def test_a_folder_with_other_things_in_it_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("mine")
    assert "holds other things (thesis.odt)" in _refusal(tmp_path)


def test_a_file_as_data_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is a file" in _refusal(tmp_path / "file")


def test_a_missing_python_is_one_sentence(tmp_path: Path) -> None:
    script = REPOSITORY / "infra" / "local" / "build_environment.sh"
    ended = subprocess.run(
        ["sh", str(script)], cwd=tmp_path, env={**os.environ, "PYTHON": "python2.7"}, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "make: Python 3.11, 3.12 or 3.13 is needed and python2.7 is not it: install one, or name it with PYTHON=…"
    ]
