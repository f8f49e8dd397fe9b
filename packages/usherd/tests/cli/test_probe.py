"""usher probe: a set of questions, asked once, of servers that usher does not run."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from usher.config.load import surroundings
from usher.config.probe_set import read_probe_set
from usher.model.target import TlsTarget

HOW_TO = Path(__file__).parents[4] / "docs" / "how-to" / "usher-probe-any-host.md"


class Backend(BaseHTTPRequestHandler):
    """A hosted backend whose `/health` looks at nothing and whose `/ready` does."""

    def do_GET(self) -> None:
        bodies = {
            "/health": {"status": "ok", "checks": {"database": "error"}},
            "/api/session/7/report": {"report": {"score": 3}},
        }
        self._answer(200 if self.path in bodies else 404, bodies.get(self.path, {}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(201, {"sessionId": 7})

    def _answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
        """Say nothing."""


@pytest.fixture
def backend() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Backend) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def probe(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "usher.main", "probe", *words],
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


SET = """
timeout = "20s"
[probes.health]
http = "http://127.0.0.1:{port}/health"
expect = 'checks.database == "ok"'
[probes.start]
http = "http://127.0.0.1:{port}/api/session/start"
method = "POST"
status = 201
expect = "sessionId"
[probes.report]
http = "http://127.0.0.1:{port}/api/session/7/report"
[probes.voice]
ws = "ws://127.0.0.1:{port}/ws/voice?sessionId=7"
[probes.database]
postgres = true
dsn_env = "DATABASE_URL"
"""


def test_a3_03_a_set_from_one_file(backend: int, tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text(SET.format(port=backend))
    secret = "Tr0ub4dor-3xyz"
    done = probe(str(file), "--json", DATABASE_URL=f"postgres://app:{secret}@127.0.0.1:1/x")
    assert done.returncode == 3
    assert secret not in done.stdout + done.stderr
    answers = {each["name"]: each for each in json.loads(done.stdout)["probes"]}
    assert {name: answer["ok"] for name, answer in answers.items()} == {
        "health": False,
        "start": True,
        "report": True,
        "voice": False,
        "database": False,
    }
    assert 'found "error"' in answers["health"]["detail"]
    assert "status 404 instead of 101" in answers["voice"]["detail"]
    assert "refused" in answers["database"]["detail"].lower()


def test_some_by_name_with_the_time_of_each_phase(backend: int, tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text(SET.format(port=backend))
    done = probe(str(file), "--only", "report,start", "--phases")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^report +ok +status 200 in \d+ ms$", done.stdout, re.MULTILINE)
    assert "first byte" in done.stdout
    assert "2 of 2 answered as they should" in done.stderr
    wrong = probe(str(file), "--only", "reports")
    assert wrong.returncode == 1
    assert "cannot probe 'reports'" in wrong.stderr


def test_one_url(backend: int) -> None:
    assert probe(f"http://127.0.0.1:{backend}/health").returncode == 0
    assert probe(f"tcp://127.0.0.1:{backend}").returncode == 0
    assert probe(f"http://127.0.0.1:{backend}/nowhere").returncode == 3
    unknown = probe("gopher://x")
    assert unknown.returncode == 1
    assert "the scheme 'gopher' is not known" in unknown.stderr


def test_mistakes_of_a_file_are_told_all_at_once(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text("[probes.a]\nhttp = 3\n[probes.b]\nws = 'x'\n[probes.c]\ntcpp = 'a:1'\n")
    done = probe(str(file))
    assert done.returncode == 1
    for words in ("probes.a.http", "probes.b", "unknown key 'tcpp'"):
        assert words in done.stderr
    empty = tmp_path / "empty.toml"
    empty.write_text("[probes]\n")
    assert "there is no question in it" in probe(str(empty)).stderr


def test_the_how_tos_example_can_be_used(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    questions, findings = read_probe_set(
        tmp_path / "shop.probes.toml", text.encode(), surroundings(tmp_path)
    )
    assert not findings
    assert [question.name for question in questions] == [
        "health", "start", "voice", "no-session", "certificate", "database",
    ]  # fmt: skip
    assert TlsTarget("shop.example:443", days=21) in [each.target for each in questions]
    assert {question.timeout for question in questions} == {5.0}
