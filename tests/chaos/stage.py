"""What chaos happens to: six services, one more that numbers its lines, and usher itself."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, TypeVar

from tests.programs import SCRIBE, numbers
from tests.sample_app.sample import Sample
from tests.usher_home import Usher, until

from usher.api.types import InstanceStatus, ServiceStatus
from usher.client import UsherError
from usher.client.client import connect
from usher.model.incident import Incident

T = TypeVar("T")

TIMES: Final = 'interval = "1s", confirm_interval = "500ms", timeout = "4s"'
"""Often enough for a short run; the time-out is long because the machine may be a busy one."""

COMMON: Final = (
    # Many faults in a short time are what this is about: no budget must end it.
    'restart = { budget_count = 1000, replace_gap = "0s", replace_count = 1000 }',
    'stop = { timeout = "3s" }',
)

SCRIBE_TABLE: Final = """
[apps.scribe]
command = ["python", "scribe.py", "{folder}/count", "0.05"]
log = {{ max_size = "1M", retain = 1000 }}
"""


class Dependency:
    """A server that an app needs and usher does not run: it answers well or 500, hangs, is away."""

    def __init__(self) -> None:
        self.mood = "well"
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.appear()

    def appear(self) -> None:
        """Listen, on the same port each time."""
        dependency = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                while dependency.mood == "hangs":
                    time.sleep(0.1)
                self.send_response(500 if dependency.mood == "fails" else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in its base
                pass

        self.mood = "well"
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
            self._server.daemon_threads = True
            self.port = self._server.server_address[1]
            threading.Thread(target=self._server.serve_forever, args=(0.1,)).start()

    def disappear(self) -> None:
        """Refuse connections."""
        self.mood = "away"
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class Stage:
    """Everything that faults are brought about with, and what usher says of it."""

    def __init__(self, usher: Usher, node: str) -> None:
        self.usher = usher
        self.dependency = Dependency()
        self.samples = {
            "shop": Sample("shop"),
            "front": Sample("front", node),
            "pair": Sample("pair"),
            "till": Sample("till", env={"IGNORE_TERM": "1", "ORPHAN": "1"}),
            "stock": Sample("stock", node),
            "report": Sample("report"),
        }
        self._client = connect(str(usher.home))

    def start(self) -> None:
        """Start all of it and wait until every probe has passed."""
        self.usher.script("scribe.py", SCRIBE)
        self.usher.config(self._config())
        self.usher("start")
        until(self.is_well, 60)

    def close(self) -> None:
        """End what is ours; usher's home ends by itself."""
        self.dependency.disappear()

    def _config(self) -> str:
        health = f'probes.alive = {{ http = "{{url}}/health", {TIMES} }}'
        memory = 'memory = { limit = "150M", interval = "1s", samples = 2 }'
        further: dict[str, tuple[str, ...]] = {
            name: (health, _channel(self.samples[name])) for name in ("shop", "front")
        }
        further["pair"] = (
            "instances = 2",
            "probe_socket = true",
            f'sockets = [{{ name = "http", listen = "127.0.0.1:{self.samples["pair"].port}" }}]',
            f'probes.alive = {{ http = "/health", {TIMES} }}',
        )
        further["till"] = (health,)
        further["stock"] = (health, memory)
        needed = f"http://127.0.0.1:{self.dependency.port}/"
        further["report"] = (
            health,
            memory,
            f'probes.needed = {{ http = "{needed}", scope = "dependency", {TIMES} }}',
        )
        tables = [self.samples[name].table(*lines, *COMMON) for name, lines in further.items()]
        return SCRIBE_TABLE.format(folder=self.usher.folder) + "".join(tables)

    # -- what usher says; asked again while a daemon is away ---------------------------------------

    def services(self) -> list[ServiceStatus]:
        return _patiently(self._client.services)

    def instances(self, service: str) -> list[InstanceStatus]:
        return _patiently(lambda: self._client.service(service)).instances

    def incidents(self) -> dict[str, list[Incident]]:
        """By the services that each reached, the oldest first."""
        told: dict[str, list[Incident]] = {name: [] for name in self.samples}
        for incident in reversed(_patiently(self._client.incidents)):
            for service in incident.services:
                told.setdefault(service, []).append(incident)
        return told

    def is_well(self) -> bool:
        """Whether every service is in its wanted state and every probe passes."""
        return all(is_well(service) for service in self.services())

    # -- usher's own processes ---------------------------------------------------------------------

    def own(self, which: str) -> int:
        """The pid of "daemon" or "keeper", once there is one."""

        def pid() -> int | None:
            info = getattr(_patiently(self._client.ping), which)
            return None if info is None else info.pid

        return until(pid, 30)

    # -- at the end --------------------------------------------------------------------------------

    def written(self) -> tuple[int, list[int]]:
        """How many lines the scribe has printed, and the numbers of those in its log."""
        self.usher("stop", "scribe")
        count = int.from_bytes((self.usher.folder / "count").read_bytes()[:8], "little")
        return count, numbers(self.usher.home / "logs", "scribe-out.log")


def is_well(service: ServiceStatus) -> bool:
    """In its wanted state, and no probe says otherwise at the moment."""
    answers = [probe.ok for each in service.instances for probe in each.probes]
    return service.ready == service.instances_wanted and all(answers)


def _channel(sample: Sample) -> str:
    address = sample.url.replace("http", "ws", 1)
    return f'probes.channel = {{ ws = "{address}/ws", {TIMES} }}'


def _patiently(ask: Callable[[], T]) -> T:
    """While a daemon is being replaced nobody answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return ask()
        except (UsherError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
