"""Certificates that run out beside an app that hangs and a backend that answers (B.4)."""

import datetime
import json
import os
import signal
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.usher_home import until

pytestmark = pytest.mark.process

OFTEN = 'interval = "300ms", confirm_interval = "200ms"'


class Page(BaseHTTPRequestHandler):
    """A page that is there."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
        """Say nothing."""


class Front:
    """A server of TLS whose certificate can be renewed."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self._authority.cert_pem.write_to_path(folder / "authority.pem")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.renew(days=60)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.server.socket = self._context.wrap_socket(self.server.socket, server_side=True)
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def renew(self, days: float) -> None:
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
        self._authority.issue_cert("127.0.0.1", not_after=end).configure_cert(self._context)

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    made = Front(tmp_path)
    yield made
    made.end()


def test_b4_cert_expiry_warns_and_restarts_nothing_and_withholds_nothing(
    usher: Any, front: Front, tmp_path: Path
) -> None:
    program = tmp_path / "app.py"
    program.write_text(
        "import time\nwhile True:\n    print('alive', flush=True)\n    time.sleep(0.1)\n"
    )
    trust = f'env = {{ SSL_CERT_FILE = "{tmp_path / "authority.pem"}" }}'
    usher.config(f"""
[apps.web]
command = ["python3", "{program}"]
{trust}
probes.alive = {{ log = "alive", within = "2s", interval = "200ms" }}
probes.cert = {{ tls = "{front.address}", {OFTEN} }}

[remotes.backend]
{trust}
probes.page = {{ http = "https://{front.address}/", {OFTEN} }}
probes.cert = {{ tls = "{front.address}", {OFTEN} }}

[[remotes.backend.recover]]
name = "restart"
command = ["true"]
""")
    usher("start")
    until(lambda: all(probe["ok"] for probe in _probes(usher)) and len(_probes(usher)) == 4)

    front.renew(days=5)
    until(lambda: len(_certificates(usher)) == 2)
    assert {each["severity"] for each in _certificates(usher)} == {"minor"}
    (pid,) = [each["pid"] for each in usher.services()["web"]["instances"]]
    os.kill(pid, signal.SIGSTOP)
    until(lambda: "continued" in _words(usher, "web") or "replaced" in _words(usher, "web"))
    assert not {"withheld", "degraded"} & {*_words(usher, "web"), *_words(usher, "backend")}
    assert "acting" not in _words(usher, "backend")

    front.renew(days=2)
    until(lambda: {each["severity"] for each in _certificates(usher)} == {"critical"})
    front.renew(days=60)
    until(lambda: not [each for each in _certificates(usher) if each["state"] == "open"])
    assert len(_certificates(usher)) == 2, "one each, which became graver"


def _words(usher: Any, service: str) -> list[str]:
    return [each["event"] for each in usher.events(service)]


def _probes(usher: Any) -> list[dict[str, Any]]:
    seen = json.loads(usher("list", "--json").stdout)
    instances = [each for service in seen["services"] for each in service["instances"]]
    return [probe for each in (*instances, *seen["remotes"]) for probe in each["probes"]]


def _certificates(usher: Any) -> list[dict[str, Any]]:
    kept = json.loads(usher("incidents", "--json").stdout)["incidents"]
    return [each for each in kept if each["kind"] == "certificate"]
