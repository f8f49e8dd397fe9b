"""The frame of `usher monit`: as large as the terminal, whatever there is to show."""

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from usher.api.screen import render
from usher.api.text import width
from usher.api.types import ProbeStatus, RemoteStatus


@pytest.fixture
def show(
    make_service: Callable[..., Any], make_instance: Callable[..., Any], make_event: Any
) -> Any:
    """Render so many services and events."""

    def work(
        services: int,
        events: int,
        columns: int,
        rows: int,
        remotes: Sequence[RemoteStatus] = (),
        **changes: Any,
    ) -> list[str]:
        instance = make_instance(**changes)
        shown = [make_service(f"app-{n}", instances=[instance]) for n in range(services)]
        happened = [make_event(service=f"app-{n}", detail="x" * 200).event for n in range(events)]
        text = render(shown, happened, remotes=remotes, columns=columns, rows=rows, color=False)
        return text.split("\n")

    return work


@pytest.mark.parametrize("services", [0, 1, 5, 30])
@pytest.mark.parametrize("events", [0, 3, 40])
@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (60, 10), (40, 8), (200, 60)])
def test_it_fits_and_says_how_to_leave(
    show: Any, services: int, events: int, columns: int, rows: int
) -> None:
    lines = show(services, events, columns, rows)
    assert len(lines) <= rows
    assert max(map(width, lines)) <= columns
    assert lines[-1] == "q: quit"
    assert services <= 5 or any("more: usher list" in line for line in lines) or rows == 60
    if services == 5 and rows >= 24:
        assert all(any(f"app-{n} " in line for line in lines) for n in range(5))
    if events and rows >= 24 and services <= 5:
        assert f"app-{events - 1}:0 spawned" in lines[-2]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 8), (200, 60)])
def test_remotes_stand_below_the_apps(show: Any, columns: int, rows: int) -> None:
    detail = "page: status 503; nothing is declared that could be done"
    remote = RemoteStatus(
        name="backend", status="down", detail=detail, since=40.0, next_step="", next_try=None,
        done=[], probes=[], depends_on=[], origin="",
    )  # fmt: skip
    lines = show(1, 3, columns, rows, remotes=[remote])
    assert len(lines) <= rows
    assert max(map(width, lines)) <= columns
    (row,) = [line for line in lines if line.startswith("backend")]
    assert row.split()[1:3] == ["down", "40s"]
    assert "page" in row
    assert any(line.startswith("remote ") for line in lines)
    many = show(3, 9, columns, rows, remotes=[remote] * 90)
    assert len(many) <= rows
    assert any("more: usher list" in line for line in many)


def test_a_row_shows_state_resources_and_restarts(show: Any) -> None:
    lines = show(1, 0, 80, 24, restarts=4)
    assert lines[1].split() == ["app-0", "active", "1234", "1%", "45.0M", "2h", "5m", "0/4"]


FULL: dict[str, Any] = {
    "restarts": 7,
    "restarts_recent": 2,
    "memory_limit": 1024**3,
    "connections": 4,
    "connections_limit": 10,
    "last_fault": "db.connection_refused",
    "last_fault_at": "2026-03-05T10:00:07.000+09:00",
    "probes": [
        ProbeStatus(name="fast", scope="self", ok=True, in_row=9, p50=0.001, p95=0.002),
        ProbeStatus(name="slow", scope="self", ok=True, in_row=9, p50=0.012, p95=0.34),
        ProbeStatus(name="never", scope="self", ok=None, in_row=0),
    ],
}


def test_a2_20_a_wide_row_has_everything(show: Any) -> None:
    head, row, *_ = show(1, 0, 160, 24, **FULL)
    assert head.split() == [
        *("app", "status", "pid", "cpu", "mem", "uptime", "restarts", "db", "p50/p95"),
        *("last", "error"),
    ]
    assert row.split() == [
        *("app-0", "active", "1234", "1%", "45.0M/1.0G", "2h", "5m", "2/7", "4/10", "12/340ms"),
        *("db.connection_refused", "10:00:07"),
    ]


def test_a2_20_a_narrow_terminal_has_it_in_a_second_line(show: Any) -> None:
    lines = show(2, 0, 80, 24, **FULL)
    below = "  db 4/10, p50/p95 12/340ms, last error db.connection_refused 10:00:07"
    assert [lines[2], lines[4]] == [below, below]
    assert lines[1].split()[-1] == lines[3].split()[-1] == "2/7"


def test_a2_20_what_is_not_known_is_no_claim(show: Any) -> None:
    (_, row, *_) = show(1, 0, 160, 24, pid=None, cpu=None, uptime=None, memory=None)
    assert row.split() == ["app-0", "active", *"----", "0/0", *"---"]


def test_a2_20_json_has_the_same_content(
    daemon: Any, usher: Callable[..., Any], make_service: Any, make_instance: Any
) -> None:
    api = make_service("api", instances=[make_instance(**FULL)])
    daemon.answers["GET /v1/services"] = {"services": [api]}
    daemon.answers["GET /v1/events"] = []
    row = usher("monit", "--once").out.splitlines()[1]
    (service,) = json.loads(usher("monit", "--json").out)
    (instance,) = service["instances"]
    for name in ("status", "pid", "restarts_recent", "connections", "last_fault"):
        assert str(instance[name]) in row
    assert f"{instance['memory'] >> 20}.0M/{instance['memory_limit'] >> 30}.0G" in row
    slow = instance["probes"][1]
    assert f"{slow['p50'] * 1000:.0f}/{slow['p95'] * 1000:.0f}ms" in row
    assert instance["uptime"] == 7500.0
    assert instance["cpu"] == 1.2


def test_names_are_data_and_colours_are_asked_for(make_service: Any, make_instance: Any) -> None:
    evil = make_service("a\x1b[2J", instances=[make_instance(status="failed", pid=None, cpu=None)])
    plain = render([evil], [], columns=80, rows=24, color=False)
    assert "\x1b" not in plain
    assert "\x1b[31m" in render([evil], [], columns=80, rows=24, color=True)


def test_on_a_terminal_it_goes_on_until_q(home: Path, daemon: Any, make_service: Any) -> None:
    daemon.answers["GET /v1/services"] = {"services": [make_service("api")]}
    daemon.answers["GET /v1/events"] = []
    near, far = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "usher.main", "monit"],
        stdin=far, stdout=far, stderr=far, env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
    )  # fmt: skip
    os.close(far)
    try:
        seen = b""
        deadline = time.monotonic() + 20
        while seen.count(b"q: quit") < 2 and time.monotonic() < deadline:
            if select.select([near], [], [], 0.5)[0]:
                seen += os.read(near, 65536)
        assert seen.count(b"q: quit") >= 2
        assert b"\x1b[?1049h" in seen
        os.write(near, b"q")
        with contextlib.suppress(OSError):  # so a pseudo-terminal says that nobody has it open
            while True:
                seen += os.read(near, 65536)
        assert process.wait(10) == 0
        assert b"\x1b[?1049l" in seen  # the terminal is given back
    finally:
        process.kill()
        process.wait()
        os.close(near)
