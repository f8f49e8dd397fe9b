"""A hosted backend that is watched from outside and restarted by its platform's API."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

KEY = "rnd_2f9c7d51e0b84a6c"


class Platform:
    """A backend, and the API of the platform that runs it, on one loopback port."""

    def __init__(self) -> None:
        self.healthy = True
        self.restarts: list[str | None] = []
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200 if platform.healthy else 503)

            def do_POST(self) -> None:
                platform.restarts.append(self.headers["Authorization"])
                self._answer(202 if self.headers["Authorization"] == f"Bearer {KEY}" else 401)

            def _answer(self, status: int) -> None:
                body = b'{"checks": {"database": "ok"}}'
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def platform() -> Iterator[Platform]:
    made = Platform()
    yield made
    made.end()


def test_a_backend_is_restarted_once_though_the_daemon_is_killed(
    usher: Any, platform: Platform
) -> None:
    (usher.folder / "key").write_text(f"{KEY}\n")
    usher.config(f"""
[remotes.backend]
secrets.API_KEY = {{ file = "key" }}

[remotes.backend.probes.health]
http = "{platform.url}/health"
expect = 'checks.database == "ok"'
interval = "200ms"
confirm_interval = "100ms"

[[remotes.backend.recover]]
name = "restart"
http = "{platform.url}/v1/services/srv-1/restart"
headers = {{ Authorization = "Bearer ${{API_KEY}}" }}
""")
    assert "backend" in usher("start").stdout
    until(lambda: _remote(usher)["status"] == "up")

    platform.healthy = False
    until(lambda: platform.restarts)
    os.kill(usher.ping()["daemon"]["pid"], signal.SIGKILL)
    told = until(lambda: _remote(usher)["status"] == "recovering" and _remote(usher))
    assert told["done"] == ["restart"]
    assert "status 503" in told["detail"]
    platform.healthy = True
    until(lambda: _remote(usher)["status"] == "up")
    assert platform.restarts == [f"Bearer {KEY}"], "once, with its secret"

    words = [event["event"] for event in usher.events("backend")]
    assert words[:5] == ["watching", "ready", "probe-failing", "unreachable", "acting"]
    assert words[-1] == "recovered"
    (incident,) = json.loads(usher("incidents", "--json").stdout)["incidents"]
    assert (incident["kind"], incident["services"]) == ("remote", ["backend"])
    described = usher("describe", "backend").stdout
    assert "probe health (self) passes" in described
    kept = [path for path in usher.home.rglob("*") if path.is_file()]
    assert not [path for path in kept if KEY.encode() in path.read_bytes()], "nowhere on disk"
    usher("delete", "backend")
    assert json.loads(usher("list", "--json").stdout)["remotes"] == []


def test_a_remote_stands_in_every_view(usher: Any, platform: Platform) -> None:
    """In metrics, on the screen and in the diagnosis, as an app does."""
    usher.config(f"""
[remotes.backend.probes.health]
http = "{platform.url}/health"
interval = "200ms"
confirm_interval = "100ms"
""")
    usher("start")
    until(lambda: _remote(usher)["status"] == "up")
    assert usher("diagnose").stdout == "every app is well\n"
    assert _metrics(usher)["usher_remote_up"] == 1
    platform.healthy = False
    until(lambda: _remote(usher)["status"] == "down")
    (case,) = json.loads(usher("diagnose", "--json").stdout)["cases"]
    assert (case["app"], case["causes"][0]["id"]) == ("backend", "remote.unanswered")
    (row,) = [each for each in usher("monit", "--once").stdout.splitlines() if "503" in each][:1]
    assert row.split()[:2] == ["backend", "down"]
    figures = _metrics(usher)
    assert figures["usher_remote_up"] == 0
    assert figures["usher_remote_probe_failures_total"] >= 3
    assert figures["usher_remote_probe_latency_seconds_count"] > 3
    assert figures["usher_remote_probe_latency_seconds_sum"] > 0
    share = until(lambda: (s := _metrics(usher)["usher_remote_availability_ratio"]) < 1 and s)
    assert share > 0


def _metrics(usher: Any) -> dict[str, float]:
    """The figures of the only remote, by name."""
    found: dict[str, float] = {}
    for metric in json.loads(usher("metrics", "--json").stdout)["metrics"]:
        for sample in metric["samples"]:
            if sample["labels"].get("remote") == "backend":
                found[f"{metric['name']}{sample['suffix']}"] = sample["value"]
    return found


def _remote(usher: Any) -> dict[str, Any]:
    done = usher("list", "--json", code=None)
    listed: list[dict[str, Any]] = []
    if done.returncode == 0:
        listed = json.loads(done.stdout)["remotes"]
    return next((each for each in listed if each["name"] == "backend"), {"status": "unknown"})
