"""X-Ray, only where it is switched on: importing its SDK costs a cold start 0.4 s, so nothing else imports it.

Lambda makes the segment of an invocation and decides whether it is sampled; here the calls to AWS become its parts.
"""


def trace_aws_calls() -> None:
    """Record every botocore call as a subsegment of the invocation's trace. Call once per container."""
    from aws_xray_sdk.core import patch, xray_recorder

    xray_recorder.configure(context_missing="IGNORE_ERROR")
    patch(("botocore",))
