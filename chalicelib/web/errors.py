"""Errors as pages: kind sentences for people, the contract's page-shaped JSON for headless clients (web.md §1.8)."""

from chalicelib.core.errors import (
    BadRequest,
    ContractError,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from chalicelib.web.pages import Page

WORDS: dict[type[ContractError], tuple[str, str]] = {
    BadRequest: ("That did not work", "The form may have been open for too long. Go back, reload the page, try again."),
    NotFound: ("We could not find that page", "The address may be mistyped, or the project may have moved or ended."),
    Unauthorized: ("Not open yet", "The project is a draft; only its owners see it until it is published."),
    Forbidden: ("This page is not open to you", "The project is not published, or it is open to invited people only."),
    TooManyRequests: ("That was a lot at once", "Please wait a few minutes and try again."),
    Unavailable: ("We are busy just now", "Nothing was lost. Please try again in a moment."),
}
ANY_FAULT = ("Something went wrong", "That is our fault, not yours. Nothing was lost; please try again in a moment.")
HOME = (("See all projects", "/"),)


def error_page(error: ContractError) -> Page:
    """The page for an error that has an answer of its own."""
    title, text = WORDS.get(type(error), ANY_FAULT)
    return _page(error.status, title, text, str(error))


def fault_page() -> Page:
    """The page for a defect of ours; what happened is in the log, not on the page."""
    return _page(500, *ANY_FAULT, "500 Internal Server Error")


def _page(status: int, title: str, text: str, description: str) -> Page:
    headless = {"template": f"{status}.html", "code": status, "description": description}
    return Page("message.html", title, {"code": status, "text": text, "links": HOME}, headless, status)
