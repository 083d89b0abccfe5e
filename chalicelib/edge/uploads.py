"""Uploaded files in S3, byte for byte."""

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


class Uploads:
    """The files of one bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def put(self, key: str, content: bytes) -> None:
        media_type = TYPES.get(key.rpartition(".")[2].lower(), "application/octet-stream")
        client("s3").put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=media_type)

    def remove(self, key: str) -> None:
        """Nothing happens when it is gone already."""
        client("s3").delete_object(Bucket=self._bucket, Key=key)

    def address(self, key: str, seconds: int) -> str:
        """Where anybody can read that one file for `seconds`."""
        asked = {"Bucket": self._bucket, "Key": key}
        return str(client("s3").generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))
