"""What a cold container imports: a fresh interpreter each time, because imports last as long as their process."""

import subprocess
import sys

import pytest

HEAVY = ("aws_xray_sdk", "jinja2", "joserfc", "argon2", "nh3", "markdown_it", "boto3", "botocore", "pynamodb")


def _imported_by(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("library", HEAVY)
def test_importing_the_app_leaves_heavy_libraries_alone(library):
    assert library not in _imported_by("import app")


def test_importing_the_app_describes_nothing():
    assert not [name for name in _imported_by("import app") if name.startswith("chalicelib.api.description")]


STORE = "from chalicelib.bootstrap import Bootstrap; Bootstrap({%s}).tasks"


def test_tracing_is_imported_only_when_it_is_on():
    assert "aws_xray_sdk" not in _imported_by(STORE % "")
    assert "aws_xray_sdk" in _imported_by(STORE % "'NIMBOSSA_TRACING': 'true'")
