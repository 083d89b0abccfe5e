"""Names that a deployment derives from its stage."""

import pytest

from infra.account import AccountError, code_bucket_name, secret_parameter, stack_name

LONGEST_STAGE = "a" * 18
MOST_BUCKET_CHARACTERS = 63  # AWS: "Amazon S3 User Guide, general purpose bucket naming rules"
LONGEST_REGION = "ap-northeast-1"
ACCOUNT = "123456789012"


def test_buckets_of_the_longest_stage_have_names_that_s3_takes() -> None:
    for kind in ("imports", "uploads", "code"):
        name = f"{stack_name(LONGEST_STAGE)}-{kind}-{ACCOUNT}-{LONGEST_REGION}"
        assert len(name) <= MOST_BUCKET_CHARACTERS


def test_a_longer_stage_is_refused() -> None:
    with pytest.raises(AccountError, match="1 to 18"):
        stack_name(LONGEST_STAGE + "a")


def test_the_code_bucket_is_named_like_the_others() -> None:
    class Place:
        number, region = ACCOUNT, LONGEST_REGION

    assert code_bucket_name(Place(), "nimbossa-x") == f"nimbossa-x-code-{ACCOUNT}-{LONGEST_REGION}"  # type: ignore[arg-type]


def test_the_secret_lies_where_the_template_says() -> None:
    assert secret_parameter("nimbossa-x") == "/nimbossa-x/secret"
