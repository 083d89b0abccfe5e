"""SageMaker Ground Truth's manifests, in and out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exporters.augmented_manifest import Job, NotExportable, manifest_line
from tests.fakes.reading import infos, read, reasons

JOB = Job("sport", "identify-sport")
EARLIER = {
    "species": 3,
    "species-metadata": {"class-name": "owl", "confidence": 0.8, "type": "groundtruth/image-classification"},
}


def manifest(*lines: Any) -> list[Any]:
    return read("in.manifest", "\n".join(json.dumps(line) for line in lines).encode())


def exported(info: Any, answer: Any = "football", job: Job = JOB) -> dict[str, Any]:
    line = manifest_line(job, info, answer, 0.75, "2026-11-23T01:02:03.000004")
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    loaded: dict[str, Any] = json.loads(line)
    return loaded


def test_an_object_has_the_keys_that_presenters_look_for_beside_its_line():
    (info,) = infos(manifest({"source-ref": "s3://photos/2026/a.jpg", **EARLIER}))
    url = "https://photos.s3.amazonaws.com/2026/a.jpg"
    media = {"filename": "2026/a.jpg", "url": url, "link": url, "url_m": url, "url_b": url, "title": "2026/a.jpg"}
    assert info == {"source-ref": "s3://photos/2026/a.jpg", **EARLIER, **media}


def test_a_text_is_its_line_as_it_is():
    assert infos(manifest({"source": "Is it a bird?", "n_answers": 3})) == [{"source": "Is it a bird?", "n_answers": 3}]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"info": {"a": 1}}, "source-ref"),
        (["s3://photos/a.jpg"], "source-ref"),
        ({"source-ref": 7}, "source-ref"),
        ({"source-ref": "https://photos.s3.amazonaws.com/a.jpg"}, "must be s3://"),
        ({"source-ref": "s3://photos"}, "must be s3://"),
        ({"source-ref": "s3://photos/" + "a" * 2000}, "must be s3://"),
        ({"source-ref": "s3://pho tos/a.jpg"}, "must be s3://"),
    ],
)
def test_a_line_without_object_or_text_is_told_and_the_others_are_imported(line, words):
    rows = manifest({"source": "a"}, line, {"source": "b"})
    assert len(infos(rows)) == 2
    ((number, reason),) = reasons(rows)
    assert number == 2
    assert words in reason


def test_a_result_is_its_object_with_label_and_metadata():
    url = "https://photos.s3.amazonaws.com/a b.jpg"
    assert exported({"url": url, "title": "a b.jpg"}) == {
        "source-ref": "s3://photos/a b.jpg",
        "sport": "football",
        "sport-metadata": {
            "type": "groundtruth/custom",
            "confidence": 0.75,
            "job-name": "labeling-job/identify-sport",
            "human-annotated": "yes",
            "creation-date": "2026-11-23T01:02:03.000004",
        },
    }


@pytest.mark.parametrize(("info", "kind"), [({"source-ref": "s3://photos/a.jpg"}, "image"), ({"source": "x"}, "text")])
def test_with_classes_the_label_is_the_answer_s_place_among_them(info, kind):
    job = Job("sport", "identify-sport", ["tennis", "football"])
    line = exported(info, "football", job)
    assert line["sport"] == 1
    assert line["sport-metadata"]["class-name"] == "football"
    assert line["sport-metadata"]["type"] == f"groundtruth/{kind}-classification"
    with pytest.raises(NotExportable, match="not among the classes"):
        exported(info, "golf", job)


SMALL = st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=4)
LINE = st.dictionaries(st.sampled_from(["url", "title", "x", "y-metadata"]), SMALL)


@given(LINE, st.sampled_from(["a.jpg", "d/é b.mp4", "x.json"]))
def test_a_line_that_was_imported_comes_out_as_it_was_with_one_label_more(fields, key):
    line = {**fields, "source-ref": f"s3://photos/{key}"}
    (info,) = infos(manifest(line))
    out = exported(info)
    assert out.pop("sport") == "football"
    assert out.pop("sport-metadata")
    assert out == line


@pytest.mark.parametrize("info", [None, "x", [], {}, {"url": "https://example.org/a.jpg"}, {"url": 7}])
def test_a_task_that_is_no_object_in_s3_cannot_be_exported(info):
    with pytest.raises(NotExportable):
        exported(info)


@pytest.mark.parametrize("label", ["", "a b", "sport-metadata", "sport-ref", "-a", "a-", "é", "a" * 65])
def test_a_label_that_sagemaker_would_refuse_is_refused(label):
    with pytest.raises(NotExportable, match="cannot be the name of a label"):
        exported({"source": "x"}, "y", Job(label, "j"))
