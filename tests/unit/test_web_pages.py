"""The site's pages: what is listed, what is escaped, who is let in."""

import json

import pytest

from chalicelib.core.overview import Progress
from tests.fakes.pages import ADMIN_KEY, OTHER_KEY, OWNER_KEY, Services, Site, project

DRAFT = project(id=8, short_name="draft", name="A draft", published=False)
LOCKED = project(id=9, short_name="locked", name="Locked", info={"passwd_hash": "x"})


def site(*projects: object, **services: object) -> Site:
    return Site(Services(*(projects or (project(), DRAFT, LOCKED)), **services))  # type: ignore[arg-type]


def test_the_front_page_lists_published_projects_only() -> None:
    text = site().get("/").text
    assert 'href="/project/clouds/"' in text
    assert "4 of 10 tasks completed" in text
    assert "A draft" not in text
    assert "Locked" not in text


def test_the_front_page_says_so_when_nothing_is_published() -> None:
    assert "No project is published yet" in site(DRAFT).get("/").text


def test_projects_with_work_left_come_before_those_without_a_presenter() -> None:
    bare = project(id=99, short_name="bare", name="Bare", info={})
    text = site(bare, project()).get("/").text
    assert text.index("Cloud Spotter") < text.index("Bare")


def test_a_project_with_very_many_open_tasks_is_shown_without_a_count_of_the_completed() -> None:
    text = site(progress=Progress(120_000, None)).get("/project/clouds/").text
    assert "120,000 tasks, more than a thousand to do" in text
    assert "<progress" not in text


def test_names_and_descriptions_are_escaped() -> None:
    hostile = project(name="<script>alert(1)</script>", description='"><img src=x onerror=alert(1)>')
    for path in ("/", "/project/clouds/", "/project/clouds/newtask"):
        text = site(hostile).get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_a_long_description_is_markdown_without_anything_that_runs() -> None:
    table, hostile = "| a | b |\n|---|---|\n| 1 | 2 |", "<script>alert(1)</script><b onclick=x>bold</b>"
    about = f"# Why\n\n{table}\n\n{hostile} [x](javascript:alert)"
    text = site(project(long_description=about)).get("/project/clouds/").text
    assert "<h1>Why</h1>" in text
    assert "<td>1</td>" in text
    for danger in ("alert(1)", "onclick", 'href="javascript'):
        assert danger not in text


def test_a_picture_with_a_script_address_is_not_shown() -> None:
    text = site(project(info={"thumbnail_url": "javascript:alert(1)"})).get("/project/clouds/").text
    assert "javascript:" not in text


@pytest.mark.parametrize("path", ["/project/draft/", "/project/draft/newtask", "/project/draft/task/1"])
@pytest.mark.parametrize(("key", "status"), [("", 401), (OTHER_KEY, 403)])
def test_a_draft_is_closed_to_strangers(path: str, key: str, status: int) -> None:
    assert site().get(path, **({"authorization": key} if key else {})).status == status


@pytest.mark.parametrize("key", [OWNER_KEY, ADMIN_KEY])
def test_a_draft_is_open_to_its_owner_and_to_administrators(key: str) -> None:
    assert "only its owners" in site().get("/project/draft/", authorization=key).text


def test_a_key_in_the_query_opens_a_page_as_the_header_does() -> None:
    assert site().get(f"/project/draft/?api_key={OWNER_KEY}").status == 200


def test_a_draft_frame_is_closed_to_strangers_too() -> None:
    assert site().get("/project/draft/newtask?frame=presenter").status == 401


def test_a_project_behind_a_password_asks_for_it() -> None:
    for path in ("/project/locked/", "/project/locked/newtask", "/project/locked/newtask?frame=presenter"):
        answer = site().get(path)
        assert (answer.status, answer.headers["Location"].split("?")[0]) == (302, "/project/locked/password")


def test_an_unknown_project_is_a_kind_404() -> None:
    answer = site().get("/project/nope/")
    assert answer.status == 404
    assert "We could not find that page" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "headers", [{"content_type": "application/json"}, {"content_type": "application/json; charset=utf-8"}]
)
def test_an_error_is_page_shaped_json_for_headless_clients(headers: dict[str, str]) -> None:
    body = json.loads(site().get("/project/nope/", **headers).text)
    assert body == {"template": "404.html", "code": 404, "description": "404 Not Found: there is no project 'nope'"}


def test_a_project_page_has_a_headless_form_without_private_fields() -> None:
    secretive = project(info={"task_presenter": "<p>", "private": 1}, webhook="https://example.org/hook")
    body = json.loads(site(secretive).get("/project/clouds/?response_format=json").text)
    assert body["template"] == "/projects/project.html"
    assert body["n_tasks"] == 10
    assert body["overall_progress"] == 40.0
    assert body["project"]["info"] == {"task_presenter": "<p>"}
    assert not {"secret_key", "webhook"} & set(body["project"])


def test_extra_public_keys_of_info_are_a_setting() -> None:
    shown = site(project(info={"colour": "red"}), project_info_public_fields="colour,shape")
    body = json.loads(shown.get("/?response_format=json").text)
    assert body["featured"][0]["info"] == {"colour": "red"}


def test_a_missing_final_slash_redirects_for_good() -> None:
    answer = site().get("/project/clouds?response_format=json")
    assert (answer.status, answer.headers["Location"]) == (308, "/project/clouds/?response_format=json")
    answer = site().get("/leaderboard?info=beans")
    assert (answer.status, answer.headers["Location"]) == (308, "/leaderboard/?info=beans")


def test_the_old_list_address_leads_to_the_front_page() -> None:
    answer = site().get("/app")
    assert (answer.status, answer.headers["Location"]) == (302, "/")


def test_pages_run_no_script_but_our_own_and_cannot_be_framed() -> None:
    guard = site().get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in guard
    assert "frame-ancestors 'none'" in guard
    assert "unsafe" not in guard


def test_a_page_opened_inside_a_frame_asks_to_be_shown_outside() -> None:
    answer = site().get("/project/clouds/", sec_fetch_dest="iframe")
    assert "leave_frame.js" in answer.text
    assert "Cloud Spotter" not in answer.text


def test_an_address_that_leads_nowhere_is_a_kind_page_and_in_the_api_an_api_error() -> None:
    answer = site().get("/projects/of/olden/times")
    assert answer.status == 404
    assert "We could not find that page" in answer.text
    assert json.loads(site().get("/api/nowhere").text)["exception_cls"] == "NotFound"


def test_an_owner_publishes_a_draft_that_is_ready() -> None:
    pages = site(project(id=8, short_name="draft", published=False), tasks={5: 8})
    assert pages.get("/project/draft/").status == 401
    answer = pages.get("/project/draft/publish", method="POST", authorization=OWNER_KEY)
    assert (answer.status, answer.headers["Location"]) == (302, "/project/draft/")
    assert pages.services.clearing.cleared == [8]
    assert pages.get("/project/draft/").status == 200


@pytest.mark.parametrize(("key", "status"), [("", 400), (OTHER_KEY, 403)])
def test_nobody_else_publishes(key: str, status: int) -> None:
    pages = site(project(id=8, short_name="draft", published=False), tasks={5: 8})
    headers = {"authorization": key} if key else {}
    assert pages.get("/project/draft/publish", method="POST", **headers).status == status


@pytest.mark.parametrize(("info", "tasks"), [({}, {5: 8}), ({"task_presenter": "<p>"}, {})])
def test_a_draft_without_presenter_or_tasks_is_not_published(info: dict[str, str], tasks: dict[int, int]) -> None:
    pages = site(project(id=8, short_name="draft", published=False, info=info), tasks=tasks)
    assert pages.get("/project/draft/publish", method="POST", authorization=OWNER_KEY).status == 403


def test_a_defect_is_a_page_and_tells_nothing_of_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    broken = Services(project())
    broken.overview = None  # type: ignore[assignment]
    answer = Site(broken).get("/project/clouds/")
    assert answer.status == 500
    assert "NoneType" not in answer.text
    assert "NoneType" in caplog.text


def test_a_category_has_twenty_projects_to_a_page() -> None:
    many = [project(id=number, name=f"No. {number}", short_name=f"no{number}") for number in range(1, 46)]
    shown = site(*many)
    pages = [json.loads(shown.get(f"{THINKING}page/{number}/?response_format=json").text) for number in (1, 2, 3)]
    assert [[one["id"] for one in page["projects"]] for page in pages] == [
        list(range(45, 25, -1)),
        list(range(25, 5, -1)),
        list(range(5, 0, -1)),
    ]
    assert [(page["pagination"]["prev"], page["pagination"]["next"]) for page in pages] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert (
        'rel="next" href="/project/category/thinking/page/3/?orderby=id"'
        in shown.get(f"{THINKING}page/2/?orderby=id").text
    )


THINKING = "/project/category/thinking/"
