"""Whose a file is, by its key alone (contract rest-api.md §13)."""

from types import SimpleNamespace

import pytest

from chalicelib.core.stored_files import (
    address_of,
    container_of,
    new_key,
    new_waiting_key,
    own_key,
    remove_file,
    waiting_key,
)

SITE = "https://example.org"


def thing(id_: int, media_url: str | None) -> SimpleNamespace:
    return SimpleNamespace(id=id_, media_url=media_url)


@pytest.mark.parametrize("name", ["a.png", "Łódź 1.png", "100%25.png", "a?b#c.png", "...png"])
@pytest.mark.parametrize("user_id", [None, 7])
def test_an_object_owns_the_file_that_was_made_for_it(name: str, user_id: int | None) -> None:
    key = new_key(container_of(user_id), "taskrun", 5, name)
    assert own_key("taskrun", thing(5, address_of(SITE, key))) == key
    assert own_key("taskrun", thing(5, address_of("http://another.name", key))) == key
    assert own_key("taskrun", thing(6, address_of(SITE, key))) is None
    assert own_key("page", thing(5, address_of(SITE, key))) is None


@pytest.mark.parametrize(
    "media_url",
    [
        None,
        "",
        "https://example.org/",
        "https://[example.org/uploads/x",
        "/uploads/user_1/page-5-0123456789abcdef/../../x.png",
        "/uploads/user_1/page-5-0123456789abcdef/",
        "/uploads/other/page-5-0123456789abcdef/a.png",
        "/uploads/unclaimed/0123456789abcdef0123456789abcdef/a.png",
        "/elsewhere/user_1/page-5-0123456789abcdef/a.png",
    ],
)
def test_other_addresses_are_nobodys(media_url: str | None) -> None:
    assert own_key("page", thing(5, media_url)) is None


def test_a_waiting_file_is_known_by_its_address_only() -> None:
    key = new_waiting_key("a b.png")
    assert waiting_key(address_of(SITE, key)) == key
    for other in (None, 5, ["x"], "", f"{SITE}/uploads/unclaimed/short/a.png", key, address_of(SITE, key + "/b")):
        assert waiting_key(other) is None
    assert len({new_waiting_key("a.png") for _ in range(100)}) == 100


def test_a_file_goes_unless_the_successor_has_it() -> None:
    class Files(list[str]):
        remove = list.append

    key = new_key("user_1", "page", 5, "a.png")
    old = thing(5, address_of(SITE, key))
    kept, dropped, deleted = Files(), Files(), Files()
    remove_file(kept, "page", old, thing(5, old.media_url))
    remove_file(dropped, "page", old, thing(5, None))
    remove_file(deleted, "page", old)
    assert (kept, dropped, deleted) == ([], [key], [key])
