"""Uploaded files in S3, byte for byte."""

from botocore.exceptions import ClientError

from chalicelib.edge.clients import client

TYPES = {
    "css": "text/css",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "webm": "video/webm",
    "webp": "image/webp",
    "zip": "application/zip",
}
# Who may not list a bucket is told AccessDenied of an object that is not there (AWS: "CopyObject", permissions).
MISSING = ("NoSuchKey", "404", "AccessDenied")


class Uploads:
    """The files of one bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def put(self, key: str, content: bytes) -> None:
        client("s3").put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=_media_type(key))

    def copy(self, key: str, new_key: str) -> bool:
        """Under another key as well; False when there is no such file."""
        try:
            client("s3").copy_object(Bucket=self._bucket, Key=new_key, CopySource={"Bucket": self._bucket, "Key": key})
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return False
            raise
        return True

    def form(self, key: str, most_bytes: int, seconds: int) -> tuple[str, dict[str, str]]:
        """Address and fields of a form with which anybody can send that one file, no larger, for `seconds`. Made
        without asking S3 (AWS: "Creating a POST policy", browser-based uploads)."""
        fixed = {"Content-Type": _media_type(key), "success_action_status": "201"}
        conditions = [*({name: value} for name, value in fixed.items()), ["content-length-range", 0, most_bytes]]
        made = client("s3").generate_presigned_post(
            self._bucket, key, Fields=fixed, Conditions=conditions, ExpiresIn=seconds
        )
        return str(made["url"]), dict(made["fields"])

    def remove(self, key: str) -> None:
        """Nothing happens when it is gone already."""
        client("s3").delete_object(Bucket=self._bucket, Key=key)

    def address(self, key: str, seconds: int) -> str:
        """Where anybody can read that one file for `seconds`."""
        asked = {"Bucket": self._bucket, "Key": key}
        return str(client("s3").generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))


def _media_type(key: str) -> str:
    return TYPES.get(key.rpartition(".")[2].lower(), "application/octet-stream")
