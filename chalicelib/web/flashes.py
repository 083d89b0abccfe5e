"""Short messages that the next page shows once (contract web.md §1.4).

The cookie carries a message's name, never its text: what a page says is ours whoever set the cookie.
"""

import re
from typing import NamedTuple

from chalicelib.core.import_reports import report

COOKIE = "nimbossa_flash"
_IMPORTED = re.compile(r"imported-([0-9]{1,12})")


class Flash(NamedTuple):
    """Its name, its text, and its category: success, info, warning, error or message."""

    name: str
    text: str
    category: str


FLASHES = {
    flash.name: flash
    for flash in (
        Flash("signed-in", "Welcome back", "success"),
        Flash("registered", "Thanks for signing-up", "success"),
        Flash("signed-out", "You are now signed out", "success"),
        Flash("sign-in-first", "Please sign in to access this page.", "message"),
        Flash("volunteers-sign-in", "Please sign in to contribute to this project", "warning"),
        Flash("wrong-password", "Ooops, Incorrect email/password", "error"),
        Flash("no-such-address", "Ooops, we didn't find you in the system, did you sign up?", "info"),
        Flash("correct-errors", "Please correct the errors", "error"),
        Flash("saved", "Your profile has been updated!", "success"),
        Flash("password-saved", "Yay, you changed your password successfully!", "success"),
        Flash("new-key", "New API-KEY generated", "success"),
        Flash("project-created", "Project created!", "success"),
        Flash("project-saved", "Project updated!", "success"),
        Flash("project-left", "Much of the project is deleted, not all: delete again to go on", "info"),
        Flash("project-deleted", "Project deleted!", "success"),
        Flash("project-transferred", "Project ownership transferred", "success"),
        Flash("address-unknown", "No account has this e-mail address", "info"),
        Flash("tasks-deleted", "Tasks without results have been deleted", "success"),
        Flash("tasks-left", "Many tasks are deleted, and there may be more: delete again to go on", "info"),
        Flash("priority-set", "Task priority has been changed", "success"),
        Flash("choose-presenter", "Choose a presenter to begin with", "info"),
        Flash("presenter-saved", "Task presenter updated!", "success"),
        Flash("post-created", "Blog post created!", "success"),
        Flash("post-saved", "Blog post updated!", "success"),
        Flash("post-deleted", "Blog post deleted!", "success"),
        Flash("published", "Project published! Volunteers can now contribute.", "success"),
        Flash("published-before", "Project already published", "info"),
        Flash("new-secret", "New secret key generated", "success"),
        Flash("coowner-added", "User was added to list of owners", "success"),
        Flash("coowner-before", "User is already an owner", "warning"),
        Flash("coowner-removed", "User was deleted from the list of owners", "success"),
        Flash("coowner-not", "User is not an owner", "error"),
        Flash("coowner-creator", "Cannot remove project creator", "error"),
        Flash("coowner-found", "User found", "success"),
        Flash("coowner-unknown", "User not found", "error"),
        Flash("scheduler-changed", "Project Task Scheduler updated!", "success"),
        Flash("redundancy-changed", "Redundancy of tasks is being updated", "success"),
        Flash("quality-changed", "Quality of answers updated!", "success"),
        Flash("leases-changed", "Time to answer updated!", "success"),
        Flash("withdrawal-asked", "It is being withdrawn, in the background", "success"),
        Flash("withdrawal-cancelled", "It ends soon; what is withdrawn stays so", "info"),
        Flash("daily-set", "New tasks are imported every day from now on", "success"),
        Flash("daily-begun", "The import has begun", "success"),
        Flash("daily-enough", "It was imported often enough today: come back tomorrow", "info"),
        Flash("daily-removed", "Nothing is imported every day any more", "success"),
        Flash("import-large", "There is much to import: that goes on in the background, and takes a while", "message"),
        Flash("wrong-project-password", "Sorry, incorrect password", "error"),
    )
}


def imported(tasks: int) -> str:
    """The name of the message that so many tasks were imported."""
    return f"imported-{tasks}"


def flash_of(name: str | None) -> Flash | None:
    """The message of a name, which waits in the cookie or is told at once."""
    if name is None:
        return None
    tasks = _IMPORTED.fullmatch(name)
    return Flash(name, report(int(tasks[1])), "message") if tasks else FLASHES.get(name)


def cookie_of(name: str) -> str:
    """The cookie that makes a message wait for the next page."""
    return f"{COOKIE}={name}; Path=/; Max-Age=300; HttpOnly; SameSite=Lax"


SHOWN = f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
