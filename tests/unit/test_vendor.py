"""The libraries that ship: all that the functions import, nothing that Lambda's runtime has."""

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra import vendor

ROOT = Path(vendor.__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def shipped() -> set[str]:
    return {pin.split("==")[0] for pin in vendor.shipped(ROOT / "requirements.txt")}


def test_what_the_runtime_has_does_not_ship(shipped: set[str]) -> None:
    assert shipped & vendor.IN_RUNTIME == set()
    assert "boto3" in vendor.IN_RUNTIME
    assert "botocore" in vendor.IN_RUNTIME


def test_libraries_of_libraries_ship_and_command_line_tools_do_not(shipped: set[str]) -> None:
    assert {"cryptography", "argon2-cffi-bindings", "markupsafe", "mdurl"} <= shipped
    assert shipped & {"pip", "setuptools", "click", "inquirer", "pytest"} == set()


def test_pins_of_the_requirements_are_the_versions_that_were_tested() -> None:
    pins = dict(pin.split("==") for pin in vendor.shipped(ROOT / "requirements.txt"))
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    for requirement in map(Requirement, filter(None, lines)):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def imported(path: Path) -> set[str]:
    """First names of the modules that a source file imports, at its top or inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_whatever_the_functions_import_is_in_the_package_or_in_the_runtime(shipped: set[str]) -> None:
    sources = [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]
    needed = set().union(*map(imported, sources)) - set(sys.stdlib_module_names) - {"app", "chalicelib"}
    owners = packages_distributions()
    lacking = {
        name
        for name in needed
        if not {canonicalize_name(owner) for owner in owners.get(name, [])} & (shipped | vendor.IN_RUNTIME)
    }
    assert lacking == set()
