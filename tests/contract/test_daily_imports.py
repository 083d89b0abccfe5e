"""Daily imports on the running stack: the page, the schedule, and the mails that the cloud keeps (contract importers.md
§5)."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests

from infra.local import missed_days
from tests.contract.browsers import Account, Headless
from tests.contract.people import Person, eventually
from tests.instance import Stack

TODAY = datetime.now(UTC).replace(hour=4, minute=23)
SECRET = "s3cr3t-of-the-client"
PRIVATE = {
    "epicollect_project": "birds",
    "epicollect_form": f"{'a' * 32}_{'b' * 13}",
    "epicollect_client_id": "12",
    "epicollect_client_secret": SECRET,
}


class Table:
    """A CSV file on a server of this machine, which grows."""

    def __init__(self) -> None:
        self.rows = ["question", "What?", "Where?"]
        table = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = "\n".join(table.rows).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/csv")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/table.csv"


@pytest.fixture
def table() -> Iterator[Table]:
    table = Table()
    Thread(target=table.server.serve_forever, daemon=True).start()
    yield table
    table.server.shutdown()
    table.server.server_close()


def page_of(project: dict[str, Any], more: str = "") -> str:
    return f"/project/{project['short_name']}/tasks/autoimporter{more}"


def look(account: Account, path: str) -> requests.Response:
    return account.browser.session.get(account.browser.url + path, timeout=30, allow_redirects=False)


def send(account: Account, path: str, **fields: str) -> requests.Response:
    """A form as a browser sends it."""
    fields["csrf_token"] = account.browser.token("/account/profile")
    return account.browser.session.post(account.browser.url + path, data=fields, timeout=30, allow_redirects=False)


@pytest.fixture
def project(stack: Stack, owner: Account) -> Iterator[dict[str, Any]]:
    """It imports nothing daily any more when the test is over."""
    made = Person(stack.url, owner.key).project(info={"task_presenter": "<p>"})
    yield made
    send(owner, page_of(made, "/delete"))


@pytest.fixture
def daily(project: dict[str, Any], owner: Account, table: Table) -> dict[str, Any]:
    """A project that imports the table every day."""
    answer = send(owner, page_of(project), form_name="csv", csv_url=table.url)
    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(project))
    return project


def records_of(stack: Stack, owner: Account, project: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Person(stack.url, owner.key).get("/import", project_id=project["id"]).json()
    return found


@pytest.fixture
def imported(stack: Stack, owner: Account) -> Callable[[dict[str, Any], int], list[dict[str, Any]]]:
    """Waits until the project has so many imports, and all are over."""

    def wait(project: dict[str, Any], count: int) -> list[dict[str, Any]]:
        def over() -> list[dict[str, Any]]:
            found = records_of(stack, owner, project)
            return found if len(found) >= count and all(one["finished"] for one in found) else []

        found: list[dict[str, Any]] = eventually(over)
        assert len(found) == count
        return found

    return wait


def mails_of(stack: Stack, project: dict[str, Any]) -> list[dict[str, Any]]:
    accounts = requests.get(stack.mails, timeout=30).json()["messages"]
    return [mail for mails in accounts.values() for mail in mails if project["name"] in mail["Subject"]]


def test_a_source_is_chosen_among_those_that_can_be_asked_again(project: dict[str, Any], owner: Account) -> None:
    page = look(owner, page_of(project)).text
    assert re.findall(r'href="\?type=(\w+)"', page) == ["csv", "gdocs", "json", "iiif", "epicollect"]
    assert "YouTube" in page  # and why it is not offered
    assert "set no key" in page
    for name in ("s3", "dropbox", "localCSV", "twitter", "youtube", "nothing"):
        assert look(owner, page_of(project, f"?type={name}")).status_code == 404
        assert send(owner, page_of(project), form_name=name).status_code == 404
    assert send(owner, page_of(project)).status_code == 404
    assert 'name="csv_url"' in look(owner, page_of(project, "?type=csv")).text
    wrong = send(owner, page_of(project, "?type=csv"), csv_url="nowhere")
    assert (wrong.status_code, "not a web address" in wrong.text) == (200, True)


def test_it_is_for_owners_and_a_form_needs_its_token(stack: Stack, daily: dict[str, Any], stranger: Account) -> None:
    for more in ("", "/run", "/delete"):
        assert send(stranger, page_of(daily, more), form_name="csv").status_code == 403
    assert look(stranger, page_of(daily)).status_code == 403
    asked = Headless(stack.url).get(page_of(daily))
    assert (asked.status_code, asked.headers["Location"].split("?")[0]) == (302, "/account/signin")
    for more in ("/run", "/delete"):
        assert stranger.browser.post(page_of(daily, more), {}, None).status_code in (400, 403)


def test_what_is_set_is_seen_by_its_owner_and_not_by_the_public(
    stack: Stack, daily: dict[str, Any], owner: Account, stranger: Account, table: Table
) -> None:
    person, path = Person(stack.url, owner.key), f"/project/{daily['id']}"
    person.tasks(daily, 1)
    assert send(owner, f"/project/{daily['short_name']}/publish").status_code == 302
    shown = {"type": "csv", "csv_url": table.url}
    assert person.get(path).json()["info"] == {"task_presenter": "<p>", "autoimporter": shown}
    for client in (Person(stack.url), Person(stack.url, stranger.key)):
        assert client.get(path).json()["info"] == {"task_presenter": "<p>"}
        assert table.url not in client.get("/project", short_name=daily["short_name"]).text
    assert table.url not in str(stranger.browser.look(f"/project/{daily['short_name']}/"))


def test_one_is_configured_at_a_time_and_both_ends_are_in_the_audit_log(
    stack: Stack, owner: Account, daily: dict[str, Any], table: Table
) -> None:
    again = send(owner, page_of(daily), form_name="csv", csv_url="https://other.example/b.csv")
    assert (again.status_code, table.url in again.text, "other.example" in again.text) == (200, True, False)
    gone = send(owner, page_of(daily, "/delete"))
    assert (gone.status_code, gone.headers["Location"]) == (302, f"/project/{daily['short_name']}/tasks/")
    assert "autoimporter" not in Person(stack.url, owner.key).get(f"/project/{daily['id']}").json()["info"]
    log = owner.browser.look(f"/project/{daily['short_name']}/auditlog")["auditlogs"]
    changes = [(row["action"], row["old_value"], row["new_value"]) for row in log if row["attribute"] == "autoimporter"]
    text = f'{{"type":"csv","csv_url":"{table.url}"}}'
    assert changes == [("delete", text, "Nothing"), ("create", "Nothing", text)]


def test_the_api_may_keep_it_or_remove_it_and_not_set_it(stack: Stack, owner: Account, daily: dict[str, Any]) -> None:
    person, path = Person(stack.url, owner.key), f"/project/{daily['id']}"
    info = person.get(path).json()["info"]
    assert person.put(path, {"info": {**info, "more": 1}}).status_code == 200
    refused = person.put(path, {"info": {"autoimporter": {"type": "csv", "csv_url": "https://other.example/"}}})
    assert (refused.status_code, "tasks/autoimporter" in refused.text) == (415, True)
    assert person.put(path, {"info": {"more": 1}}).status_code == 200
    missed_days.fire(stack.aws_endpoint, TODAY + timedelta(days=400))
    assert "?type=csv" in look(owner, page_of(daily)).text  # there is nothing configured


def test_the_schedule_imports_once_a_day_and_mails_only_what_is_new(
    stack: Stack,
    owner: Account,
    daily: dict[str, Any],
    table: Table,
    imported: Callable[[dict[str, Any], int], list[dict[str, Any]]],
) -> None:
    for _ in range(2):
        missed_days.fire(stack.aws_endpoint, TODAY)
    (first,) = imported(daily, 1)
    assert (first["state"], first["tasks_made"], first["origin"], first["type"]) == ("finished", 2, "daily", "csv")
    (mail,) = eventually(lambda: mails_of(stack, daily))
    assert (mail["To"], mail["Subject"]) == ([owner.email], f"{daily['name']}: 2 new tasks were imported")
    assert f"{stack.url}/project/{daily['short_name']}/tasks/import/{first['id']}" in mail["BodyText"]
    assert f"{stack.url}{page_of(daily)}" in mail["BodyText"]
    missed_days.fire(stack.aws_endpoint, TODAY + timedelta(days=1))
    *_, second = imported(daily, 2)
    assert (second["tasks_made"], second["duplicates"]) == (0, 2)
    table.rows.append("When?")
    missed_days.fire(stack.aws_endpoint, TODAY + timedelta(days=2))
    *_, third = imported(daily, 3)
    assert (third["tasks_made"], third["duplicates"]) == (1, 2)
    *_, last = eventually(lambda: mails if len(mails := mails_of(stack, daily)) > 1 else [])
    assert last["Subject"] == f"{daily['name']}: 1 new task was imported"
    assert len(mails_of(stack, daily)) == 2
    assert len(Person(stack.url, owner.key).get("/task", project_id=daily["id"]).json()) == 3


def test_an_owner_imports_at_once_and_sees_what_was_wrong(
    stack: Stack,
    owner: Account,
    daily: dict[str, Any],
    table: Table,
    imported: Callable[[dict[str, Any], int], list[dict[str, Any]]],
) -> None:
    table.rows = ["question,n_answers", "What?,0", "Where?,3"]
    begun = send(owner, page_of(daily, "/run"))
    assert (begun.status_code, begun.headers["Location"]) == (302, page_of(daily))
    (record,) = imported(daily, 1)
    assert (record["tasks_made"], record["error_count"]) == (1, 1)
    page = look(owner, page_of(daily)).text
    assert "Line 2: n_answers is 0" in page
    assert f'tasks/import/{record["id"]}"' in page
    assert table.url in look(owner, f"/project/{daily['short_name']}/tasks/withdrawal").text
    missed_days.fire(stack.aws_endpoint)  # today's import is over
    send(owner, page_of(daily, "/run"))
    assert [one["tasks_made"] for one in imported(daily, 2)] == [1, 0]


def test_what_is_secret_is_kept_sealed_and_never_shown(stack: Stack, project: dict[str, Any], owner: Account) -> None:
    assert send(owner, page_of(project, "?type=epicollect"), **PRIVATE).status_code == 302
    info = Person(stack.url, owner.key).get(f"/project/{project['id']}").json()["info"]
    assert info["autoimporter"]["epicollect_client_id"] == "12"
    sealed = info["autoimporter"]["sealed"]
    page, log = look(owner, page_of(project)).text, look(owner, f"/project/{project['short_name']}/auditlog").text
    assert "kept, never shown" in page
    for shown in (str(info), page, log):
        assert SECRET not in shown
    for shown in (page, log):
        assert sealed not in shown
