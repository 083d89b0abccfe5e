"""The template, built once; no libraries are fetched for it."""

import json
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from infra import template
from tests.unit.template.reading import Resources


class NoManagedPolicies:
    """The transform asks for AWS's managed policies, of which this stack uses none."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(scope="session")
def packaged() -> dict[str, Any]:
    return json.loads(json.dumps(template.build_template()))


@pytest.fixture(scope="session")
def resources(packaged: dict[str, Any]) -> Resources:
    """What CloudFormation is left with after the SAM transform."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return transform(json.loads(json.dumps(packaged)), {}, NoManagedPolicies())["Resources"]
