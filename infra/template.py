"""The stack's template: Chalice's functions, roles and REST API, merged with `resources.yaml`."""

import importlib
import json
from pathlib import Path
from typing import Any

from chalice.config import Config
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import BaseDeployStep, BuildStage, InjectDefaults, PolicyGenerator, SwaggerBuilder
from chalice.deploy.models import DeploymentPackage, Model
from chalice.deploy.swagger import CFNSwaggerGenerator
from chalice.package import (
    PackageOptions,
    ResourceBuilder,
    SAMTemplateGenerator,
    TemplateDeepMerger,
    YAMLTemplateSerializer,
)
from chalice.policy import AppPolicyGenerator
from chalice.utils import OSUtils

ROOT = Path(__file__).resolve().parent.parent
STAGE = "package"  # Chalice's word for a section of .chalice/config.json; deployments differ by parameters instead

Template = dict[str, Any]


class _CodeElsewhere(BaseDeployStep):
    """Chalice would vendor the requirements here; `infra.archive` does, and `resources.yaml` names the place."""

    def handle_deploymentpackage(self, config: Config, resource: DeploymentPackage) -> None:
        resource.filename = "deployment.zip"


class _Principals(PackageOptions):
    """Service principals without a client of AWS: they are the same in every region of the `aws` partition."""

    def __init__(self) -> None:
        pass

    def service_principal(self, service: str) -> str:
        return f"{service}.amazonaws.com"


def build_template() -> Template:
    """The SAM template of the whole stack, the same one for AWS and for the local cloud."""
    config = _config()
    template: Template = SAMTemplateGenerator(config, _Principals()).generate(_resources(config))
    return TemplateDeepMerger().merge(_additions(), template)


def _config() -> Config:
    settings = json.loads((ROOT / ".chalice" / "config.json").read_text())
    given = {"chalice_app": importlib.import_module("app").app, "project_dir": str(ROOT)}
    return Config(chalice_stage=STAGE, user_provided_params=given, config_from_disk=settings)


def _resources(config: Config) -> list[Model]:
    files = OSUtils()
    steps: list[BaseDeployStep] = [
        InjectDefaults(),
        _CodeElsewhere(),
        PolicyGenerator(policy_gen=AppPolicyGenerator(osutils=files), osutils=files),
        SwaggerBuilder(swagger_generator=CFNSwaggerGenerator()),
    ]
    builder = ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), BuildStage(steps=steps))
    return builder.construct_resources(config, STAGE)


def _additions() -> Template:
    path = ROOT / "infra" / "resources.yaml"
    return YAMLTemplateSerializer().load_template(path.read_text(), str(path))
