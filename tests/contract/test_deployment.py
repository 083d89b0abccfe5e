"""One command up, one down, against the emulated cloud: what the stack needs beside itself, and what it leaves."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import deploy, destroy, stack
from tests.fakes.emulator import Emulator

STAGE = "rehearsal"
STACK = f"nimbossa-{STAGE}"
REGION = "eu-west-3"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(autouse=True)
def account(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(stack, "POLL_SECONDS", 0.1)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("package")


def up(out: Path, *more: str) -> int:
    return deploy.main(["--stage", STAGE, "--out", str(out), *more])


def client(service: str) -> Any:
    return boto3.client(service)


def secret() -> str:
    answer = client("ssm").get_parameter(Name=f"/{STACK}/secret", WithDecryption=True)
    assert answer["Parameter"]["Type"] == "SecureString"
    return answer["Parameter"]["Value"]


def left_behind() -> dict[str, list[str]]:
    """Names of whatever still bears the stack's name."""
    found = {
        "buckets": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
        "tables": client("dynamodb").list_tables()["TableNames"],
        "queues": client("sqs").list_queues().get("QueueUrls", []),
        "functions": [entry["FunctionName"] for entry in client("lambda").list_functions()["Functions"]],
        "logs": [entry["logGroupName"] for entry in client("logs").describe_log_groups()["logGroups"]],
        "parameters": [entry["Name"] for entry in client("ssm").describe_parameters()["Parameters"]],
    }
    return {kind: mine for kind, names in found.items() if (mine := [name for name in names if STACK in name])}


def test_a_stage_goes_up_stays_and_goes_down_without_a_trace(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert up(out) == 0
    first = capsys.readouterr().out
    assert re.search(r"Site: +https://\S+\.lambda-url\.", first)
    assert f"Import bucket: {STACK}-imports-" in first
    assert len(first.split("shown only now:\n")[1].strip()) >= 22  # 128 bits and more
    key = secret()
    assert len(bytes.fromhex(key)) == 32

    assert up(out) == 0
    again = capsys.readouterr().out
    assert "is up to date" in again
    assert "API key" not in again
    assert secret() == key

    assert destroy.main(["--stage", STAGE]) == 1
    assert f"make deploy STAGE={STAGE} SET=DeletionProtection=false" in capsys.readouterr().err

    assert up(out, "--set", "DeletionProtection=false", "RateLimit=77") == 0
    assert stack.environment(client("lambda"), STACK)["NIMBOSSA_RATE_LIMIT"] == "77"
    assert up(out, "--set", "Brand=Ours") == 0
    kept = stack.environment(client("lambda"), STACK)
    assert (kept["NIMBOSSA_RATE_LIMIT"], kept["NIMBOSSA_BRAND"]) == ("77", "Ours")
    for version in range(3):
        client("s3").put_object(
            Bucket=kept["NIMBOSSA_IMPORT_BUCKET"], Key="elsewhere/tasks.csv", Body=str(version).encode()
        )

    capsys.readouterr()
    assert destroy.main(["--stage", STAGE]) == 1
    assert "Nothing was deleted" in capsys.readouterr().err
    assert stack.describe(client("cloudformation"), STACK) is not None

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORCE", "1")
        assert destroy.main(["--stage", STAGE]) == 0
        assert left_behind() == {}
        assert destroy.main(["--stage", STAGE]) == 0


def test_an_unknown_parameter_is_refused_with_those_that_exist(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert up(out, "--set", "Colour=red") == 1
    assert "no parameter Colour; it has AlarmTopic, AllowPrivateEgress" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["Prod", "", "a" * 19, "x_y", "1st"])
def test_a_stage_that_no_bucket_could_be_named_after_is_refused(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert deploy.main(["--stage", stage]) == 1
    assert "1 to 18 of a-z" in capsys.readouterr().err


def test_without_a_region_nothing_is_tried(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert deploy.main(["--stage", STAGE]) == 1
    assert "set AWS_REGION" in capsys.readouterr().err


def test_credentials_that_reach_nobody_are_one_clear_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert deploy.main(["--stage", STAGE]) == 1
    assert capsys.readouterr().err.startswith("AWS does not know you:")
