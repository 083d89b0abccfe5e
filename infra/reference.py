"""Writes the generated pages of `docs/`: `python -m infra.reference`. A test fails when one lags behind its table."""

from pathlib import Path

from chalicelib.settings import describe
from infra.reference_pages import reference_pages

DOCS = Path(__file__).parent.parent / "docs"
HEAD = """# Settings

Made by `python -m infra.reference` from `chalicelib/settings.py`; change it there. On AWS the stack's parameters set
these variables; on the local stack any of them can be given to `make run`.

| variable | default | what it does |
|---|---|---|
"""


def settings_page() -> str:
    """`docs/settings.md`: every setting with its default and its help text."""
    rows = [f"| `{variable}` | {_shown(default)} | {text} |\n" for variable, default, text in describe()]
    return HEAD + "".join(rows)


def _shown(default: object) -> str:
    return f"`{default}`" if default != "" else "empty"


def pages() -> dict[Path, str]:
    """Every generated page by where it is."""
    reference = {DOCS / "reference" / name: text for name, text in reference_pages().items()}
    return {DOCS / "settings.md": settings_page(), **reference}


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
