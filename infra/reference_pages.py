"""The pages of `docs/reference`: a chapter of the API's description each, with examples that a test runs."""

import json
import re
from typing import Any

from chalicelib.api.description.chapters import Chapter, Entry, chapters
from chalicelib.api.description.samples import of_shapes
from chalicelib.api.routes import described
from infra.reference_examples import EXAMPLES, VARIABLES, Example

MADE = "Made by `python -m infra.reference` from the tables of routes and fields; change it there."
CLIENT = """```python
import pbclient

pbclient.set("endpoint", URL)
pbclient.set("api_key", KEY)
```
"""


def reference_pages() -> dict[str, str]:
    """Every page by its file name."""
    found = chapters(described("Nimbossa"))
    return {"README.md": _index(found), **{f"{one.name}.md": _page(one) for one in found}}


def _index(found: list[Chapter]) -> str:
    rows = "".join(f"| [{one.name}]({one.name}.md) | {one.about} |\n" for one in found)
    same = "The running site tells the same at `/api/docs`, and to programs at `/api/openapi.json`."
    text = described("Nimbossa")["info"]["description"]
    return f"# The API\n\n{MADE} {same}\n\n{text}\n\n| chapter | about |\n|---|---|\n{rows}"


def _page(chapter: Chapter) -> str:
    operations = "".join(map(_operation, chapter.entries))
    head = f"# {chapter.name}\n\n{chapter.about} {MADE}\n"
    return f"{head}{_fields(chapter)}\n{_examples(chapter)}\n## Operations\n{operations}"


def _fields(chapter: Chapter) -> str:
    if not chapter.fields:
        return ""
    rows = "".join(f"| `{one.name}` | {one.kind} | {one.writing} | {one.about} |\n" for one in chapter.fields)
    return f"\n## Fields\n\n| field | type | writing | meaning |\n|---|---|---|---|\n{rows}"


def _examples(chapter: Chapter) -> str:
    examples = EXAMPLES[chapter.name]
    texts = "".join(map(_example, examples))
    meant = ", ".join(f"`{name}` is {VARIABLES[name]}" for name in variables(texts))
    client = f" With pybossa-client:\n\n{CLIENT}" if any(one.python for one in examples) else "\n"
    return f"## Examples\n\n{meant}. Ids and times of the answers will be others.{client}{texts}"


def variables(text: str) -> list[str]:
    """The names that examples use, in the order of the table."""
    words = set(re.findall(r"\b[A-Z_]+\b", text))
    return [name for name in VARIABLES if name in words]


def _example(one: Example) -> str:
    python = _block("python", one.python) + _block("text", one.printed) if one.python else ""
    return f"\n### {one.title}\n\n{_block('bash', one.curl)}{_answer(one.answer)}{python}"


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```\n"


def _answer(answer: Any) -> str:
    named = of_shapes().get(answer.strip("[]")) if isinstance(answer, str) else answer
    if named is None:
        return _block("text", answer)
    shown = [named] if isinstance(answer, str) and answer.startswith("[") else named
    return _block("json", json.dumps(shown, indent=2))


def _operation(entry: Entry) -> str:
    head = f"\n### `{entry.method} {entry.path}`\n\n{entry.summary}. {entry.about}\n"
    answers = "".join(f"| {status} | {why} |\n" for status, why in entry.statuses)
    return f"{head}{_parameters(entry)}{_filters(entry)}\n| answer | means |\n|---|---|\n{answers}"


def _parameters(entry: Entry) -> str:
    if not entry.parameters:
        return ""
    rows = "".join(f"| `{one.name}` | {one.place} | {one.kind} | {one.about} |\n" for one in entry.parameters)
    return f"\n| parameter | in | type | meaning |\n|---|---|---|---|\n{rows}"


def _filters(entry: Entry) -> str:
    if not entry.filters:
        return ""
    return f"\nEvery field is a filter: {', '.join(f'`{name}`' for name in entry.filters)}.\n"
