"""`make run`: starts the embedded cloud, deploys to it, serves HTTP; stops everything when it is stopped or killed."""

import os
import signal
import sys
from collections.abc import Callable

from infra.local.children import Nursery
from infra.local.errors import LaunchError, Stopped
from infra.local.instance import Instance, instance_from
from infra.local.launch import Launch
from infra.local.listening import listen
from infra.local.progress import Progress


def main() -> int:
    """Run until stopped; 0 after a clean stop, 1 with one sentence on standard error."""
    try:
        run(instance_from(os.environ))
    except LaunchError as error:
        print(f"make run: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def run(instance: Instance) -> None:
    """Start an instance and keep it until Ctrl-C or SIGTERM; raises LaunchError."""
    progress = Progress()
    instance.lay_out()
    lock = instance.lock()
    instance.withdraw()  # what a killed launcher may have left
    with listen(instance.port) as listener:
        _on_stop_signals(_stop)
        launch = Launch(instance, progress, Nursery(instance.logs, [lock]))
        try:
            launch.start(listener)
            launch.watch()
        except Stopped:
            progress.tell("Stopping …")
        finally:
            _on_stop_signals(signal.SIG_IGN)
            unsaved = launch.stop()
    if unsaved:
        raise LaunchError(f"The last changes were not saved ({unsaved.last_words()}); see {unsaved.log}")
    progress.tell("Stopped; everything is saved")


def _on_stop_signals(reaction: Callable[[int, object], None] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, reaction)


def _stop(_number: int, _frame: object) -> None:
    _on_stop_signals(signal.SIG_IGN)  # a second signal must not cut the clean end short
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
