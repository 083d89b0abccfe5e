"""From an account to a published project in a real browser, with one call to the API for its tasks."""

import re
import secrets
from collections.abc import Callable

import requests

from tests.browser.conftest import Visitor
from tests.instance import Stack

PASSWORD = "correct horse battery"


def _register(visitor: Visitor, name: str) -> str:
    """Makes an account and an API key; the key."""
    page = visitor.page
    visitor.open("/account/register")
    for label, value in (
        ("Full name", "Ada Example"),
        ("User name", name),
        ("E-mail address", f"{name}@example.org"),
        ("Password", PASSWORD),
        ("Password, once more", PASSWORD),
    ):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="Make a new one").click()
    page.get_by_role("button", name="Make a new key").click()
    return page.locator("#key").inner_text()


def test_somebody_makes_a_project_and_publishes_it(visitors: Callable[..., Visitor], stack: Stack) -> None:
    owner, volunteer = visitors(), visitors(viewport={"width": 390, "height": 800})
    name, slug = f"ada{secrets.token_hex(4)}", f"skies{secrets.token_hex(4)}"
    key, page = _register(owner, name), owner.page

    page.get_by_role("link", name="Create a project").click()
    page.get_by_label("Name", exact=True).fill(f"Skies {slug}")
    page.get_by_label("Short name").fill("two words")
    page.get_by_label("Long description").fill("**Which** cloud is it?")
    page.get_by_role("button", name="Create the project").click()
    page.get_by_text("it must have no blanks").wait_for()
    assert page.get_by_label("Short name").get_attribute("aria-invalid") == "true"
    page.get_by_label("Short name").fill(slug)
    page.get_by_label("Short name").press("Enter")
    page.get_by_text("Project created!").wait_for()
    assert page.get_by_label("Short description").input_value() == "Which cloud is it?"

    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Task presenter").click()
    page.get_by_role("link", name=re.compile("^Image")).click()
    editor = page.get_by_label("Task presenter")
    assert f'pybossa.run("{slug}")' in editor.input_value()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Task presenter updated!").wait_for()

    (project,) = requests.get(f"{stack.url}/api/project?short_name={slug}&api_key={key}", timeout=30).json()
    task = {
        "project_id": project["id"],
        "n_answers": 1,
        "info": {"question": "A cloud?", "url": "/static/img/icon.svg"},
    }
    assert requests.post(f"{stack.url}/api/task?api_key={key}", json=task, timeout=30).status_code == 200

    owner.open(f"/project/{slug}/")
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Project published!").wait_for()

    volunteer.open(f"/project/{slug}/newtask")
    volunteer.presenter.get_by_role("heading", name="A cloud?").wait_for()
    volunteer.presenter.get_by_role("button", name="Yes").click()
    volunteer.presenter.get_by_text("Thank you!").wait_for()
    (run,) = requests.get(f"{stack.url}/api/taskrun?project_id={project['id']}&api_key={key}", timeout=30).json()
    assert run["info"] == "Yes"

    owner.open(f"/project/{slug}/settings")
    page.get_by_role("link", name="Who changed what").click()
    assert page.get_by_role("cell", name="published").count() == 1
    assert owner.complaints == volunteer.complaints == []


def test_every_starter_shows_its_task_and_saves_the_answer(visitor: Visitor, stack: Stack) -> None:
    """The presenters that a new project may begin with, each with a task that fits it."""
    name = f"eve{secrets.token_hex(4)}"
    key = _register(visitor, name)
    headers = {"Authorization": key}
    for starter, click in (("basic", "Send"), ("sound", "No"), ("video", "No"), ("pdf", "Send")):
        slug = f"{starter}{secrets.token_hex(4)}"
        fields = {"name": slug, "short_name": slug, "description": starter}
        project = requests.post(f"{stack.url}/api/project", json=fields, headers=headers, timeout=30).json()
        visitor.open(f"/project/{slug}/tasks/taskpresentereditor?template={starter}")
        visitor.page.get_by_role("button", name="Save").click()
        visitor.page.get_by_text("Task presenter updated!").wait_for()
        info = {"question": f"About {starter}?", "url": "/static/img/icon.svg"}
        task = {"project_id": project["id"], "n_answers": 1, "info": info}
        assert requests.post(f"{stack.url}/api/task", json=task, headers=headers, timeout=30).status_code == 200
        visitor.open(f"/project/{slug}/newtask")
        visitor.presenter.get_by_role("heading", name=f"About {starter}?").wait_for()
        if click == "Send":
            visitor.presenter.get_by_role("textbox").fill("some words")
        visitor.presenter.get_by_role("button", name=click, exact=True).click()
        visitor.presenter.get_by_text("Thank you!").wait_for()
        address = f"{stack.url}/api/taskrun?project_id={project['id']}"
        (run,) = requests.get(address, headers=headers, timeout=30).json()
        assert run["info"] == ("some words" if click == "Send" else {"answer": "No"})
