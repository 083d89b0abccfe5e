"""Which modules may open sockets. What users' addresses lead to is opened by the egress guard and by nothing else; who
asks for such addresses is handed the guard by `bootstrap`, and import-linter keeps them from knowing it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NETWORK = {
    *(
        "socket",
        "ssl",
        "socketserver",
        "select",
        "selectors",
        "asyncio",
        "http.client",
        "http.server",
        "urllib.request",
    ),
    *("ftplib", "smtplib", "poplib", "imaplib", "nntplib", "telnetlib", "xmlrpc", "webbrowser", "subprocess"),
    *("multiprocessing", "requests", "urllib3", "httpx", "aiohttp", "websockets", "pycurl", "paramiko", "boto3"),
    *("botocore.session", "botocore.httpsession", "_socket", "_ssl", "ctypes"),
}
GUARD = {"chalicelib/edge/egress.py", "chalicelib/edge/deadlines.py"}
TO_AWS = {  # addresses that the deployment sets
    "chalicelib/edge/clients.py",
    "chalicelib/store/transport.py",
}
OPENING = {
    "__import__",
    "import_module",
    "urlopen",
    "create_connection",
    "getaddrinfo",
    "gethostbyname",
    "exec",
    "eval",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def imported(tree: ast.Module) -> set[str]:
    """Whatever is imported anywhere in a module, with all packages above it: `a.b.c`, `a.b`, `a`."""
    names = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name.rsplit(".", cut)[0] for name in names for cut in range(name.count(".") + 1)}


def called(tree: ast.Module) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = {call.id for call in calls if isinstance(call, ast.Name)}
    return named | {call.attr for call in calls if isinstance(call, ast.Attribute)}


def test_only_the_guard_and_the_clients_of_our_own_cloud_import_what_opens_sockets() -> None:
    found = {name for name, tree in modules() if imported(tree) & NETWORK}
    assert found == GUARD | TO_AWS


def test_only_the_guard_calls_what_opens_sockets_and_nothing_is_imported_by_a_name_made_up() -> None:
    assert {name for name, tree in modules() if called(tree) & OPENING} == {"chalicelib/edge/egress.py"}


def test_the_guard_is_made_in_one_place_with_the_deployment_s_rules() -> None:
    makers = {name for name, tree in modules() if "Egress" in called(tree)}
    assert makers == {"chalicelib/bootstrap.py"}


@pytest.mark.parametrize("text", ["import http.client", "from http import client", "import urllib.request as r"])
def test_the_imports_that_this_looks_for_are_seen_however_they_are_written(text: str) -> None:
    assert imported(ast.parse(f"def late():\n    {text}")) & NETWORK
