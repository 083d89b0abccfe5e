"""Rules of the machinery: the stream is read by two functions at once, and requests die."""

import itertools

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.histories.breakage import Breakage
from tests.histories.chance import Chance
from tests.histories.closing import deliver
from tests.histories.delivery import SHARDS, Handler, Killed, Reader, Shard
from tests.histories.machine.stage import Stage


class StreamRules(Stage):
    """In containers whose writes break."""

    def read_the_stream(self) -> None:
        chance, shards = Chance("machine"), [Shard(self.ground, number) for number in range(SHARDS)]
        self.breakages = [Breakage(chance.of(place), 0.1, died=Killed) for place in range(2)]
        self.handlers = [Handler(self.ground, breakage) for breakage in self.breakages]
        self.readers = [
            Reader(shard, handler, chance.of(place, "reader"))
            for place, (handler, shard) in enumerate(itertools.product(self.handlers, shards))
        ]

    @rule(which=st.integers(0, 3))
    def deliver_a_batch(self, which: int) -> None:
        """Of any size, again, in parts, beside another handler: see delivery.py."""
        self.readers[which].read()

    @rule(which=st.sampled_from(["move", "remember", "record"]), when=st.sampled_from(["before", "after"]))
    def break_next(self, which: str, when: str) -> None:
        self.breakable[which].dies = when

    def deliver_the_rest(self) -> list[str]:
        """The ids of all messages that were queued."""
        for breakage in self.breakages:
            breakage.rate = 0.0
        deliver(self.readers)
        return [str(message["delivery"]) for handler in self.handlers for message in handler.sent]
