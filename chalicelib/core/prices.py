"""What AWS asks for what a project consumes: list prices of one region, on demand, without any free allowance.

Each price names the page that AWS states it on, and when it was last compared: prices change, so check them before a
budget depends on them. `docs/scale.md` says what is not in here (tax, discounts, data transfer).
"""

from typing import NamedTuple

REGION = "us-east-1"
AS_OF = "2024-11 to 2026-06"  # when the single prices were compared
MILLION = 1_000_000
DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
LAMBDA = "https://aws.amazon.com/lambda/pricing/"
API_GATEWAY = "https://aws.amazon.com/api-gateway/pricing/"
SQS = "https://aws.amazon.com/sqs/pricing/"
S3 = "https://aws.amazon.com/s3/pricing/"
CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"


class Price(NamedTuple):
    """`usd` for `per` of the thing named; `seen` is the month of what it was compared with."""

    what: str
    usd: float
    per: int
    source: str
    seen: str

    @property
    def each(self) -> float:
        return self.usd / self.per


READ_UNIT = Price("DynamoDB read request unit", 0.125, MILLION, DYNAMODB, "2025-07")
WRITE_UNIT = Price("DynamoDB write request unit", 0.625, MILLION, DYNAMODB, "2025-07")
REQUEST = Price("Lambda request", 0.20, MILLION, LAMBDA, "2026-05")
GB_SECOND = Price("Lambda GB-second, arm64", 13.3334, MILLION, LAMBDA, "2026-05")
MESSAGE_REQUEST = Price("SQS request, standard queue", 0.40, MILLION, SQS, "2026-06")
HTTP_API = Price("API Gateway HTTP API request", 1.00, MILLION, API_GATEWAY, "2026-01")
REST_API = Price("API Gateway REST API request", 3.50, MILLION, API_GATEWAY, "2026-01")
TABLE_GB_MONTH = Price("DynamoDB storage, GB-month", 0.25, 1, DYNAMODB, "2024-11, check")
BACKUP_GB_MONTH = Price("DynamoDB point-in-time recovery, GB-month", 0.20, 1, DYNAMODB, "2024-11, check")
OBJECT_GB_MONTH = Price("S3 Standard storage, GB-month", 0.023, 1, S3, "2024-11, check")
LOG_GB = Price("CloudWatch logs taken in, GB", 0.50, 1, CLOUDWATCH, "2026-01")
ALARM_MONTH = Price("CloudWatch alarm, month", 0.10, 1, CLOUDWATCH, "2024-11, check")

ALL = (
    READ_UNIT,
    WRITE_UNIT,
    REQUEST,
    GB_SECOND,
    MESSAGE_REQUEST,
    HTTP_API,
    REST_API,
    TABLE_GB_MONTH,
    BACKUP_GB_MONTH,
    OBJECT_GB_MONTH,
    LOG_GB,
    ALARM_MONTH,
)
REQUESTS_PER_MESSAGE = 3  # sent, received, deleted (SQS: "What is an SQS request?")
