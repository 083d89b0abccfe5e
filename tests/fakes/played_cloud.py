"""What AWS does between the functions of a stack: the events that it makes of objects, messages and changes."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3


class Cloud:
    """The deployed stack from outside: what AWS does between the functions."""

    def __init__(self, stack: str, region: str) -> None:
        self.stack = stack
        self._region = region
        account = boto3.client("sts").get_caller_identity()["Account"]
        self.import_bucket = f"{stack}-imports-{account}-{region}"
        self._upload_bucket = f"{stack}-uploads-{account}-{region}"

    def put_object(self, key: str, content: str | bytes) -> dict[str, Any]:
        """Put an object; the event that S3 sends for it."""
        body = content.encode() if isinstance(content, str) else content
        put = boto3.client("s3").put_object(Bucket=self.import_bucket, Key=key, Body=body)
        described = {"key": key, "size": len(body), "eTag": put["ETag"].strip('"'), "versionId": put.get("VersionId")}
        bucket = {"name": self.import_bucket, "arn": f"arn:aws:s3:::{self.import_bucket}"}
        record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": self._region}
        return {"Records": [record | {"s3": {"bucket": bucket, "object": described}}]}

    def schedule(self) -> dict[str, Any]:
        """The event that EventBridge sends once a day."""
        named = {"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
        where = {"account": "0", "region": self._region, "resources": [f"arn:aws:events:rule/{self.stack}"]}
        return named | where | {"time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}

    def make_bucket(self, name: str) -> None:
        """A bucket of somebody else's."""
        where = {"LocationConstraint": self._region}
        boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)

    def upload(self, key: str, content: bytes) -> None:
        """What S3 does with a form that it finds well signed."""
        boto3.client("s3").put_object(Bucket=self._upload_bucket, Key=key, Body=content)

    def messages(self, queue: str) -> dict[str, Any] | None:
        """The event that Lambda makes of a queue's messages; None when there are none."""
        sqs = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName=f"{self.stack}-{queue}")["QueueUrl"]
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60).get("Messages", [])
        names = {"MessageId": "messageId", "ReceiptHandle": "receiptHandle", "Body": "body"}
        records = [{new: message[old] for old, new in names.items()} for message in received]
        arn = f"arn:aws:sqs:{self._region}:000000000000:{self.stack}-{queue}"
        common = {
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
            "awsRegion": self._region,
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        return {"Records": [record | common for record in records]} if records else None

    def changes(self) -> dict[str, Any]:
        """The event that Lambda makes of all records of the sheets' stream."""
        streams = boto3.client("dynamodbstreams")
        (stream,) = streams.list_streams(TableName=f"{self.stack}-sheets")["Streams"]
        arn = stream["StreamArn"]
        records: list[Any] = []
        for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = streams.get_shard_iterator(**place)["ShardIterator"]
            while page := (answer := streams.get_records(ShardIterator=iterator))["Records"]:
                records += page
                iterator = answer["NextShardIterator"]
        event = {"Records": [{**record, "eventSourceARN": arn} for record in records]}
        return json.loads(json.dumps(event, default=lambda moment: moment.timestamp()))

    def lose_an_imported_task(self) -> None:
        """What a crash between a task's two writes leaves: the sheet without the task."""
        dynamodb = boto3.client("dynamodb")
        sheets = dynamodb.scan(TableName=f"{self.stack}-sheets", FilterExpression="attribute_exists(src)")["Items"]
        task = sheets[0]["task"]["N"]
        key = {"id": {"N": task}, "block": {"N": str(int(task) // 1000)}}
        dynamodb.delete_item(TableName=f"{self.stack}-tasks", Key=key)

    def let_walks_settle(self) -> None:
        """Walks wait at their end; that is over now."""
        self._change_bodies("walks", settled=0.0)

    def let_imports_settle(self) -> None:
        """A withdrawal waits until no handler of its import can be at work; that is long ago now."""
        self._change_bodies("imports", finished="2026-01-01T00:00:00.000000")

    def _change_bodies(self, name: str, **changes: Any) -> None:
        dynamodb, table = boto3.client("dynamodb"), f"{self.stack}-{name}"
        for item in dynamodb.scan(TableName=table)["Items"]:
            body = json.loads(item["body"]["S"])
            if isinstance(body, dict):
                text = json.dumps(body | changes)
                dynamodb.put_item(TableName=table, Item=item | {"body": {"S": text}})
