"""`make soak`: volunteers, an owner who changes things, a webhook receiver, faults and restarts, on a real local stack
for some minutes; then every promise is checked over all that happened. Exit status 1 on any violation.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from multiprocessing.context import SpawnProcess
from pathlib import Path

from infra.local.instance import instance_from
from tests.fakes.site import Site
from tests.instance import LocalInstance, Stack
from tests.soak import evidence, owner, pulse, settling, volunteers
from tests.soak.baton import SPAWN, Baton
from tests.soak.cast import Cast, make_cast
from tests.soak.check import report
from tests.soak.disasters import KINDS, Disasters
from tests.soak.fleet import Fleet
from tests.soak.history import Recorder
from tests.soak.receiver import Receiver
from tests.soak.tally import Tally

PROCESSES = 5  # that the volunteers are spread over
TELL_SECONDS = 5.0
DISASTER_SECONDS = 25.0  # from one to the next; in short forms as close as needed for one of each kind
USUAL_VOLUNTEERS = 50


def main(arguments: list[str]) -> int:
    given = _arguments(arguments)
    history = given.history or Path(tempfile.mkdtemp(prefix="nimbossa-soak-"))
    history.mkdir(parents=True, exist_ok=True)
    data_dir = Path(given.data_dir) if given.data_dir else history / "data"
    print(f"Seed {given.seed} (SEED={given.seed} plays it again); history in {history}", flush=True)
    try:
        Soak(given.seed, given.minutes * 60, given.volunteers, history, data_dir).play()
    except KeyboardInterrupt:
        print(f"Stopped before its end, so nothing was checked; what happened so far is in {history}", file=sys.stderr)
        return 130
    return report(history)


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--volunteers", type=int, default=USUAL_VOLUNTEERS)
    parser.add_argument("--data-dir", default=None, help="of the instance; without it, a temporary one")
    parser.add_argument("--history", type=Path, default=None, help="folder for what happened")
    return parser.parse_args(arguments)


class Soak:
    """One long run."""

    def __init__(self, seed: int, seconds: float, volunteers: int, history: Path, data_dir: Path) -> None:
        self._seed = seed
        self._seconds = seconds
        self._volunteers = volunteers
        self._history = history
        self._data_dir = data_dir
        self._tally = Tally(history)
        self._began = time.monotonic()

    def play(self) -> None:
        """To the end; what happened is in the history's folder then."""
        receiver = Receiver(Recorder(self._history / "receiver.jsonl"), self._seed)
        receiver.start()
        with LocalInstance(self._data_dir) as first:
            self._tell("Starting the stack for the first time")
            cast = make_cast(first, receiver, self._volunteers, min(1.0, self._seconds / 300))
        instance = instance_from({**os.environ, "DATA_DIR": str(self._data_dir)})
        fleet = Fleet(instance, self._seed, self._history / "faults")
        try:
            self._tell("Starting it again, with fault proxies")
            fleet.start()
            self._act(fleet, cast)
        finally:
            fleet.stop()
            receiver.stop()

    def _act(self, fleet: Fleet, cast: Cast) -> None:
        baton = Baton()
        changing, contributing = self._changing(fleet, cast, baton), self._contributing(fleet, cast, baton)
        players = [*changing, *contributing]
        for player in players:
            player.start()
        try:
            self._strike_and_tell(fleet, baton)
            fleet.calm()
            baton.settle()
            self._tell("No more faults and changes: what was begun is brought to its end")
            self._await_end(changing, fleet)
            settling.await_tasks(self._site(fleet, cast), cast.estate.holdings)
            baton.begin_finale()
            self._tell("Volunteers work until nothing is left")
            self._await_end(contributing, fleet)
            self._tell("A last restart of the whole stack, then the site is read")
            fleet.stop()
            fleet.start()
            fleet.calm()
            self._gather(fleet, cast)
        finally:
            baton.end()
            for player in players:
                player.join()

    def _changing(self, fleet: Fleet, cast: Cast, baton: Baton) -> list[SpawnProcess]:
        """Those whose doings bring tasks. A request that a kill interrupted is repeated for up to a minute."""
        estate = owner.Estate(cast.stack.admin_api_key, cast.estate.bucket, fleet.cloud, cast.estate.holdings)
        urls, folder = fleet.urls, self._history
        return [
            SPAWN.Process(target=owner.at_work, args=(estate, urls, folder, baton, self._seed)),
            SPAWN.Process(target=pulse.at_work, args=(cast.pulse, cast.stack.admin_api_key, urls, folder, baton)),
        ]

    def _contributing(self, fleet: Fleet, cast: Cast, baton: Baton) -> list[SpawnProcess]:
        groups = [cast.people[number::PROCESSES] for number in range(PROCESSES)]
        return [
            SPAWN.Process(
                target=volunteers.at_work,
                args=(group, fleet.urls, self._history, f"volunteers-{number}", baton, self._seed),
            )
            for number, group in enumerate(groups)
            if group
        ]

    def _await_end(self, players: list[SpawnProcess], fleet: Fleet) -> None:
        while any(player.is_alive() for player in players):
            fleet.check()
            self._rest(TELL_SECONDS)

    def _strike_and_tell(self, fleet: Fleet, baton: Baton) -> None:
        """Until the time is over and each kind of disaster has happened."""
        disasters = Disasters(fleet, baton, Recorder(self._history / "conductor.jsonl"), self._seed)
        began = time.monotonic()
        pause = min(DISASTER_SECONDS, self._seconds / (KINDS + 1))
        next_one = began + pause
        while time.monotonic() < began + self._seconds or disasters.struck < KINDS:
            self._rest(min(TELL_SECONDS, pause))
            fleet.check()
            if time.monotonic() > next_one:
                disasters.strike()
                next_one = time.monotonic() + pause

    def _rest(self, seconds: float) -> None:
        time.sleep(seconds)
        self._tally.look()
        self._tell(str(self._tally))

    def _gather(self, fleet: Fleet, cast: Cast) -> None:
        found = evidence.gather(self._site(fleet, cast), cast.projects, cast.kinds)
        evidence.store(found, self._history)

    def _site(self, fleet: Fleet, cast: Cast) -> Site:
        stack = cast.stack
        where = fleet.urls[0], fleet.cloud, stack.region, stack.import_bucket
        return Site(Stack(*where, stack.admin_api_key, stack.mails))

    def _tell(self, line: str) -> None:
        print(f"[{time.monotonic() - self._began:6.1f} s] {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
