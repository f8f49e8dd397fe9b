"""A bundle for whoever looks into it later: what is in it, how much, how soon, without secrets."""

import json
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usher.api.incidents import IncidentList
from usher.api.metrics import SeriesList
from usher.api.types import AuditLog, Frame, LogLine, RoleStatus, ServiceList
from usher.cli import collecting
from usher.host import daemon_hang, scene
from usher.model.incident import Incident, Occurred

Usher = Callable[..., Any]

SECRET = "hunter2-hunter2"


def read(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        return {
            name.removeprefix("usher-bundle/"): content.read().decode()
            for name in archive.getnames()
            if (content := archive.extractfile(name)) is not None
        }


@pytest.fixture
def world(daemon: Any, make_service: Callable[..., Any], make_event: Callable[..., Frame]) -> Any:
    """A daemon with one service that hung, and says a password."""
    line = LogLine(
        service="api", slot=0, stream="err", replayed=True,
        line=f"connect to postgres://app:{SECRET}@db/shop failed",
    )  # fmt: skip
    incident = Incident(
        number=3, service="api", kind="hang", severity="major", occurred=Occurred(at=1.0),
        detected=2.0, rule="unhealthy", services=("api",), evidence=("/nowhere/evidence.json",),
    )  # fmt: skip
    daemon.answers |= {
        "GET /v1/services": ServiceList(services=[make_service("api", env={"DB_PASSWORD": "***"})]),
        "GET /v1/events": [make_event(detail=f"password={SECRET}")],
        "GET /v1/logs": [Frame(log=line)],
        "GET /v1/audit": AuditLog(entries=[], in_force=[]),
        "GET /v1/metrics": b"# EOF\n",
        "GET /v1/series": SeriesList(series=[]),
        "GET /v1/incidents": IncidentList(incidents=[incident]),
        "GET /v1/role": RoleStatus(
            host="web-1", standing="undeclared", role="", evidence=[], guards=[], faults=[]
        ),
    }
    return daemon


def test_a3_13_everything_about_an_incident_in_one_file(
    world: Any, usher: Usher, home: Path
) -> None:
    done = usher("incident", "show", "3", "--collect", "it.tar.gz", "--json")
    told = json.loads(done.out)
    (missing,) = told["missing"]
    assert missing.startswith("evidence-0.json: [Errno 2] No such file")
    file = home / "it.tar.gz"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_size == told["bytes"] < 5_000_000
    parts = read(file)
    assert set(parts) == {
        "README.txt", "incident.md", "incident.json", "services.json", "env-names.txt",
        "events.jsonl", "logs-last.txt", "logs-start.txt", "sockets.txt", "host.txt",
        "versions.json", "configuration.json", "metrics.txt", "series.csv", "processes.txt",
    } - {"sockets.txt", "processes.txt"}  # there is no such process  # fmt: skip
    assert parts["incident.md"].startswith("# ")
    assert parts["env-names.txt"] == "api: DB_PASSWORD\n"
    assert "api:0 err: connect to postgres://app:" in parts["logs-last.txt"]
    assert "MemAvailable" in parts["host.txt"]
    assert "evidence-0.json" in parts["README.txt"]
    assert not any(SECRET in text for text in parts.values())
    assert list(home.glob("it.tar.gz.*")) == []


def test_what_a_diagnosis_says_is_in_its_bundle(world: Any, usher: Usher, home: Path) -> None:
    assert usher("diagnose", "api", "--collect", "b.tar.gz").out.startswith("wrote b.tar.gz")
    parts = read(home / "b.tar.gz")
    assert parts["diagnosis.md"].startswith("## Why api failed")
    assert "nothing" in parts["README.txt"]


def test_where_usher_itself_hung_is_in_it(world: Any, usher: Usher, home: Path) -> None:
    daemon_hang.kept(home).parent.mkdir()
    daemon_hang.kept(home).write_text("Thread 0x1\n")
    usher("diagnose", "api", "--collect", "b.tar.gz")
    assert read(home / "b.tar.gz")["daemon-hang.txt"] == "Thread 0x1\n"


def test_without_a_daemon_it_says_what_is_missing(usher: Usher, home: Path) -> None:
    shown = usher("diagnose", "--collect", "b.tar.gz").out
    assert "missing: services.json: usher is not running" in shown or "nothing is running" in shown
    assert "README.txt" in read(home / "b.tar.gz")


def test_a_part_that_hangs_or_is_too_long_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "PATIENCE", 2.0)
    over = threading.Event()

    def hangs() -> Any:
        yield "the first line"
        over.wait(30)

    parts: dict[str, collecting.Part] = {
        "hangs.txt": hangs,
        "long.txt": lambda: ["x" * 99] * 6000,
        "short.txt": lambda: ["short"],
    }
    made = collecting.write(str(tmp_path / "b"), parts)
    over.set()
    assert made.missing == (
        "hangs.txt: it did not come in time",
        "long.txt: only its last 500000 bytes of 600000",
    )
    found = read(tmp_path / "b")
    assert found["hangs.txt"] == "the first line\n"
    assert found["short.txt"] == "short\n"
    assert len(found["long.txt"]) == 500_000


def test_a_bundle_never_grows_beyond_its_size(tmp_path: Path) -> None:
    parts: dict[str, collecting.Part] = {
        f"{n}.txt": lambda n=n: [f"{n}{each:09d}" for each in range(30_000)] for n in range(20)
    }
    made = collecting.write(str(tmp_path / "b"), parts)
    assert made.size < 5_000_000
    assert sum(map(len, read(tmp_path / "b").values())) < 5_000_000
    assert made.missing


def test_a_place_that_cannot_be_written(world: Any, usher: Usher) -> None:
    done = usher("diagnose", "api", "--collect", "/nowhere/b.tar.gz")
    assert done.code == 1
    assert done.err.startswith("usher: cannot write the bundle '/nowhere/b.tar.gz'")


def test_the_scene_of_this_process() -> None:
    import os
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert f"{os.getpid()} listen 127.0.0.1:{port} 0.0.0.0:0" in [
            *scene.connections([os.getpid()])
        ]
    (line,) = [each for each in scene.tree([os.getpid()]) if each.startswith(str(os.getpid()))]
    assert "threads" in line
    assert any(each.startswith("disk of /") for each in scene.host(["/"]))
