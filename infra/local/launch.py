"""One run of an instance: what is started in which order, what is watched, what is stopped."""

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

from chalicelib.settings import describe
from infra.local import aws, deployment, mails, missed_days, missed_objects, packaging
from infra.local.children import Child, Nursery
from infra.local.errors import DAMAGED, LaunchError, Stopped
from infra.local.instance import Instance
from infra.local.listening import address, listen
from infra.local.progress import Progress

READY_SECONDS = 60.0
SERVERS_END_SECONDS = 3.0
CLOUD_ENDS_SECONDS = 60.0  # it saves everything first; at 20,000 items that takes about a second


class Launch:
    """One run of an instance, from the first child to the last."""

    def __init__(self, instance: Instance, progress: Progress, nursery: Nursery) -> None:
        self._instance = instance
        self._progress = progress
        self._nursery = nursery
        self._tell = progress.tell
        self._parent = os.getppid()
        self._cloud_answered = False  # before that it has nothing to save

    def start(self, listener: socket.socket) -> None:
        """Bring everything up; raises LaunchError."""
        instance, key = self._instance, self._instance.admin_key()
        saved_at = instance.snapshot_time
        cloud_listener, functions_listener = listen(0), listen(0)
        endpoint, url = address(cloud_listener), address(listener)
        cloud = self._start_cloud(cloud_listener, address(functions_listener))
        self._wait_for(f"{endpoint}/_ministack/health", cloud)
        self._cloud_answered = True
        self._deploy(endpoint)
        deployed = {function.name: function for function in deployment.functions(endpoint)}
        environment = self._environment(endpoint, deployed[f"{aws.STACK}-api"].environment, url)
        mails.know_sender(endpoint, environment["NIMBOSSA_MAIL_SENDER"])
        self._start_functions(functions_listener, deployed, environment)
        web = self._start_web(listener, deployed[f"{aws.STACK}-api"], environment)
        self._wait_for(f"{url}/api/", web)
        facts = {
            "url": url,
            "aws_endpoint": endpoint,
            "region": aws.REGION,
            "import_bucket": deployment.outputs(endpoint)["ImportBucket"],
            "admin_api_key": key,
            "mails": mails.inbox(endpoint),
        }
        self._prepare(facts, environment, cloud)
        missed_objects.send_again(endpoint, facts["import_bucket"], saved_at)
        missed_days.fire(endpoint)
        instance.announce(facts)
        self._tell(f"Mails that the site sends: {facts['mails']}")
        self._tell(f"Ready: {url}   API: {url}/api/   administrator's API key: {key}   (Ctrl-C stops it)")

    def _start_cloud(self, listener: socket.socket, functions_url: str) -> Child:
        self._tell("Starting the embedded cloud")
        with listener:
            return self._nursery.start(
                "cloud",
                "infra.local.cloud",
                str(listener.fileno()),
                str(self._instance.cloud_dir),
                functions_url,
                environment=aws.environment(address(listener)),
                descriptors=[listener.fileno()],
            )

    def _deploy(self, endpoint: str) -> None:
        deployment.ensure_secret(endpoint)
        wanted = deployment.fingerprint()
        if deployment.is_current(endpoint, wanted):
            return
        self._tell("Packaging the functions (the first time, this fetches their libraries)")
        package = packaging.package(self._instance.data_dir / "package", self._nursery)
        self._tell("Deploying the stack to the embedded cloud")
        deployment.deploy(endpoint, package, wanted, _EveryTenth(self._tell))

    def _environment(self, endpoint: str, deployed: Mapping[str, str], url: str) -> dict[str, str]:
        """What the template gave the functions, what this start's environment gives in its place (NIMBOSSA_*), and what
        differs from start to start."""
        given = {name: os.environ[name] for name, _, _ in describe() if name in os.environ}
        return {
            **aws.environment(endpoint),
            **deployed,
            **given,
            "NIMBOSSA_RATE_LIMIT": self._instance.rate_limit,
            "NIMBOSSA_BASE_URL": url,
        }

    def _start_functions(
        self, listener: socket.socket, deployed: Mapping[str, deployment.Function], environment: Mapping[str, str]
    ) -> None:
        handlers = {name: function.handler for name, function in deployed.items()}
        with listener:
            self._nursery.start(
                "functions",
                "infra.local.functions",
                str(listener.fileno()),
                json.dumps(handlers),
                environment=environment,
                descriptors=[listener.fileno()],
            )

    def _start_web(self, listener: socket.socket, api: deployment.Function, environment: Mapping[str, str]) -> Child:
        self._tell("Starting the web server")
        return self._nursery.start(
            "web",
            "infra.local.web",
            str(listener.fileno()),
            api.handler,
            str(api.timeout),
            environment=environment,
            descriptors=[listener.fileno()],
        )

    def _prepare(self, facts: Mapping[str, str], environment: Mapping[str, str], cloud: Child) -> None:
        """Begin a new instance; nothing is left to do for an old one whose administrator keeps the key."""
        if self._instance.is_complete:
            return
        self._tell("Making the administrator, the categories and the demo project")
        given, otherwise = json.dumps(dict(facts)), "The first start could not be completed"
        said = self._nursery.run(
            "first-start", "infra.local.first_start", given, environment=environment, otherwise=otherwise
        )
        for line in said:
            self._tell(line)
        cloud.signal(signal.SIGUSR1)
        self._wait_until(lambda: self._instance.has_snapshot, cloud, "saved its data")
        self._instance.complete()

    def _wait_for(self, url: str, child: Child) -> None:
        self._wait_until(lambda: _answers(url), child, f"answered at {url}")

    def _wait_until(self, condition: Callable[[], bool], child: Child, what: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not condition():
            self._check_children()
            if time.monotonic() > deadline:
                raise LaunchError(f"The {child.name} process has not {what} in {READY_SECONDS:.0f} s; see {child.log}")
            time.sleep(0.05)

    def watch(self) -> None:
        """Return never; raises LaunchError when a child ends by itself, Stopped when `make` was killed."""
        while True:
            time.sleep(0.3)
            self._check_children()
            if "MAKELEVEL" in os.environ and os.getppid() != self._parent:
                raise Stopped

    def _check_children(self) -> None:
        child = self._nursery.fallen()
        if child is None:
            return
        if child.name == "cloud" and child.exit_status == DAMAGED:
            raise self._instance.damaged(child.last_words())
        why = f"status {child.exit_status}: {child.last_words()}"
        raise LaunchError(f"The {child.name} process ended unexpectedly ({why}); see {child.log}")

    def stop(self) -> Child | None:
        """Stop the servers, then the cloud, which saves its data; returns it when it did not manage to."""
        self._instance.withdraw()
        clouds = [child for child in self._nursery.children if child.name == "cloud"]
        self._nursery.stop([child for child in self._nursery.children if child not in clouds], SERVERS_END_SECONDS)
        self._nursery.stop(clouds, CLOUD_ENDS_SECONDS)
        return next((cloud for cloud in clouds if cloud.exit_status and self._cloud_answered), None)


class _EveryTenth:
    """Tells how many resources are done, every ten of them, and each failure."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._done = 0

    def __call__(self, event: str) -> None:
        if "FAILED" in event:
            self._tell(event)
        elif "_COMPLETE" in event:
            self._done += 1
            if self._done % 10 == 0:
                self._tell(f"  {self._done} resources")


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
