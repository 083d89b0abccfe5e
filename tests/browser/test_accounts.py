"""An account in a real browser: made, used for an answer, left."""

import re
import secrets
from collections.abc import Callable

from tests.browser.conftest import LiveProject, Visitor

TASKS = [{"url": "/static/img/icon.svg", "question": f"Question {number}"} for number in range(1, 3)]
PASSWORD = "correct horse battery"


def test_somebody_registers_signs_in_answers_and_signs_out(
    visitors: Callable[..., Visitor], projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    project = projects(presenters("classic"), TASKS, allow_anonymous_contributors=False)
    name = f"ada{secrets.token_hex(4)}"
    visitor = visitors()
    page = visitor.page

    visitor.open(project.path("newtask"))
    page.get_by_text("Please sign in to contribute").wait_for()
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Full name").fill("Ada Example")
    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, once more").fill("something else")
    page.get_by_role("button", name="Create account").click()
    page.get_by_text("Passwords must match").wait_for()
    for label in ("Password", "Password, once more"):
        page.get_by_label(label, exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    visitor.presenter.get_by_text("Question 1").wait_for()

    visitor.open("/account/signout")
    page.get_by_text("You are now signed out").wait_for()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Welcome back").wait_for()
    page.get_by_role("link", name=name).wait_for()

    visitor.open(project.path("newtask"))
    for number in (1, 2):
        visitor.presenter.get_by_text(f"Question {number}").wait_for()
        visitor.presenter.locator("button[value=Yes]").click()
    visitor.presenter.get_by_text("Thank you!").wait_for()
    runs = project.listed("taskrun")
    (found,) = project.api.get("user", name=name)
    assert [(run["user_id"], run["user_ip"]) for run in runs] == [(found["id"], None)] * 2

    visitor.open("/")
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="Sign out").click()
    page.wait_for_url(re.compile(r"^[^/]+//[^/]+/$"))
    assert "nimbossa_session" not in {cookie["name"] for cookie in visitor.context.cookies()}
    assert visitor.complaints == []


def test_the_presenter_cannot_act_with_the_volunteer_s_session(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    """A frame of opaque origin has no cookies: what it sends to forms of the site comes from nobody."""
    project = projects(presenters("classic"), TASKS)
    name = f"eve{secrets.token_hex(4)}"
    visitor.open("/account/register")
    for label, value in (("Full name", "Eve Example"), ("User name", name), ("E-mail address", f"{name}@example.org")):
        visitor.page.get_by_label(label).fill(value)
    for label in ("Password", "Password, once more"):
        visitor.page.get_by_label(label, exact=True).fill(PASSWORD)
    visitor.page.get_by_role("button", name="Create account").click()
    visitor.page.get_by_text("Thanks for signing-up").wait_for()
    visitor.open(project.path("newtask"))
    visitor.presenter.get_by_text("Question 1").wait_for()
    ask = (
        "fetch('/account/profile?response_format=json', {credentials: 'include'})"
        ".then(answer => answer.text()).catch(error => 'refused')"
    )
    assert name in visitor.page.evaluate(ask)
    assert visitor.inside(ask) == "refused"
