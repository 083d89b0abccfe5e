"""Some volunteers in a process: `python -m tests.benchmarks.clients <url> <project> <count> <name>=<token>…`.

Says "ready", waits for a line, then contributes with all of them at once and prints the milliseconds of each newtask
and submission.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.contributions import contribute
from tests.fakes.site import Volunteer


def main() -> None:
    url, project, count, *names = sys.argv[1:]
    volunteers = [Volunteer(url, int(project), *name.split("=", 1)) for name in names]
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(len(volunteers)) as pool:
        for newtask, submit in pool.map(lambda one: contribute(one, int(count)), volunteers):
            print(*(f"{asked:.3f} {sent:.3f}" for asked, sent in zip(newtask, submit, strict=True)), sep="\n")


if __name__ == "__main__":
    main()
