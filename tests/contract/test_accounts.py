"""Registering, signing in and out, and an account's own pages, over HTTP (contract web.md §1, §3)."""

import concurrent.futures
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.contract.browsers import PASSWORD, Account, Headless, registered, registration, sign_in
from tests.contract.people import make_user, unique
from tests.instance import Stack


@pytest.fixture(scope="module")
def someone(stack: Stack) -> Account:
    """An account that tests look at and do not change."""
    return registered(stack.url, "someone")


def test_who_registers_is_signed_in_and_has_a_key(stack: Stack) -> None:
    account = registered(stack.url)
    profile = account.browser.look("/account/profile")
    assert profile["template"] == "account/profile.html"
    assert (profile["user"]["name"], profile["user"]["email_addr"]) == (account.name, account.email)
    assert profile["user"]["api_key"] is None
    assert "hash" not in str(profile["user"])
    made = requests.get(f"{stack.url}/api/user", params={"name": account.name, "api_key": account.key}, timeout=30)
    assert made.json()[0]["id"] == profile["user"]["id"]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", {"name": "ab"}),
        ("name", {"name": "signin"}),
        ("name", {"name": "has space"}),
        ("name", {"name": "a/b/c"}),
        ("fullname", {"fullname": "x" * 36}),
        ("email_addr", {"email_addr": "nobody"}),
        ("email_addr", {"email_addr": f"{'x' * 250}@example.org"}),
        ("password", {"password": "short", "confirm": "short"}),
        ("password", {"confirm": "another password"}),
    ],
)
def test_what_cannot_be_registered_is_said_at_its_field(stack: Stack, field: str, change: dict[str, str]) -> None:
    answer = Headless(stack.url).send("/account/register", registration(unique("r"), **change))
    assert list(answer["form"]["errors"]) == [field]
    assert (answer["status"], answer["flash"]) == ("error", "Please correct the errors")
    assert answer["form"]["password"] is None


def test_a_name_and_an_address_are_given_once(stack: Stack, someone: Account) -> None:
    for field, taken in (("name", someone.name), ("email_addr", someone.email.upper())):
        answer = Headless(stack.url).send("/account/register", registration(unique("r"), **{field: taken}))
        assert list(answer["form"]["errors"]) == [field]


def test_of_two_who_register_a_name_at_once_one_gets_it(stack: Stack) -> None:
    name = unique("race")
    clients = [Headless(stack.url) for _ in range(4)]
    tokens = [client.token("/account/register") for client in clients]

    def post(number: int) -> dict[str, Any]:
        body = registration(name, email_addr=f"{name}{number}@example.org")
        answer: dict[str, Any] = clients[number].post("/account/register", body, tokens[number]).json()
        return answer

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(post, range(4)))
    assert sorted("next" in answer for answer in answers) == [False, False, False, True]


def test_signing_in_leads_on_and_signing_out_ends_the_session_itself(stack: Stack, someone: Account) -> None:
    browser, answer = sign_in(stack.url, someone.email)
    assert (answer["next"], answer["status"]) == ("/", "success")
    assert browser.look("/account/profile")["user"]["name"] == someone.name
    copied = requests.Session()
    copied.cookies.update(browser.session.cookies)
    assert browser.look("/account/signout") == {"next": "/", "flash": "You are now signed out", "status": "success"}
    thief = Headless(stack.url, copied)
    for client in (browser, thief):
        assert client.look("/account/profile") == {"next": "/account/signin", "status": "not_signed_in"}
    assert thief.api("GET", "/project?limit=1").status_code == 200
    assert thief.api("POST", "/project", {}).status_code == 401


def test_signing_in_refuses_in_the_contract_s_way(stack: Stack, someone: Account) -> None:
    wrong = sign_in(stack.url, someone.email, "not the password")[1]
    unknown = sign_in(stack.url, f"{unique('no')}@example.org")[1]
    empty = sign_in(stack.url, "", "")[1]
    assert (wrong["status"], unknown["status"], empty["status"]) == ("error", "info", "error")
    assert sorted(empty["form"]["errors"]) == ["email", "password"]
    assert all(page["template"] == "account/signin.html" and "next" in page for page in (wrong, unknown))


def test_the_cookie_is_kept_from_scripts_and_other_sites(stack: Stack, someone: Account) -> None:
    browser = Headless(stack.url)
    body, token = {"email": someone.email, "password": PASSWORD}, browser.token("/account/signin")
    plain = browser.post("/account/signin", body, token).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain


def test_a_session_that_was_planted_is_worth_nothing_after_signing_in(stack: Stack, someone: Account) -> None:
    attacker = Headless(stack.url)
    attacker.token("/account/signin")
    victim = Headless(stack.url)
    victim.session.cookies.update(attacker.session.cookies)
    victim.send("/account/signin", {"email": someone.email, "password": PASSWORD})
    assert victim.look("/account/profile")["user"]["name"] == someone.name
    assert attacker.look("/account/profile")["status"] == "not_signed_in"
    assert victim.session.cookies["nimbossa_session"] != attacker.session.cookies["nimbossa_session"]


@pytest.mark.parametrize("token", [None, "wrong", "another session's"])
def test_a_form_without_its_own_session_s_token_is_refused(stack: Stack, someone: Account, token: str | None) -> None:
    browser = Headless(stack.url)
    browser.token("/account/signin")
    if token == "another session's":
        token = Headless(stack.url).token("/account/signin")
    answer = browser.post("/account/signin", {"email": someone.email, "password": PASSWORD}, token)
    assert (answer.status_code, answer.json()["template"], answer.json()["code"]) == (400, "400.html", 400)
    assert "CSRF" in answer.json()["description"]
    assert browser.look("/account/profile")["status"] == "not_signed_in"


def test_a_form_from_another_site_s_page_is_refused(stack: Stack, someone: Account) -> None:
    browser = Headless(stack.url)
    token = browser.token("/account/signin")
    body = {"email": someone.email, "password": PASSWORD}
    assert browser.post("/account/signin", body, token, Origin="https://evil.example").status_code == 400
    assert browser.post("/account/signin", body, token, Origin=stack.url).status_code == 200


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_this_site_only(stack: Stack, someone: Account, evil: str) -> None:
    browser = Headless(stack.url)
    token = browser.token("/account/signin")
    for address, expected in ((evil, "/"), ("/project/x/newtask?a=1", "/project/x/newtask?a=1")):
        fresh = Headless(stack.url, requests.Session())
        fresh.session.cookies.update(browser.session.cookies)
        body = {"email": someone.email, "password": PASSWORD}
        path = f"/account/signin?next={quote(address, safe='')}"
        assert fresh.post(path, body, token).json()["next"] == expected


def test_guessing_a_password_is_stopped_for_the_account_not_for_others(stack: Stack, someone: Account) -> None:
    victim = registered(stack.url, "victim")
    guesser = Headless(stack.url)
    token = guesser.token("/account/signin")
    body = {"email": victim.email, "password": "a guess"}
    statuses = [guesser.post("/account/signin", body, token).status_code for _ in range(22)]
    assert statuses == [200] * 20 + [429] * 2
    right = guesser.post("/account/signin", {**body, "password": PASSWORD}, token)
    assert (right.status_code, right.json()["template"]) == (429, "429.html")
    assert sign_in(stack.url, someone.email)[1]["status"] == "success"
    assert victim.browser.look("/account/profile")["user"]["name"] == victim.name


def test_login_only_pages_lead_to_signing_in_and_back(stack: Stack, someone: Account) -> None:
    path = f"/account/{someone.name}/update"
    browser = Headless(stack.url)
    answer = browser.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/account/signin?next={quote(path, safe='')}"
    page = browser.look(answer.headers["Location"])
    assert (page["status"], page["flash"]) == ("message", "Please sign in to access this page.")
    assert page["next"] == path
    assert "flash" not in browser.look("/account/signin")


def test_the_json_form_may_be_asked_for_by_the_query_and_with_a_charset(stack: Stack) -> None:
    plain = requests.get(f"{stack.url}/account/signin?response_format=json", timeout=30)
    suffixed = requests.get(
        f"{stack.url}/account/signin", headers={"Content-Type": "application/json; charset=utf-8"}, timeout=30
    )
    html = requests.get(f"{stack.url}/account/signin", timeout=30)
    assert plain.json()["form"]["errors"] == suffixed.json()["form"]["errors"] == {}
    assert html.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("body", [b"[1]", b"3", b"{", b'{"a": 1, "a": 2}', b"\xff", b'{"email": {"a": []}}'])
def test_a_json_body_that_is_no_form_is_a_400(stack: Stack, body: bytes) -> None:
    browser = Headless(stack.url)
    headers = {"Content-Type": "application/json", "X-CSRFToken": browser.token("/account/signin")}
    answer = browser.session.post(f"{stack.url}/account/signin", data=body, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


def test_html_forms_send_their_token_as_a_field_and_are_led_on(stack: Stack, someone: Account) -> None:
    browser = Headless(stack.url)
    body = {"email": someone.email, "password": PASSWORD, "csrf_token": browser.token("/account/signin")}
    answer = browser.session.post(f"{stack.url}/account/signin", data=body, timeout=30, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    page = browser.session.get(f"{stack.url}/", timeout=30)
    assert "Welcome back" in page.text
    assert f"/account/{someone.name}/" in page.text
    assert "Welcome back" not in browser.session.get(f"{stack.url}/", timeout=30).text


def test_a_session_may_use_the_api_without_a_token(stack: Stack) -> None:
    account = registered(stack.url)
    slug = unique("p")
    made = account.browser.api("POST", "/project", {"name": slug, "short_name": slug, "description": "x"})
    assert made.status_code == 200, made.text
    assert made.json()["owner_id"] == account.browser.look("/account/profile")["user"]["id"]
    for authorization in ("a key that nobody has", "Bearer of.nobodys.token"):
        headers = {"Authorization": authorization}
        listed = account.browser.session.get(f"{stack.url}/api/project", headers=headers, timeout=30).json()
        assert [one["id"] for one in listed] == [made.json()["id"]]


def test_a_profile_is_changed_by_its_holder(stack: Stack, someone: Account) -> None:
    account, name = registered(stack.url), unique("renamed")
    path = f"/account/{account.name}/update"
    form = account.browser.look(path)["form"]
    assert (form["name"], form["privacy_mode"], form["errors"]) == (account.name, True, {})
    answer = account.browser.send(path, {"btn": "Profile", "name": name, "privacy_mode": False})
    assert (answer["next"], answer["status"]) == (f"/account/{name}/update", "success")
    shown = Headless(stack.url).look(f"/account/{name}/")
    assert (shown["template"], shown["user"]["fullname"]) == ("/account/public_profile.html", f"Full {account.name}")
    assert "email_addr" not in shown["user"]
    taken = account.browser.send(f"/account/{name}/update", {"btn": "profile", "name": someone.name})
    assert list(taken["form"]["errors"]) == ["name"]
    other = f"/account/{someone.name}/update"
    assert account.browser.get(other).status_code == 403
    token = account.browser.token(f"/account/{name}/update")
    assert account.browser.post(other, {"btn": "Profile", "fullname": "Stolen"}, token).status_code == 403
    for button in ("Upload", "External", ""):
        assert account.browser.post(f"/account/{name}/update", {"btn": button}, token).status_code == 415


def test_nobody_becomes_administrator_by_the_profile_form(stack: Stack) -> None:
    account = registered(stack.url)
    fields = {"btn": "Profile", "admin": True, "pro": True, "restrict": True, "id": 1, "api_key": "x"}
    account.browser.send(f"/account/{account.name}/update", fields)
    user = account.browser.look("/account/profile")["user"]
    assert (user["admin"], user["restrict"]) == (False, False)


def test_a_new_password_ends_the_other_sessions(stack: Stack) -> None:
    account = registered(stack.url)
    other, _ = sign_in(stack.url, account.email)
    path, new = f"/account/{account.name}/update", "a new password"
    wrong = account.browser.send(
        path, {"btn": "Password", "current_password": "no", "new_password": new, "confirm": new}
    )
    assert list(wrong["password_form"]["errors"]) == ["current_password"]
    fields = {"btn": "Password", "current_password": PASSWORD, "new_password": new, "confirm": new}
    assert account.browser.send(path, fields)["status"] == "success"
    assert account.browser.look("/account/profile")["user"]["name"] == account.name
    assert other.look("/account/profile")["status"] == "not_signed_in"
    assert sign_in(stack.url, account.email)[1]["status"] == "error"
    assert sign_in(stack.url, account.email, new)[1]["status"] == "success"


def test_an_account_without_a_password_gets_one_with_its_key(stack: Stack) -> None:
    """The administrator's account is made at deployment, with a key only."""
    key = {"Authorization": stack.admin_api_key, "Content-Type": "application/json"}
    user = requests.get(f"{stack.url}/account/profile", headers=key, timeout=30).json()["user"]
    fields = {"btn": "Password", "new_password": PASSWORD, "confirm": PASSWORD}
    fields |= {"current_password": PASSWORD}
    answer = requests.post(f"{stack.url}/account/{user['name']}/update", json=fields, headers=key, timeout=30)
    assert answer.json()["status"] == "success", answer.text
    browser, signed = sign_in(stack.url, user["email_addr"])
    assert signed["status"] == "success"
    assert browser.look("/account/profile")["user"]["admin"] is True


def test_a_reset_key_is_shown_once_and_ends_the_old_one(stack: Stack, someone: Account) -> None:
    account = registered(stack.url)
    path = f"/account/{account.name}/resetapikey"
    answer = account.browser.send(path, {})
    assert answer["next"] == f"/account/{account.name}/"
    new = answer["api_key"]
    assert new not in str(account.browser.look("/account/profile"))
    mine = {"name": account.name}
    assert "id" in requests.get(f"{stack.url}/api/user", params={**mine, "api_key": new}, timeout=30).json()[0]
    assert account.browser.get(f"/account/{someone.name}/resetapikey").status_code == 403


def test_there_is_no_mail_and_the_page_says_so(stack: Stack) -> None:
    account, browser = registered(stack.url), Headless(stack.url)
    answers = [
        browser.send("/account/forgot-password", {"email_addr": address})
        for address in (account.email, "nobody@example.org")
    ]
    assert {(answer["status"], "sends no mail" in answer["flash"]) for answer in answers} == {("info", True)}
    assert browser.post("/account/forgot-password", {}, None).status_code == 400


def link_for(stack: Stack, name: str) -> str:
    """The path of the link that `make password` prints."""
    return "/account" + make_user(stack, "--name", name).split("/account", 1)[1].strip()


def test_a_password_is_set_by_a_link_once(stack: Stack) -> None:
    account, browser = registered(stack.url), Headless(stack.url)
    link, other = link_for(stack, account.name), link_for(stack, account.name)
    assert browser.look(link)["form"].keys() >= {"new_password", "confirm", "csrf"}
    new = {"new_password": "a new one, longer", "confirm": "a new one, longer"}
    assert browser.post(link, new, None).status_code == 400
    short = browser.send(link, {"new_password": "short", "confirm": "short"})
    assert list(short["form"]["errors"]) == ["new_password"]
    assert browser.send(link, new)["status"] == "success"
    assert browser.look("/account/profile")["user"]["name"] == account.name
    assert account.browser.look("/account/profile")["status"] == "not_signed_in"
    assert sign_in(stack.url, account.email, new["new_password"])[1]["status"] == "success"
    for used in (link, other, "/account/reset-password", "/account/reset-password?key=a.b.c"):
        assert Headless(stack.url).get(used).status_code == 403


def test_an_account_that_an_operator_made_gets_its_password_by_the_printed_link(stack: Stack) -> None:
    name = unique("made")
    printed = make_user(stack, "--name", name, "--email", f"{name}@example.org")
    link = next(line for line in printed.splitlines() if "reset-password" in line).partition("/account")[2]
    browser = Headless(stack.url)
    browser.send(f"/account{link}", {"new_password": PASSWORD, "confirm": PASSWORD})
    assert sign_in(stack.url, f"{name}@example.org")[1]["status"] == "success"
