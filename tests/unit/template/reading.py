"""Reading a template after the SAM transform, when CloudFormation's functions stand in for values."""

from typing import Any

FUNCTIONS = {"APIHandler", "ObjectCreated", "ImportSlice", "Autoimports", "WalkTasks", "SheetChanged", "Deliver"}

Resources = dict[str, dict[str, Any]]


def of_type(resources: Resources, kind: str) -> Resources:
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def properties(resources: Resources, name: str) -> dict[str, Any]:
    return resources[name]["Properties"]


def text(value: Any) -> str:
    """A name as one string: `Fn::Sub` and `Ref` by their content."""
    if isinstance(value, dict):
        (value,) = value.values()
    return ".".join(value) if isinstance(value, list) else str(value)


def tables(resources: Resources) -> dict[str, dict[str, Any]]:
    """Properties of each table by its name without the stack's."""
    return {
        text(resource["Properties"]["TableName"]).removeprefix("${AWS::StackName}-"): resource["Properties"]
        for resource in of_type(resources, "AWS::DynamoDB::Table").values()
    }


def mappings(resources: Resources) -> dict[str, dict[str, Any]]:
    """Properties of each event source mapping by the function that it calls."""
    found = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    return {text(mapping["Properties"]["FunctionName"]): mapping["Properties"] for mapping in found}
