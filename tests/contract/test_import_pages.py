"""`/project/<short_name>/tasks/import` on the running stack, for headless clients and for browsers (contract
importers.md §2)."""

from typing import Any

import pytest
import requests

from tests.contract.browsers import Account
from tests.contract.people import Person, eventually
from tests.fakes.file_server import FileServer
from tests.instance import Stack

CSV = b"url,n_answers\nhttps://x.org/1.png,3\nhttps://x.org/2.png,1\n"
MANY = b"n\n" + b"".join(b"%d\n" % n for n in range(201))

Json = dict[str, Any]


@pytest.fixture
def project(stack: Stack, owner: Account) -> Json:
    made: Json = Person(stack.url, owner.key).project()
    return made


def page_of(project: Json, more: str = "") -> str:
    return f"/project/{project['short_name']}/tasks/import{more}"


def ask(owner: Account, project: Json, **fields: Any) -> Json:
    """A headless client's POST."""
    return owner.browser.send(page_of(project, "?type=csv"), fields)


def fill_in(owner: Account, project: Json, file: Any = None, **fields: str) -> requests.Response:
    """A browser's."""
    fields["csrf_token"] = owner.browser.token("/account/profile")
    files = {"file": file} if file else None
    address = owner.browser.url + page_of(project)
    return owner.browser.session.post(address, data=fields, files=files, timeout=60, allow_redirects=False)


def look(owner: Account, path: str) -> requests.Response:
    return owner.browser.session.get(owner.browser.url + path, timeout=30)


def tasks(owner: Account, project: Json) -> list[Any]:
    found = Person(owner.browser.url, owner.key).get("/task", project_id=project["id"], limit=100).json()
    return [task["info"] for task in found]


def test_a_headless_client_chooses_among_what_the_site_offers(owner: Account, project: Json) -> None:
    page = owner.browser.look(page_of(project))
    assert page["template"] == "/projects/task_import_options.html"
    assert page["form"] is None
    assert page["target"] == "project.import_task"
    assert "projects/tasks/csv.html" in page["available_importers"]
    assert "projects/tasks/youtube.html" not in page["available_importers"]
    one = owner.browser.look(page_of(project, "?type=csv"))
    assert one["template"] == "/projects/importers/csv.html"
    assert one["form"].keys() == {"csv_url", "errors", "csrf"}


def test_a_small_import_is_over_at_once_and_told_in_the_contracts_words(
    owner: Account, project: Json, web: FileServer
) -> None:
    there = f"/project/{project['short_name']}/tasks/"
    url = web.put(CSV)
    assert ask(owner, project, csv_url=url) == {
        "next": there,
        "flash": "2 new tasks were imported.",
        "status": "message",
    }
    assert ask(owner, project, csv_url=url)["flash"] == "There was nothing new to import."
    more = web.put(CSV + b"https://x.org/3.png,\n")
    assert ask(owner, project, csv_url=more)["flash"] == "1 new task was imported."
    assert len(tasks(owner, project)) == 3


def test_a_large_one_goes_on_in_the_background(owner: Account, project: Json, web: FileServer) -> None:
    told = ask(owner, project, csv_url=web.put(MANY))
    assert (told["status"], told["next"]) == ("message", f"/project/{project['short_name']}/tasks/")
    assert "background" in told["flash"]
    person = Person(owner.browser.url, owner.key)
    eventually(lambda: [one for one in person.get("/import", project_id=project["id"]).json() if one["finished"]])
    [record] = person.get("/import", project_id=project["id"]).json()
    assert record["tasks_made"] == 201


def test_what_is_wrong_is_told_on_the_page(owner: Account, project: Json, web: FileServer) -> None:
    page = ask(owner, project, csv_url="nothing")
    assert "not a web address" in page["form"]["errors"]["csv_url"][0]
    assert "flash" not in page
    closed = ask(owner, project, csv_url=web.put(b"", status=403))
    assert closed["status"] == "error"
    assert "permission" in closed["flash"]
    assert closed["form"]["csv_url"].startswith("http")


@pytest.mark.parametrize("name", ["nothing", "twitter", "youtube"])
def test_unknown_importers_and_those_that_are_not_offered_are_not_found(
    owner: Account, project: Json, name: str
) -> None:
    assert look(owner, page_of(project, f"?type={name}")).status_code == 404
    assert fill_in(owner, project, form_name=name).status_code == 404


def test_a_post_that_names_no_importer_is_not_found(owner: Account, project: Json) -> None:
    assert fill_in(owner, project).status_code == 404


def test_strangers_are_refused(stranger: Account, project: Json) -> None:
    assert look(stranger, page_of(project)).status_code == 403


def test_a_browser_sends_a_file_after_a_look_at_it(owner: Account, project: Json) -> None:
    assert 'type="file"' in look(owner, page_of(project, "?type=localCSV")).text
    seen = fill_in(owner, project, ("birds.csv", CSV), form_name="localCSV", btn="preview")
    assert "https://x.org/2.png" in seen.text
    assert tasks(owner, project) == []
    done = fill_in(owner, project, ("birds.csv", CSV), form_name="localCSV")
    assert (done.status_code, done.headers["Location"]) == (302, f"/project/{project['short_name']}/tasks/")
    assert "2 new tasks were imported." in look(owner, done.headers["Location"]).text
    wrong = fill_in(owner, project, ("birds.doc", CSV), form_name="localCSV")
    assert "not a file for import" in wrong.text


def test_a_browser_watches_what_takes_longer_and_reads_what_was_wrong(owner: Account, project: Json) -> None:
    bad = b"n,n_answers\n" + b"".join(b"%d,%d\n" % (n, n % 2) for n in range(300))
    begun = fill_in(owner, project, ("many.csv", bad), form_name="localCSV")
    watched = begun.headers["Location"]
    assert watched.startswith(page_of(project, "/"))
    page = eventually(lambda: text if "Done" in (text := look(owner, watched).text) else "")
    assert "many.csv" in page
    assert "n_answers" in page
    assert "20 of 150" in page
    assert look(owner, page_of(project, "/999999999")).status_code == 404


def test_lists_of_files_are_lines_for_people_and_fields_for_clients(owner: Account, project: Json) -> None:
    fill_in(owner, project, form_name="s3", bucket="birds", files="a.png\r\n\r\nb/c.mp3\r\n", prefix="")
    told = owner.browser.send(page_of(project, "?type=s3"), {"bucket": "birds", "files-0": "d.pdf"})
    assert told["flash"] == "1 new task was imported."
    assert sorted(info["filename"] for info in tasks(owner, project)) == ["a.png", "b/c.mp3", "d.pdf"]
