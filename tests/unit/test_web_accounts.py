"""Sessions, CSRF tokens and forms on services in memory: time passes, networks differ, cookies are forged."""

import pytest

from chalicelib.core.audit import Author
from chalicelib.core.password_links import password_link
from chalicelib.core.sessions import MOST_SESSIONS, SECONDS
from chalicelib.web.guards import own_address
from tests.fakes.pages import OWNER_KEY, Browser, Services, Site, project

PASSWORD = "correct horse battery"
ADA = {"fullname": "Ada Example", "name": "ada", "email_addr": "ada@example.org"}
REGISTRATION = {**ADA, "password": PASSWORD, "confirm": PASSWORD}
SIGN_IN = {"email": ADA["email_addr"], "password": PASSWORD}


@pytest.fixture
def site() -> Site:
    return Site(Services(project(), project(id=8, short_name="draft", published=False), tasks={5: 8}))


@pytest.fixture
def ada(site: Site) -> Browser:
    browser = Browser(site)
    assert browser.sent("/account/register", **REGISTRATION)["status"] == "success"
    return browser


def test_a_csrf_token_is_good_for_an_hour(site: Site, ada: Browser) -> None:
    token = ada.token("/account/ada/update")
    site.services.now += 3500
    body = '{"btn": "Profile", "fullname": "Ada the First"}'
    assert ada.get("/account/ada/update", "POST", body, x_csrftoken=token).status == 200
    site.services.now += 100
    late = ada.get("/account/ada/update", "POST", body, x_csrftoken=token)
    assert (late.status, "older than an hour" in late.text) == (400, True)


def test_a_token_survives_no_change_of_session(site: Site, ada: Browser) -> None:
    before = ada.token("/account/ada/update")
    ada.get("/account/signout")
    ada.sent("/account/signin", **SIGN_IN)
    assert ada.get("/account/ada/update", "POST", '{"btn": "Profile"}', x_csrftoken=before).status == 400


def test_a_session_ends_after_two_weeks(site: Site, ada: Browser) -> None:
    site.services.now += SECONDS - 100
    assert ada.look("/account/profile")["user"]["name"] == "ada"
    site.services.now += 200
    assert ada.look("/account/profile")["status"] == "not_signed_in"


def test_an_account_has_so_many_sessions_and_the_oldest_go(site: Site, ada: Browser) -> None:
    others = [Browser(site) for _ in range(MOST_SESSIONS)]
    for one in others:
        one.sent("/account/signin", **SIGN_IN)
    assert ada.look("/account/profile")["status"] == "not_signed_in"
    assert [one.look("/account/profile")["user"]["name"] for one in others] == ["ada"] * MOST_SESSIONS


@pytest.mark.parametrize("change", [lambda value: value[:-2], lambda value: value + "x", lambda value: "a.b.c"])
def test_a_forged_cookie_is_nobody_s(ada: Browser, change: object) -> None:
    ada.cookies["nimbossa_session"] = change(ada.cookies["nimbossa_session"])  # type: ignore[operator]
    assert ada.look("/account/profile")["status"] == "not_signed_in"


def test_guesses_from_one_network_are_counted_over_all_accounts(site: Site, ada: Browser) -> None:
    guesser = Browser(site, address="198.51.100.7")
    token = guesser.token("/account/signin")

    def guess(number: int) -> int:
        body = f'{{"email": "nobody{number}@example.org", "password": "a guess"}}'
        return guesser.get("/account/signin", "POST", body, x_csrftoken=token).status

    assert [guess(number) for number in range(102)] == [200] * 100 + [429] * 2
    elsewhere = Browser(site, address="198.51.100.8")
    assert elsewhere.sent("/account/signin", **SIGN_IN)["status"] == "success"
    site.services.now += 900
    assert guess(103) == 200


def test_right_passwords_do_not_count_as_guesses(site: Site, ada: Browser) -> None:
    for _ in range(25):
        ada.get("/account/signout")
        assert ada.sent("/account/signin", **SIGN_IN)["status"] == "success"


def test_a_project_s_password_cannot_be_guessed_for_ever(site: Site) -> None:
    changed = project(info={"passwd_hash": "$argon2id$none"})
    site.services.projects.change(project(), changed, Author(None, None, "web"))
    visitor = Browser(site)
    token = visitor.token("/account/signin")
    tries = [visitor.get("/project/clouds/password", "POST", '{"password": "x"}', x_csrftoken=token) for _ in range(21)]
    assert [answer.status for answer in tries] == [200] * 20 + [429]


@pytest.mark.parametrize(
    "address",
    ["", None, "http://e.example", "//e.example", "/\\e.example", "/\t/e.example", "/\n/e", "/ /e", "e", "/" * 3000],
)
def test_an_address_that_could_be_another_site_s_becomes_the_front_page(address: str | None) -> None:
    assert own_address(address) == "/"


def test_an_address_of_this_site_stays_and_breaks_no_header() -> None:
    assert own_address("/project/x/newtask?a=1&b=%20c#d") == "/project/x/newtask?a=1&b=%20c#d"
    assert own_address('/é"<') == "/%C3%A9%22%3C"


def test_a_referer_of_another_site_is_refused_on_https(ada: Browser) -> None:
    token = ada.token("/account/ada/update")
    for referer, status in (("https://evil.example/", 400), ("https://site.example/account/ada/update", 200)):
        named = {"x_csrftoken": token, "referer": referer, "x_forwarded_proto": "https"}
        assert ada.get("/account/ada/update", "POST", '{"btn": "Profile"}', **named).status == status


def test_on_https_the_cookie_goes_by_https_only(site: Site) -> None:
    (cookie,) = site.get("/account/signin", x_forwarded_proto="https").cookies
    assert "; Secure" in cookie


def test_a_page_of_another_site_cannot_sign_anybody_out(ada: Browser) -> None:
    asked = ada.get("/account/signout", content_type="text/html", sec_fetch_site="cross-site")
    assert "Sign out?" in asked.text
    assert ada.look("/account/profile")["user"]["name"] == "ada"


def test_an_unticked_box_of_an_html_form_is_off_and_a_missing_json_key_changes_nothing(site: Site) -> None:
    Browser(site).sent("/account/register", **REGISTRATION)
    headless, person = Browser(site), Browser(site, json=False)
    for one in (headless, person):
        one.send("/account/signin", **SIGN_IN)
    headless.sent("/account/ada/update", btn="Profile", fullname="Ada")
    assert headless.look("/account/ada/update")["form"]["privacy_mode"] is True
    person.send("/account/ada/update", btn="Profile", fullname="Ada")
    assert headless.look("/account/ada/update")["form"]["privacy_mode"] is False


def test_what_people_call_themselves_is_escaped(site: Site) -> None:
    hostile = "<script>x</script>"
    browser = Browser(site)
    assert browser.sent("/account/register", **{**REGISTRATION, "fullname": hostile})["status"] == "success"
    assert hostile not in browser.get("/account/ada/", content_type="text/html").text


def test_a_key_needs_no_token_and_a_wrong_key_does_not_replace_one(site: Site) -> None:
    assert site.get("/project/draft/publish", method="POST", authorization="nobody's key").status == 400
    assert site.get(f"/project/draft/publish?api_key={OWNER_KEY}", method="POST").status == 302


def test_a_link_to_set_a_password_is_good_for_a_day(site: Site, ada: Browser) -> None:
    services = site.services
    user = services.users.by_name("ada")
    assert user is not None
    link = password_link(services.recognition, services.users, user)  # type: ignore[arg-type]
    visitor = Browser(site)
    services.now += 86_300
    assert visitor.get(link).status == 200
    services.now += 100
    assert visitor.get(link).status == 403


def test_a_note_that_was_signed_for_something_else_sets_no_password(site: Site) -> None:
    for claims in ({"pass": [1]}, {"reset": "1", "of": ""}, {"reset": 99, "of": ""}):
        key = site.services.recognition.new_pass(claims, 100)
        assert Browser(site).get(f"/account/reset-password?key={key}").status == 403
