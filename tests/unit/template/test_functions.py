"""The template's functions: machine, handler, settings, log."""

from typing import Any

import pytest

import app
from chalicelib.settings import PREFIX, Settings
from infra import stack, vendor
from tests.unit.template.reading import FUNCTIONS, Resources, of_type, properties, text


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_runs_on_the_machine_that_its_libraries_are_for(function: str, resources: Resources) -> None:
    ours = properties(resources, function)
    assert ours["Runtime"] == f"python{vendor.PYTHON}"
    assert ours["Architectures"] == ["arm64"]
    assert all(platform.endswith("aarch64") for platform in vendor.PLATFORMS)
    assert ours["Code"] == {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
    assert "ReservedConcurrentExecutions" not in ours


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_enters_through_the_app_so_that_triggers_are_registered(function: str, resources: Resources) -> None:
    module, name = properties(resources, function)["Handler"].split(".")
    assert module == "app"
    assert callable(getattr(app, name))


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_the_settings_know_every_variable_of_a_function(function: str, resources: Resources) -> None:
    known = {PREFIX + name.upper() for name in Settings.__struct_fields__}
    given = set(properties(resources, function)["Environment"]["Variables"])
    assert given <= known
    assert given >= {PREFIX + name for name in ("STACK", "SECRET_PARAMETER", "IMPORT_BUCKET", "UPLOAD_BUCKET")}


# Named by the stack itself, or a matter between the code and its containers that no operator need decide.
NO_PARAMETER = {
    "disqus_secret_parameter",
    "service_key_parameters",
    "stack",
    "secret_parameter",
    "import_bucket",
    "upload_bucket",
    "tracing",
} | {
    *("import_queue_url", "walk_queue_url", "webhook_queue_url", "webhook_dead_queue_url"),
    *("queue_cache_seconds", "project_cache_seconds", "import_slice_rows"),
}


@pytest.mark.parametrize("setting", sorted(set(Settings.__struct_fields__) - NO_PARAMETER))
def test_an_operators_setting_is_a_parameter_with_the_same_default(
    setting: str, packaged: dict[str, Any], resources: Resources
) -> None:
    parameter = setting.title().replace("_", "")
    given = packaged["Parameters"][parameter]["Default"]
    assert str(given).lower() == str(getattr(Settings(), setting)).lower()
    for function in FUNCTIONS:
        variables = properties(resources, function)["Environment"]["Variables"]
        assert variables[PREFIX + setting.upper()] == {"Ref": parameter}


def test_tracing_is_off_unless_a_parameter_turns_it_on_for_function_and_code_alike(
    packaged: dict[str, Any], resources: Resources
) -> None:
    assert packaged["Parameters"]["Tracing"]["Default"] == "PassThrough"
    for function in FUNCTIONS:
        ours = properties(resources, function)
        assert ours["TracingConfig"] == {"Mode": {"Ref": "Tracing"}}
        assert ours["Environment"]["Variables"]["NIMBOSSA_TRACING"] == {"Fn::If": ["Traced", "true", "false"]}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_keeps_its_log_for_the_days_of_a_parameter(function: str, resources: Resources) -> None:
    name = "/aws/lambda/" + text(properties(resources, function)["FunctionName"])
    groups = [group["Properties"] for group in of_type(resources, "AWS::Logs::LogGroup").values()]
    (group,) = [group for group in groups if text(group["LogGroupName"]) == name]
    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_the_tooling_finds_the_settings_of_a_stack_by_its_api_function(resources: Resources) -> None:
    assert text(properties(resources, "APIHandler")["FunctionName"]) == "${AWS::StackName}-api"

    class Functions:
        def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
            variables = {"NIMBOSSA_STACK": FunctionName.removesuffix("-api"), "OTHER": "1"}
            return {"Environment": {"Variables": variables}}

    assert stack.environment(Functions(), "s") == {"NIMBOSSA_STACK": "s"}
