"""What becomes of a volunteer's leases when a page is closed, loaded anew or opened twice; and answers that come too
late."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import LiveProject, Visitor

PICTURES = [{"url": "/static/img/icon.svg", "question": f"Question {number}"} for number in range(1, 4)]


@pytest.fixture
def project(projects: Callable[..., LiveProject], presenters: Callable[[str], str]) -> LiveProject:
    return projects(presenters("classic"), PICTURES)


def start(visitor: Visitor, project: LiveProject) -> None:
    visitor.open(project.path("newtask"))
    visitor.presenter.get_by_text("Question 1").wait_for()
    visitor.page.wait_for_function(
        "() => Object.values(localStorage).some((kept) => (JSON.parse(kept).tasks || []).length === 2)"
    )  # and the next one is fetched


def close(page: Page) -> None:
    """As a volunteer closes a tab: the page is told."""
    page.close(run_before_unload=True)


def left(page: Page, project: LiveProject) -> Any:
    """What a page of this browser gave back last: key, body and moment of the request; None when none did."""
    return page.evaluate("id => JSON.parse(localStorage.getItem('nimbossa:left:' + id))", project.id)


def offered(project: LiveProject, **query: Any) -> list[int]:
    """The tasks that the project's owner is offered now."""
    found = project.api.get(f"project/{project.id}/newtask", limit=3, **query)
    return [task["id"] for task in (found if isinstance(found, list) else [found] if found else [])]


def ids_of(project: LiveProject) -> list[int]:
    return sorted(task["id"] for task in project.listed("task"))


def wait_until_offered(project: LiveProject, page: Page, ids: list[int]) -> None:
    for _ in range(60):
        if sorted(offered(project)) == ids:
            return
        page.wait_for_timeout(500)
    assert sorted(offered(project)) == ids


def test_a_closed_page_gives_back_its_task_and_the_next_one(
    visitors: Callable[..., Visitor], project: LiveProject
) -> None:
    gone, watch = visitors(), visitors()
    watch.open("/")
    start(gone, project)
    assert offered(project) == ids_of(project)[2:]
    close(gone.page)
    wait_until_offered(project, watch.page, ids_of(project))


def test_going_elsewhere_gives_back_and_coming_back_goes_on(visitor: Visitor, project: LiveProject) -> None:
    start(visitor, project)
    visitor.open("/")
    assert sorted(json.loads(left(visitor.page, project)["body"])["task_ids"]) == ids_of(project)[:2]
    visitor.page.go_back()
    visitor.presenter.get_by_text("Question 1").wait_for()
    visitor.presenter.locator("button[value=Yes]").click()
    visitor.presenter.get_by_text("Question 2").wait_for()
    visitor.page.wait_for_function(
        "id => Object.values(localStorage).some((kept) => (JSON.parse(kept).tasks || []).includes(id))",
        arg=ids_of(project)[2],
    )  # what is fetched while the page goes away, it does not know of
    visitor.open("/")
    wait_until_offered(project, visitor.page, ids_of(project)[1:])
    assert visitor.complaints == []


def test_a_page_that_another_one_shows_gives_nothing_back(visitor: Visitor, project: LiveProject) -> None:
    start(visitor, project)
    second = visitor.context.new_page()
    second.goto(visitor.page.url)
    second.frame_locator("#presenter").get_by_text("Question 1").wait_for()
    second.wait_for_function(
        "() => Object.values(localStorage).filter((kept) => (JSON.parse(kept).tasks || []).length === 2).length === 2"
    )
    close(visitor.page)
    second.wait_for_timeout(1000)
    assert left(second, project) is None
    second.frame_locator("#presenter").locator("button[value=Yes]").click()
    second.frame_locator("#presenter").get_by_text("Question 2").wait_for()
    assert len(project.listed("taskrun")) == 1


def test_a_page_that_is_loaded_anew_keeps_its_tasks(visitor: Visitor, project: LiveProject) -> None:
    """Also when what it gave back on leaving arrives last: it is sent again before anything is asked for, so that it
    has been done by then and is not done twice."""
    start(visitor, project)
    visitor.page.reload()
    visitor.presenter.get_by_text("Question 1").wait_for()
    visitor.page.wait_for_timeout(500)
    assert offered(project) == ids_of(project)[2:]
    late = left(visitor.page, project)
    answer = visitor.page.request.post(
        visitor.page.url.split("/project/")[0] + f"/api/project/{project.id}/leases/return",
        data=late["body"],
        headers={
            "Authorization": f"Presenter {visitor.page.locator('#work').get_attribute('data-token')}",
            "Idempotency-Key": late["key"],
            "Content-Type": "application/json",
        },
    )
    assert answer.json() == {"task_ids": ids_of(project)[:2], "last_id": None}
    visitor.page.wait_for_timeout(21_000)  # longer than what was given back lasts
    for number in (1, 2):
        visitor.presenter.get_by_text(f"Question {number}").wait_for()
        visitor.presenter.locator("button[value=Yes]").click()
    visitor.presenter.get_by_text("Thank you!").wait_for()
    assert len(project.listed("taskrun")) == 2


def test_an_answer_under_way_outlives_its_page(visitors: Callable[..., Visitor], project: LiveProject) -> None:
    gone, watch = visitors(), visitors()
    watch.open("/")
    start(gone, project)
    gone.presenter.locator("button[value=Yes]").click()
    close(gone.page)
    for _ in range(40):
        if project.listed("taskrun"):
            break
        watch.page.wait_for_timeout(250)
    assert [run["info"] for run in project.listed("taskrun")] == ["Yes"]


def test_a_volunteer_who_is_not_told_apart_gives_nothing_back(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    """Whoever sits behind the same address holds the same leases."""
    project = projects(presenters("classic"), PICTURES, info={"tell_browsers_apart": False})
    start(visitor, project)
    visitor.open("/")
    assert left(visitor.page, project) is None


def test_a_late_answer_is_told_kindly_and_the_next_task_follows(visitor: Visitor, project: LiveProject) -> None:
    start(visitor, project)
    task = int(visitor.presenter.locator("#task-id").inner_text())
    project.api.post(f"project/{project.id}/leases/end", {"task_ids": [task]})
    wait_until_offered(project, visitor.page, [task, ids_of(project)[2]])
    project.api.post("taskrun", {"project_id": project.id, "task_id": task, "info": "quicker"})
    visitor.presenter.locator("button[value=Yes]").click()
    visitor.page.get_by_text("Somebody else was quicker, or the time").wait_for()
    visitor.presenter.get_by_text("Question 2").wait_for()
    visitor.presenter.locator("button[value=No]").click()
    visitor.page.wait_for_function("() => document.getElementById('notice').hidden")
    assert sorted(run["info"] for run in project.listed("taskrun")) == ["No", "quicker"]


def test_a_presenter_that_goes_on_by_itself_is_left_alone(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    """It sees saveTask fail, as the contract has it, and may go on; the notice stays for a moment."""
    patient = presenters("classic").replace(".done(", ".always(")
    assert patient != presenters("classic")
    project = projects(patient, PICTURES)
    start(visitor, project)
    task = int(visitor.presenter.locator("#task-id").inner_text())
    project.api.post(f"project/{project.id}/leases/end", {"task_ids": [task]})
    visitor.presenter.locator("button[value=Yes]").click()
    visitor.presenter.get_by_text("Question 2").wait_for()
    visitor.page.get_by_text("Nothing is wrong: thank you!").wait_for()
    visitor.page.wait_for_function("() => document.getElementById('notice').hidden")
    assert len([url for url in visitor.asked(project.path()) if re.search("frame=", url)]) == 1
