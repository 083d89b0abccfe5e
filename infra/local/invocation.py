"""What a function is given when it is called: Lambda's context object, and its handler found as Lambda finds it."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context object that functions use (AWS: "Using the Lambda context object")."""

    function_name: str
    deadline: float  # epoch seconds
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    invoked_function_arn: str = ""
    memory_limit_in_mb: str = "1024"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function would be ended."""
        return max(0, int((self.deadline - time.time()) * 1000))


def find_handler(name: str) -> Callable[[Any, Context], Any]:
    """The callable `<module>.<attribute>`; imports the module, as Lambda does."""
    module, _, attribute = name.rpartition(".")
    handler: Callable[[Any, Context], Any] = getattr(import_module(module), attribute)
    return handler
