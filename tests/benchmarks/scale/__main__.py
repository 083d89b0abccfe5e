"""`python -m tests.benchmarks.scale`: counts, simulates and writes `docs/scale.md`."""

import os

from chalicelib.store import tables
from tests.benchmarks.scale.keys import KeyMeter
from tests.benchmarks.scale.page import PAGE, page
from tests.benchmarks.scale.steps import Counting
from tests.fakes.emulator import Emulator

REGION = "us-west-2"


def main() -> None:
    with Emulator() as emulator:
        os.environ.update(AWS_ENDPOINT_URL=emulator.url, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
        tables.connect("scale", REGION)
        for table in tables.TABLES:
            table.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
        client = tables.SheetItem._get_connection().connection.client
        PAGE.write_text(page(Counting(KeyMeter(client, emulator.client(REGION)))))
    print(f"Wrote {PAGE}")


if __name__ == "__main__":
    main()
