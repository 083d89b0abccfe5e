"""The template's buckets: closed, encrypted, and one of them listened to."""

import pytest

from chalicelib.core.stored_files import new_waiting_key
from tests.unit.template.reading import Resources, of_type, properties, text


@pytest.mark.parametrize("name", ["ImportBucket", "UploadBucket"])
def test_a_bucket_is_closed_encrypted_and_forgets_unfinished_uploads(name: str, resources: Resources) -> None:
    bucket = properties(resources, name)
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert any("AbortIncompleteMultipartUpload" in rule for rule in bucket["LifecycleConfiguration"]["Rules"])


@pytest.mark.parametrize("name", ["ImportBucket", "UploadBucket"])
def test_a_bucket_refuses_plain_http(name: str, resources: Resources) -> None:
    policy = properties(resources, f"{name}Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Bucket"] == {"Ref": name}
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_no_other_bucket_is_made(resources: Resources) -> None:
    assert set(of_type(resources, "AWS::S3::Bucket")) == {"ImportBucket", "UploadBucket"}


def test_objects_under_imports_reach_their_function_and_only_this_bucket_may_call_it(resources: Resources) -> None:
    bucket, permission = resources["ImportBucket"], properties(resources, "ImportBucketMayInvoke")
    (notification,) = bucket["Properties"]["NotificationConfiguration"]["LambdaConfigurations"]
    assert notification["Event"] == "s3:ObjectCreated:*"
    assert notification["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "imports/"}]
    assert text(notification["Function"]) == "ObjectCreated.Arn"
    assert bucket["DependsOn"] == "ImportBucketMayInvoke"
    assert text(permission["SourceArn"]) == "arn:${AWS::Partition}:s3:::" + text(bucket["Properties"]["BucketName"])
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_an_import_object_has_versions_so_that_the_one_being_read_stays(resources: Resources) -> None:
    assert properties(resources, "ImportBucket")["VersioningConfiguration"] == {"Status": "Enabled"}


def test_what_nobody_takes_over_is_forgotten_and_nothing_else(resources: Resources) -> None:
    rules = properties(resources, "UploadBucket")["LifecycleConfiguration"]["Rules"]
    expiring = [rule for rule in rules if "ExpirationInDays" in rule]
    assert [(rule["Prefix"], rule["ExpirationInDays"], rule["Status"]) for rule in expiring] == [
        ("unclaimed/", 1, "Enabled")
    ]
    assert new_waiting_key("a.png").startswith("unclaimed/")


def test_pages_of_any_site_may_send_signed_forms(resources: Resources) -> None:
    (rule,) = properties(resources, "UploadBucket")["CorsConfiguration"]["CorsRules"]
    assert (rule["AllowedOrigins"], set(rule["AllowedMethods"])) == (["*"], {"GET", "HEAD", "POST"})
