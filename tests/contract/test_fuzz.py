"""A short run of the fuzzer: whatever is sent, the answer is one that the description tells of."""

from collections.abc import Iterator

import pytest

from tests.contract.fuzzing import fuzz
from tests.contract.people import sign_up
from tests.instance import LocalInstance, Stack

VOLUNTEERS = ("--include-tag", "task", "--include-tag", "newtask", "--include-tag", "taskrun")
RUNS = {
    "every operation": ("--phases", "examples,fuzzing,stateful", "--max-examples", "4"),
    "every border of a volunteer's": ("--phases", "coverage", *VOLUNTEERS),
}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with LocalInstance(tmp_path_factory.mktemp("fuzzed") / "data") as instance:
        yield instance.wait()


@pytest.mark.parametrize("options", RUNS.values(), ids=RUNS)
def test_every_answer_is_one_that_the_description_tells_of(fuzzed: Stack, options: tuple[str, ...]) -> None:
    account = sign_up(fuzzed, "fuzzer")
    assert account.key is not None
    outcome = fuzz(fuzzed, account.key, "--seed", "1", *options)
    assert outcome.passed, outcome.report
    assert outcome.cases > 300, outcome.report
