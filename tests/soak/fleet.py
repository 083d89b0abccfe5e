"""A whole stack whose processes can be killed one by one: the embedded cloud, the functions' host, several web servers
(as Lambda has several containers), and the fault proxies between them.

The launcher's own parts on the data folder that it laid out; it itself ends when one of its children does.
"""

import json
import os
import random
import signal
import socket
import time
import urllib.request
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infra.local import aws, deployment, missed_objects
from infra.local.children import Child, Nursery
from infra.local.errors import LaunchError
from infra.local.instance import Instance
from infra.local.listening import HOST, listen
from infra.local.waiting import wait_for

WEBS = ("web-1", "web-2")
PORTS = range(21000, 30000)  # below those that the system gives to outgoing connections: ours come back after a restart
READY_SECONDS = 90.0
SERVERS_END_SECONDS = 6.0
CLOUD_ENDS_SECONDS = 120.0
UNLIMITED = "1000000000"


@dataclass(frozen=True)
class Ports:
    """Where each part listens, before and after every restart."""

    cloud: int
    store: int
    events: int
    functions: int
    webs: tuple[int, ...]


def free_ports() -> Ports:
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        try:
            with listen(port):
                found.append(port)
        except LaunchError:
            continue
        if len(found) == 4 + len(WEBS):
            break
    cloud, store, events, functions, *webs = found
    return Ports(cloud, store, events, functions, tuple(webs))


class Fleet:
    """The processes. `counts`: the file with the counts of injected faults."""

    def __init__(self, instance: Instance, seed: int, counts: Path) -> None:
        self._instance = instance
        self._ports = free_ports()
        self._seed = seed
        self._counts = counts
        self._starts = 0
        lock = instance.lock()
        self._nursery = Nursery(instance.logs, [lock])
        self._environment: dict[str, str] = {}
        self._handlers: dict[str, str] = {}
        self._api = ("", 0.0)

    @property
    def cloud(self) -> str:
        return f"http://{HOST}:{self._ports.cloud}"

    @property
    def urls(self) -> list[str]:
        return [f"http://{HOST}:{port}" for port in self._ports.webs]

    def start(self) -> None:
        """Start what does not run."""
        running = {self._part(child) for child in self._nursery.children}
        if "cloud" not in running:
            self._start_cloud()
        if "proxies" not in running:
            self._start_proxies()
        if "functions" not in running:
            self._start("functions", "infra.local.functions", self._ports.functions, json.dumps(self._handlers))
        for name, port in zip(WEBS, self._ports.webs, strict=True):
            if name not in running:
                handler, limit = self._api
                self._start(name, "infra.local.web", port, handler, str(limit))
        for url in self.urls:
            wait_for(partial(_answers, f"{url}/api/"), READY_SECONDS, f"an answer at {url}")
        if "cloud" not in running:
            missed_objects.send_again(self.cloud, self._bucket, self._saved_at)

    def _part(self, child: Child) -> str:
        return child.name.partition(".")[0]

    def _start(self, name: str, module: str, port: int, *arguments: str) -> None:
        self._starts += 1
        with _listening(port) as listener:
            self._nursery.start(
                f"{name}.{self._starts}",  # each start has a log of its own
                module,
                str(listener.fileno()),
                *arguments,
                environment=self._environment or aws.environment(self.cloud),
                descriptors=[listener.fileno()],
            )

    def _start_cloud(self) -> None:
        self._saved_at = self._instance.snapshot_time
        events = f"http://{HOST}:{self._ports.events}"
        self._start("cloud", "infra.local.cloud", self._ports.cloud, str(self._instance.cloud_dir), events)
        wait_for(lambda: _answers(f"{self.cloud}/_ministack/health"), READY_SECONDS, "the embedded cloud")
        functions = {function.name: function for function in deployment.functions(self.cloud)}
        api = functions[f"{aws.STACK}-api"]
        self._handlers = {name: function.handler for name, function in functions.items()}
        self._api = api.handler, api.timeout
        self._environment = {
            **aws.environment(self.cloud),
            **api.environment,
            "NIMBOSSA_RATE_LIMIT": UNLIMITED,
            "NIMBOSSA_OWNER_RATE_LIMIT": UNLIMITED,
            "NIMBOSSA_BASE_URL": self.urls[0],
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://{HOST}:{self._ports.store}",
        }
        self._bucket = deployment.outputs(self.cloud)["ImportBucket"]

    def _start_proxies(self) -> None:
        self._starts += 1
        ports = {name: getattr(self._ports, name) for name in ("cloud", "store", "events", "functions")}
        counts = self._counts.with_suffix(f".{self._starts}.json")
        given = {"ports": ports, "seed": self._seed + self._starts, "counts": str(counts)}
        self._nursery.start(
            f"proxies.{self._starts}", "tests.soak.fault_proxies", json.dumps(given), environment=dict(os.environ)
        )

    def kill(self, *parts: str) -> None:
        """kill -9, all at the same moment; `cloud` loses what it has not saved."""
        victims = [child for child in self._nursery.children if self._part(child) in parts]
        for child in victims:
            child.signal(signal.SIGKILL)
        self._nursery.stop(victims, SERVERS_END_SECONDS)

    def stop(self) -> None:
        """As the launcher stops: the servers, then the cloud, which saves everything."""
        clouds = [child for child in self._nursery.children if self._part(child) == "cloud"]
        self._nursery.stop([child for child in self._nursery.children if child not in clouds], SERVERS_END_SECONDS)
        self._nursery.stop(clouds, CLOUD_ENDS_SECONDS)

    def save(self) -> None:
        """Have the cloud save its state of now, and wait until it is on disk."""
        began = time.time()
        (cloud,) = (child for child in self._nursery.children if self._part(child) == "cloud")
        while self._instance.snapshot_time <= began:
            cloud.signal(signal.SIGUSR1)
            time.sleep(0.5)

    def calm(self) -> None:
        """No more faults."""
        for child in self._nursery.children:
            if self._part(child) == "proxies":
                child.signal(signal.SIGUSR1)

    def check(self) -> None:
        """Raises LaunchError when a process has ended by itself."""
        child = self._nursery.fallen()
        if child is not None:
            raise LaunchError(f"{child.name} ended by itself ({child.last_words()}); see {child.log}")


def _listening(port: int) -> socket.socket:
    """The port of a process that was just killed may take a moment to be free."""

    def attempt() -> socket.socket | None:
        try:
            return listen(port)
        except LaunchError:
            return None

    found = wait_for(attempt, READY_SECONDS, f"port {port}")
    assert found is not None
    return found


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
