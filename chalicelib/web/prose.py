"""Markdown as HTML: what project owners write comes out so that it cannot harm whoever reads it."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def as_html(text: str) -> "Markup":
    """Rendered and cleaned: no scripts, no styles, no event handlers, links without a referrer."""
    import nh3
    from markupsafe import Markup

    return Markup(nh3.clean(_markdown().render(text)))


def as_text(text: str) -> str:
    """Rendered, without its tags, on one line."""
    import html

    import nh3

    return " ".join(html.unescape(nh3.clean(_markdown().render(text), tags=set())).split())


@cache
def as_line(text: str) -> "Markup":
    """A sentence of ours with code in backticks; kept, for there are only so many of them."""
    from markupsafe import Markup

    return Markup(_markdown().renderInline(text))
