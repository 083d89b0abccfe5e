"""The pages around a presenter: isolation, seats, tutorial, who the volunteer is."""

import re
from html import unescape

import pytest

from chalicelib.core.recognition import PRESENTER
from chalicelib.core.seats import Refusal
from tests.fakes.pages import OTHER_ID, OTHER_KEY, OWNER_KEY, Answer, Services, Site, project

PRESENTER_HTML = "<script>pybossa.run('{{ short_name }}')</script><p>{% raw %} & ünï</p>"


def site(**services: object) -> Site:
    return Site(Services(project(info={"task_presenter": PRESENTER_HTML}), **services))  # type: ignore[arg-type]


def token(answer: Answer) -> str:
    found = re.search(r'data-token="([^"]+)"', answer.text)
    assert found
    return unescape(found[1])


def identity(site: Site, answer: Answer, source_ip: str = "203.0.113.9") -> str:
    """Whom the API takes the page's frame for."""
    caller = site.services.recognition.caller({"authorization": f"{PRESENTER} {token(answer)}"}, {}, source_ip)
    assert caller.only_project == 7
    return caller.identity


@pytest.mark.parametrize("path", ["newtask", "presenter", "task/5"])
def test_the_outer_page_holds_a_frame_without_the_site_s_origin(path: str) -> None:
    text = site(tasks={5: 7}).get(f"/project/clouds/{path}").text
    frame = re.search(r"<iframe[^>]*>", text)
    assert frame
    assert "allow-scripts" in frame[0]
    assert "allow-same-origin" not in frame[0]
    assert f'data-src="/project/clouds/{path}?frame=presenter"' in frame[0]
    assert PRESENTER_HTML not in text


@pytest.mark.parametrize("path", ["newtask", "presenter", "task/5"])
def test_the_frame_document_is_sandboxed_however_it_is_opened(path: str) -> None:
    answer = site(tasks={5: 7}).get(f"/project/clouds/{path}?frame=presenter")
    guard = answer.headers["Content-Security-Policy"]
    assert guard.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in guard
    assert "frame-ancestors 'self'" in guard
    assert answer.cookies == []
    assert "data-token" not in answer.text


def test_the_stored_presenter_is_inserted_as_it_is_after_the_libraries_and_before_the_locale() -> None:
    text = site().get("/project/clouds/newtask?frame=presenter").text
    assert PRESENTER_HTML in text
    order = [
        "js/frame.js",
        "jquery",
        "bootstrap.min.js",
        "js/pybossa/pybossa.js",
        PRESENTER_HTML,
        "PYBOSSA_USER_LOCALE",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert re.search(r'id="PYBOSSA_USER_LOCALE" style="display: none">\s*en\s*<', text)


def test_the_task_page_takes_a_seat_for_the_volunteer_that_the_frame_will_be() -> None:
    pages = site(tasks={5: 7})
    answer = pages.get("/project/clouds/task/5")
    assert pages.services.volunteering.seated == [(identity(pages, answer), 5)]


def test_the_frame_of_a_task_page_takes_no_seat() -> None:
    pages = site(tasks={5: 7})
    pages.get("/project/clouds/task/5?frame=presenter")
    assert pages.services.volunteering.seated == []


@pytest.mark.parametrize("reason", list(Refusal))
def test_a_task_without_a_seat_says_why_and_leads_on(reason: Refusal) -> None:
    answer = site(tasks={5: 7}, refusals={5: reason}).get("/project/clouds/task/5")
    assert answer.status == 200
    assert 'href="/project/clouds/newtask"' in answer.text
    assert "<iframe" not in answer.text


def test_a_task_of_another_project_leads_back_to_this_one() -> None:
    answer = site(tasks={5: 8}).get("/project/clouds/task/5?response_format=json")
    assert answer.status == 200
    assert '"template":"/projects/task/wrong.html"' in answer.text


@pytest.mark.parametrize("task", ["6", "abc", "-1", "99999999999999999999", "5%20", "٥"])
def test_a_task_that_does_not_exist_is_404(task: str) -> None:
    assert site(tasks={5: 7}).get(f"/project/clouds/task/{task}").status == 404


def test_two_browsers_behind_one_address_are_two_volunteers_who_stay_themselves() -> None:
    pages = site()
    first, second = pages.get("/project/clouds/newtask"), pages.get("/project/clouds/newtask")
    assert identity(pages, first) != identity(pages, second)
    again = pages.get("/project/clouds/newtask", cookie=first.cookies[0].split(";")[0])
    assert identity(pages, again) == identity(pages, first)
    assert again.cookies == []


def test_the_browser_cookie_is_out_of_reach_of_scripts_and_of_other_sites() -> None:
    plain = site().get("/project/clouds/newtask").cookies[0]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    assert "Secure" in site().get("/project/clouds/newtask", x_forwarded_proto="https").cookies[0]


def test_a_forged_browser_cookie_counts_as_none() -> None:
    answer = site().get("/project/clouds/newtask", cookie="nimbossa_browser=eyJhbGciOiJub25lIn0.e30.")
    assert answer.cookies


def test_past_the_cap_browsers_behind_one_address_are_one_volunteer() -> None:
    pages = site(browsers_per_address=2)
    known = {identity(pages, pages.get("/project/clouds/newtask")) for _ in range(5)}
    assert len(known) == 3
    assert sum(name.startswith("ip:") for name in known) == 1


def test_a_project_may_ask_not_to_tell_browsers_apart() -> None:
    pages = Site(Services(project(info={"tell_browsers_apart": False})))
    answer = pages.get("/project/clouds/newtask")
    assert identity(pages, answer).startswith("ip:")
    assert answer.cookies == []


def test_an_account_answers_as_itself() -> None:
    pages = site()
    answer = pages.get("/project/clouds/newtask", authorization=OTHER_KEY)
    assert identity(pages, answer) == f"user:{OTHER_ID}"
    assert answer.cookies == []


def test_anonymous_volunteers_are_asked_to_sign_in_where_the_project_wants_it() -> None:
    pages = Site(Services(project(allow_anonymous_contributors=False), tasks={5: 7}))
    for path in ("newtask", "task/5"):
        answer = pages.get(f"/project/clouds/{path}")
        assert answer.status == 302
        assert answer.headers["Location"] == "/account/signin?next=%2Fproject%2Fclouds%2Fnewtask"
    assert pages.services.volunteering.seated == []
    assert pages.get("/project/clouds/newtask", authorization=OTHER_KEY).status == 200


def test_an_owner_tries_a_draft_without_the_frame_learning_the_owner_s_key() -> None:
    pages = Site(Services(project(published=False)))
    outer = pages.get(f"/project/clouds/newtask?api_key={OWNER_KEY}")
    found = re.search(r'data-src="([^"]+)"', outer.text)
    assert found
    assert OWNER_KEY not in outer.text
    assert pages.get(unescape(found[1])).status == 200
    assert pages.get("/project/clouds/newtask?frame=presenter&token=forged").status == 401


def test_the_tutorial_comes_first_and_once() -> None:
    pages = Site(Services(project(info={"task_presenter": "<p>", "tutorial": "<h2>How</h2>"})))
    first = pages.get("/project/clouds/newtask")
    assert "frame=tutorial" in first.text
    assert any(cookie.startswith("cloudstutorial=seen") for cookie in first.cookies)
    assert "frame=presenter" in pages.get("/project/clouds/newtask", cookie="a=b; cloudstutorial=seen").text
    assert "frame=tutorial" in pages.get("/project/clouds/tutorial", cookie="cloudstutorial=seen").text


def test_the_tutorial_frame_has_the_libraries_but_not_pybossa_js() -> None:
    pages = Site(Services(project(info={"tutorial": "<h2>How</h2>"})))
    text = pages.get("/project/clouds/tutorial?frame=tutorial").text
    assert text.index("jquery") < text.index("<h2>How</h2>")
    assert "pybossa.js" not in text


def test_a_project_without_a_tutorial_has_no_tutorial_page() -> None:
    assert site().get("/project/clouds/tutorial").status == 404


def test_a_project_without_a_presenter_says_so() -> None:
    text = Site(Services(project(info={}))).get("/project/clouds/newtask").text
    assert "does not have a task presenter" in text


def test_a_presenter_that_is_not_text_is_not_shown() -> None:
    assert (
        Site(Services(project(info={"task_presenter": {"a": 1}}))).get("/project/clouds/newtask?frame=presenter").status
        == 200
    )
