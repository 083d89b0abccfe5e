"""Contract importers.md §4.7, and Presentation 3.0 and collections beside it."""

from typing import Any

import pytest

from chalicelib.core.import_gathering import BadParameters, Tools, TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.iiif_documents import page_of
from chalicelib.importers.sources.iiif import Iiif
from tests.fakes.recorded import Said
from tests.fakes.services import IIIF, collection3, manifest2, manifest3

BOOK = f"{IIIF}/book/manifest"


def names(infos: list[dict[str, str]]) -> list[str]:
    return [info["url"].removeprefix(f"{IIIF}/image/").partition("/")[0] for info in infos]


@pytest.mark.parametrize("manifest", [manifest2, manifest3])
def test_each_image_of_a_manifest_has_the_contract_s_keys_in_both_versions(manifest, gathered):
    infos, wrong = gathered("iiif", {"manifest_uri": BOOK}, {BOOK: manifest("book", ["a", "b"])})
    assert wrong == []
    assert infos[1] == {
        "tileSource": f"{IIIF}/image/b/info.json",
        "target": f"{IIIF}/book/canvas/1",
        "manifest": BOOK,
        "link": f"http://universalviewer.io/uv.html?manifest={BOOK}#?cv=1",
        "url": f"{IIIF}/image/b/full/max/0/default.jpg",
        "url_m": f"{IIIF}/image/b/full/240,/0/default.jpg",
        "url_b": f"{IIIF}/image/b/full/1024,/0/default.jpg",
    }
    assert len(infos) == 2


def test_info_names_the_manifest_by_its_id_and_not_by_the_address_typed(gathered):
    typed = "https://example.org/short"
    ((info,), _) = gathered("iiif", {"manifest_uri": typed}, {typed: manifest2("book", ["a"])})
    assert info["manifest"] == BOOK


@pytest.mark.parametrize("manifest", [manifest2, manifest3])
def test_a_canvas_without_image_service_is_named_and_the_others_are_imported(manifest, gathered):
    infos, (reason,) = gathered("iiif", {"manifest_uri": BOOK}, {BOOK: manifest("book", ["a", "", "c"])})
    assert names(infos) == ["a", "c"]
    assert [info["link"].rpartition("=")[2] for info in infos] == ["0", "2"]
    assert "Canvas 2" in reason
    assert f"{IIIF}/book/canvas/1" in reason


def painted3(body: Any) -> list[str]:
    manifest = manifest3("book", ["a"])
    manifest["items"][0]["items"][0]["items"][0]["body"] = body
    return names(page_of(manifest).infos)


def resource2(resource: Any) -> list[str]:
    manifest = manifest2("book", ["a"])
    manifest["sequences"][0]["canvases"][0]["images"][0]["resource"] = resource
    return names(page_of(manifest).infos)


def image(name: str, **more: Any) -> dict[str, Any]:
    service = {"@id": f"{IIIF}/image/{name}/", "@type": "ImageService2", "profile": "level2"}
    return {"id": name, "type": "Image", "service": [service]} | more


def test_of_alternatives_the_first_counts_and_parts_lead_to_their_image():
    assert painted3({"type": "Choice", "items": [image("day"), image("night")]}) == ["day"]
    assert painted3({"type": "SpecificResource", "source": image("whole")}) == ["whole"]
    assert painted3([image("first"), image("second")]) == ["first"]
    assert resource2({"@type": "oa:Choice", "default": image("day"), "item": [image("night")]}) == ["day"]
    assert resource2({"@type": "oa:SpecificResource", "full": image("whole")}) == ["whole"]


def test_services_for_other_purposes_are_passed_over():
    login = {"@context": "http://iiif.io/api/auth/1/context.json", "@id": "https://example.org/login"}
    body = image("a")
    assert painted3(body | {"service": [login, *body["service"]]}) == ["a"]
    assert painted3(body | {"service": login}) == []


def test_what_is_painted_in_3_0_counts_and_comments_do_not():
    manifest = manifest3("book", ["a"])
    page = manifest["items"][0]["items"][0]
    page["items"].insert(0, page["items"][0] | {"motivation": "commenting"})
    assert names(page_of(manifest).infos) == ["a"]


def test_only_the_first_sequence_counts():
    manifest = manifest2("book", ["a"])
    manifest["sequences"].append(manifest2("book", ["b"])["sequences"][0])
    assert names(page_of(manifest).infos) == ["a"]


def test_collections_are_walked_in_order_however_deep(gathered):
    answers = {
        f"{IIIF}/all": collection3("all", [f"{IIIF}/old", f"{IIIF}/new"], "Collection"),
        f"{IIIF}/old": {
            "@id": f"{IIIF}/old",
            "@type": "sc:Collection",
            "collections": [{"@id": f"{IIIF}/older", "@type": "sc:Collection"}],
            "manifests": [{"@id": f"{IIIF}/2", "@type": "sc:Manifest"}],
        },
        f"{IIIF}/older": {"@id": f"{IIIF}/older", "@type": "sc:Collection", "members": [{"@id": f"{IIIF}/1"}]},
        f"{IIIF}/new": collection3("new", [f"{IIIF}/3", f"{IIIF}/4"]),
        f"{IIIF}/1": manifest2("1", ["a", "b"]),
        f"{IIIF}/2": manifest2("2", ["c"]),
        f"{IIIF}/3": manifest3("3", ["d"]),
        f"{IIIF}/4": manifest3("4", ["e"]),
    }
    infos, wrong = gathered("iiif", {"manifest_uri": f"{IIIF}/all"}, answers)
    assert names(infos) == ["a", "b", "c", "d", "e"]
    assert wrong == []


def paged_collection(size: int) -> dict[str, Any]:
    """Presentation 2.1 §3.5."""
    answers: dict[str, Any] = {
        f"{IIIF}/top": {
            "@id": f"{IIIF}/top",
            "@type": "sc:Collection",
            "total": size,
            "first": f"{IIIF}/top/0",
        }
    }
    for n in range(size):
        told = {"@id": f"{IIIF}/top/{n}", "@type": "sc:Collection", "manifests": [{"@id": f"{IIIF}/m{n}"}]}
        answers[f"{IIIF}/top/{n}"] = told | ({"next": f"{IIIF}/top/{n + 1}"} if n + 1 < size else {})
        answers[f"{IIIF}/m{n}"] = manifest2(f"m{n}", [f"i{n}"])
    return answers


def test_a_collection_in_pages_is_followed_to_its_last_page(gathered):
    infos, wrong = gathered("iiif", {"manifest_uri": f"{IIIF}/top"}, paged_collection(25))
    assert names(infos) == [f"i{n}" for n in range(25)]
    assert wrong == []


def test_pages_of_a_collection_that_lead_in_a_circle_are_stopped(gathered):
    answers = paged_collection(3)
    answers[f"{IIIF}/top/2"]["next"] = f"{IIIF}/top/0"
    with pytest.raises(Unreadable, match="circle"):
        gathered("iiif", {"manifest_uri": f"{IIIF}/top"}, answers)


def test_members_that_cannot_be_read_are_named_and_the_others_are_imported(gathered):
    members = [f"{IIIF}/{name}" for name in ("1", "gone", "page", "canvas", "all", "2")]
    answers = {
        f"{IIIF}/all": collection3("all", [*members, "urn:x"]),
        f"{IIIF}/1": manifest3("1", ["a"]),
        f"{IIIF}/gone": Said(b"", 404),
        f"{IIIF}/page": Said(b"<!DOCTYPE html><p>Hello"),
        f"{IIIF}/canvas": manifest3("x", ["y"])["items"][0],
        f"{IIIF}/2": manifest3("2", ["b"]),
    }
    infos, wrong = gathered("iiif", {"manifest_uri": f"{IIIF}/all"}, answers)
    assert names(infos) == ["a", "b"]
    words = ["is not there", "web page", "not a IIIF manifest", "inside itself", "no address"]
    assert [word in reason for word, reason in zip(words, wrong, strict=True)] == [True] * 5
    assert all(member in reason for member, reason in zip([*members[1:5], "urn:x"], wrong, strict=True))


def test_collections_deeper_than_anybody_makes_them_are_not_followed_for_ever(gathered):
    answers = {f"{IIIF}/{n}": collection3(str(n), [f"{IIIF}/{n + 1}"], "Collection") for n in range(30)}
    infos, (reason,) = gathered("iiif", {"manifest_uri": f"{IIIF}/0"}, answers)
    assert infos == []
    assert "too deep" in reason


def test_a_member_whose_server_is_busy_is_asked_again_later(gathered):
    answers = {f"{IIIF}/all": collection3("all", [BOOK]), BOOK: Said(b"", 503)}
    with pytest.raises(TryLater):
        gathered("iiif", {"manifest_uri": f"{IIIF}/all"}, answers)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"type": "Manifest"},
        {"@context": "http://iiif.io/api/image/2/context.json", "@id": "x", "protocol": "http://iiif.io/api/image"},
        {"type": ["Manifest"], "id": 7},
    ],
)
def test_what_is_no_manifest_is_refused(document, gathered):
    with pytest.raises(Unreadable, match="not a IIIF manifest"):
        gathered("iiif", {"manifest_uri": BOOK}, {BOOK: document})


@pytest.mark.parametrize("part", [None, 7, "x", [], [None, 7], {}])
def test_nonsense_inside_a_manifest_is_no_crash(part):
    for make in (
        lambda: {**manifest2("b", ["a"]), "sequences": part},
        lambda: {**manifest3("b", ["a"]), "items": part},
        lambda: {**manifest3("b", []), "items": [{"items": part, "images": part}]},
        lambda: {**manifest3("b", []), "items": [{"images": [{"resource": part}]}]},
        lambda: {**manifest3("b", []), "items": [{"images": [{"resource": {"service": part}}]}]},
    ):
        assert page_of(make()).infos == []


def test_the_form_takes_the_contract_s_versions_and_3_0(offline: Tools):
    assert Iiif(offline).check({"manifest_uri": BOOK}).version == "2.1"
    assert Iiif(offline).check({"manifest_uri": BOOK, "version": "3.0"}).version == "3.0"
    with pytest.raises(BadParameters) as caught:
        Iiif(offline).check({"manifest_uri": "book", "version": "4"})
    assert set(caught.value.errors) == {"manifest_uri", "version"}
