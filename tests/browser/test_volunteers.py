"""Volunteers in a real browser: from the front page to the last task, and what was stored of it."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import LiveProject, Visitor
from tests.instance import Stack

DEMO = Path(__file__).resolve().parent.parent.parent / "infra" / "demo_project"
PICTURES = [{"url": "/static/img/icon.svg", "question": f"Question {number}"} for number in range(1, 4)]


@pytest.fixture
def spotting(projects: Callable[..., LiveProject]) -> LiveProject:
    """A copy of the demo project with its first five tasks."""
    presenter = (DEMO / "presenter.html").read_text(encoding="utf-8").replace("cloudspotter", "SLUG")
    presenter = presenter.replace("/static/demo/SLUG/", "/static/demo/cloudspotter/")
    tutorial = (DEMO / "tutorial.html").read_text(encoding="utf-8")
    about = (DEMO / "long_description.md").read_text(encoding="utf-8")
    with (DEMO / "tasks.csv").open(encoding="utf-8") as file:
        tasks = list(csv.DictReader(file))[:5]
    return projects(presenter, tasks, n_answers=2, info={"tutorial": tutorial}, long_description=about)


def answer_all(visitor: Visitor, project: LiveProject) -> None:
    visitor.open(project.path("newtask"))
    choice = visitor.presenter.locator("#task button[data-answer=cirrus]:enabled")
    finish = visitor.presenter.locator("#finish")
    while choice.or_(finish).locator("visible=true").first.get_attribute("id") != "finish":
        asked = len(visitor.asked("/api/taskrun"))
        choice.click()
        visitor.page.wait_for_function(
            "n => performance.getEntriesByType('resource').filter(e => e.name.endsWith('/api/taskrun')).length > n",
            arg=asked,
        )


def test_a_volunteer_finds_a_project_and_answers_until_nothing_is_left(visitor: Visitor, spotting: LiveProject) -> None:
    page = visitor.page
    visitor.open("/")
    for _ in range(20):  # the front page may be some seconds old
        if page.get_by_role("heading", name=spotting.slug.title()).count():
            break
        page.wait_for_timeout(500)
        page.reload()
    page.get_by_role("heading", name=spotting.slug.title()).click()
    page.get_by_role("heading", name="Why name clouds?").wait_for()
    page.get_by_role("link", name="Contribute").click()
    visitor.presenter.get_by_text("Six kinds of cloud").wait_for()
    page.get_by_role("link", name="Start contributing").click()

    tasks = spotting.listed("task")
    for number, _ in enumerate(tasks, start=1):
        visitor.presenter.locator("#task button:enabled").first.wait_for()
        page.wait_for_url(re.compile(rf"/project/{spotting.slug}/task/\d+$"))
        page.keyboard.press(str(number))
        page.get_by_text(f"You answered {number} of {len(tasks)}").wait_for()
    visitor.presenter.get_by_text("You have named every sky").wait_for()
    page.get_by_text("That is everything for now").wait_for()

    runs = spotting.listed("taskrun")
    assert Counter(run["task_id"] for run in runs) == {task["id"]: 1 for task in tasks}
    kinds = ["cumulus", "cirrus", "stratus", "cumulonimbus", "altocumulus"]
    assert [run["info"] for run in sorted(runs, key=lambda run: run["id"])] == [{"kind": kind} for kind in kinds]
    assert all(run["user_id"] is None and run["user_ip"] for run in runs)
    assert visitor.complaints == []


def test_the_next_task_is_asked_for_while_the_current_one_is_shown(visitor: Visitor, spotting: LiveProject) -> None:
    visitor.open(spotting.path("tutorial"))
    visitor.open(spotting.path("presenter"))
    visitor.open(spotting.path("newtask"))
    visitor.presenter.locator("#task button:enabled").first.wait_for()
    visitor.page.wait_for_timeout(500)
    offsets = [re.search(r"offset=(\d+)", url)[1] for url in visitor.asked(f"/project/{spotting.id}/newtask?")]  # type: ignore[index]
    assert offsets[-2:] == ["0", "1"]
    assert not visitor.asked("/api/taskrun")


def test_two_browsers_behind_one_address_are_two_volunteers(
    visitors: Callable[..., Visitor], projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    project = projects(presenters("classic"), PICTURES, n_answers=2)
    for _ in range(2):
        visitor = visitors()
        visitor.open(project.path("newtask"))
        for number in range(1, len(PICTURES) + 1):
            visitor.presenter.get_by_text(f"Question {number}").wait_for()
            visitor.presenter.locator("button[value=Yes]").click()
        visitor.presenter.get_by_text("Thank you!").wait_for()
    runs = project.listed("taskrun")
    tasks = project.listed("task")
    assert Counter(run["task_id"] for run in runs) == {task["id"]: 2 for task in tasks}
    assert {task["state"] for task in tasks} == {"completed"}
    third = visitors()
    third.open(project.path("newtask"))
    third.presenter.get_by_text("Thank you!").wait_for()
    assert len(project.listed("taskrun")) == 2 * len(PICTURES)


def test_a_presenter_written_the_classic_way_works_unchanged(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    project = projects(presenters("classic"), PICTURES)
    visitor.open(project.path("newtask"))
    visitor.presenter.get_by_text("Question 1").wait_for()
    assert visitor.inside("[window.locale, location.pathname]") == ["en", project.path("newtask")]
    assert visitor.inside("jQuery.fn.jquery").startswith("2.2.")
    assert (
        visitor.inside("getComputedStyle(document.querySelector('.btn-success')).backgroundColor") == "rgb(92, 184, 92)"
    )
    visitor.presenter.locator("#hash").hover()
    visitor.presenter.locator(".tooltip").wait_for()
    visitor.presenter.locator("#hash").click()
    assert visitor.inside("window.clicked") is True
    visitor.inside("pybossaNotify('<b>Well done</b>', true, 'success')")
    visitor.presenter.locator(".alert-success b").wait_for()
    visitor.inside("Modernizr.load([{load: '/static/css/site.css', complete: () => { window.loaded = true; }}])")
    assert visitor.inside("window.loaded") is True
    for number in range(1, 4):
        visitor.presenter.get_by_text(f"Question {number}").wait_for()
        task_id = visitor.presenter.locator("#task-id").inner_text()
        visitor.page.wait_for_url(f"**{project.path('task/' + task_id)}")
        assert visitor.inside("pybossa.getCurrentTaskId()") == task_id
        visitor.presenter.get_by_text(f"{number - 1} of 3 done").wait_for()
        visitor.presenter.locator("button[value=No]").click()
    visitor.presenter.get_by_text("Thank you!").wait_for()
    assert [run["info"] for run in project.listed("taskrun")] == ["No"] * 3
    visitor.presenter.locator("#home").click()
    visitor.page.wait_for_url(re.compile(r"^[^/]+//[^/]+/$"))
    assert visitor.complaints == []


def test_a_task_s_address_can_be_reloaded_and_shared(
    visitors: Callable[..., Visitor], projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    project = projects(presenters("classic"), PICTURES, n_answers=2)
    second = project.listed("task")[1]["id"]
    visitor, friend = visitors(), visitors()
    for one in (visitor, friend):
        one.open(project.path(f"task/{second}"))
        one.presenter.get_by_text("Question 2").wait_for()
    visitor.page.reload()
    visitor.presenter.get_by_text("Question 2").wait_for()
    visitor.presenter.locator("button[value=Yes]").click()
    visitor.presenter.get_by_text(re.compile("Question [13]")).wait_for()
    visitor.page.go_back()
    visitor.page.get_by_text("You have answered this task already").wait_for()
    visitor.page.get_by_role("link", name="Next task").click()
    visitor.presenter.get_by_text(re.compile("Question [13]")).wait_for()


def test_a_late_answer_is_told_kindly_and_the_next_task_follows(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    project = projects(presenters("classic"), PICTURES)
    visitor.open(project.path("newtask"))
    visitor.presenter.get_by_text("Question 1").wait_for()
    project.api.delete(f"task/{visitor.presenter.locator('#task-id').inner_text()}")
    visitor.presenter.locator("button[value=Yes]").click()
    visitor.page.get_by_text("Nothing is wrong: thank you!").wait_for()
    visitor.presenter.get_by_text("Question 2").wait_for()
    assert project.listed("taskrun") == []


def test_an_answer_survives_a_shaky_connection_and_is_stored_once(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    """The first request arrives, its answer is lost on the way back: the page asks again with the same key."""
    project = projects(presenters("classic"), PICTURES)
    lost: list[int] = []

    def lose_once(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    visitor.page.route("**/api/taskrun", lose_once)
    visitor.open(project.path("newtask"))
    visitor.presenter.get_by_text("Question 1").wait_for()
    visitor.presenter.locator("button[value=Yes]").click()
    visitor.page.get_by_text("The connection is shaky").wait_for()
    visitor.presenter.get_by_text("Question 2").wait_for()
    assert lost == [200]
    assert [run["info"] for run in project.listed("taskrun")] == ["Yes"]


def test_what_a_presenter_stores_lasts_for_its_own_project_only(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    first, second = projects(presenters("classic"), PICTURES), projects(presenters("classic"), PICTURES)
    visitor.open(first.path("newtask"))
    visitor.presenter.get_by_text("Question 1").wait_for()
    visitor.inside("localStorage.setItem('seen', 'yes')")
    visitor.page.wait_for_function("n => localStorage.getItem('nimbossa:presenter:' + n)", arg=first.id)
    visitor.open(second.path("newtask"))
    visitor.presenter.get_by_text("Question 1").wait_for()
    assert visitor.inside("localStorage.getItem('seen')") is None
    visitor.open(first.path("newtask"))
    visitor.presenter.get_by_text("Question 1").wait_for()
    assert visitor.inside("localStorage.getItem('seen')") == "yes"


def test_an_owner_tries_a_draft_in_the_browser(
    visitors: Callable[..., Visitor],
    projects: Callable[..., LiveProject],
    presenters: Callable[[str], str],
    stack: Stack,
) -> None:
    project = projects(presenters("classic"), PICTURES, published=False)
    owner, stranger = visitors(), visitors()
    owner.open(project.path(f"newtask?api_key={stack.admin_api_key}"))
    owner.presenter.get_by_text("Question 1").wait_for()
    assert stack.admin_api_key not in owner.inside("location.href")
    owner.presenter.locator("button[value=Yes]").click()
    owner.presenter.get_by_text("Question 2").wait_for()
    assert [run["user_id"] is not None for run in project.listed("taskrun")] == [True]
    stranger.open(project.path("newtask"))
    stranger.page.get_by_text("only its owners see it").wait_for()


def test_a_phone_shows_the_pages_without_sideways_scrolling(
    visitors: Callable[..., Visitor], spotting: LiveProject
) -> None:
    visitor = visitors(has_touch=True)
    visitor.page.set_viewport_size({"width": 360, "height": 700})
    for path in ("/", spotting.path(), spotting.path("tutorial"), spotting.path("newtask"), "/nowhere"):
        visitor.open(path)
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_page_that_outlived_its_token_fetches_a_new_one(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    project = projects(presenters("classic"), PICTURES)
    opened: list[str] = []

    def with_a_stale_token(route: Route) -> None:
        opened.append(route.request.resource_type)
        response = route.fetch()
        text = response.text()
        if len(opened) == 1:
            text = re.sub(r'data-token="[^"]+"', 'data-token="stale"', text)
        route.fulfill(response=response, body=text)

    visitor.page.route(re.compile(r"/newtask$"), with_a_stale_token)
    visitor.open(project.path("newtask"))
    visitor.presenter.get_by_text("Question 1").wait_for()
    visitor.presenter.locator("button[value=Yes]").click()
    visitor.presenter.get_by_text("Question 2").wait_for()
    assert opened[0] == "document"
    assert "fetch" in opened[1:]
    assert [run["info"] for run in project.listed("taskrun")] == ["Yes"]
