"""The client against a daemon that says what the test wants, and against the routes."""

import contextlib
import json
import os
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usher.api.routes import ROUTES
from usher.api.types import Frame, LogLine, Problem, ServiceList
from usher.client import (
    Client,
    LostError,
    NotRunningError,
    ProblemError,
    UsherError,
    connect,
    usher_home,
)
from usher.model.care import LookAfter
from usher.model.spec import Plan, ServiceSpec


def test_which_home_is_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert usher_home("x", {"USHER_HOME": "/y"}) == tmp_path / "x"
    assert usher_home(None, {"USHER_HOME": "/y"}) == Path("/y")
    assert usher_home(None, {}) == Path.home() / ".usher"
    assert usher_home("~/z", {}) == Path.home() / "z"


def test_nothing_runs(home: Path) -> None:
    with pytest.raises(NotRunningError, match="nothing is running"):
        connect().ping()


def test_a_socket_nobody_listens_on(daemon: Any) -> None:
    daemon.close()
    with pytest.raises(NotRunningError):
        connect().ping()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter every folder")
def test_a_home_of_somebody_else(daemon: Any, home: Path) -> None:
    home.chmod(0)
    with pytest.raises(UsherError, match="permission denied"):
        connect().ping()
    home.chmod(0o700)


def test_answers_are_typed(daemon: Any, make_service: Callable[..., Any]) -> None:
    api = make_service("api")
    daemon.answers |= {
        "GET /v1/services": ServiceList(services=[api]),
        "GET /v1/services/a%2Fb": api,
        "GET /v1/list.txt": "표\n".encode(),
    }
    client = connect()
    assert client.ping().daemon.pid == 41
    assert client.services(["api", "b"]) == [api]
    assert client.service("a/b") == api
    assert client.listing(columns=70, color=True) == "표\n"
    assert [request.target for request in daemon.requests[1:]] == [
        "/v1/services?names=api%2Cb",
        "/v1/services/a%2Fb",
        "/v1/list.txt?columns=70&color=1",
    ]


def test_a_plan_travels_whole(daemon: Any, make_report: Callable[..., Frame]) -> None:
    daemon.answers["POST /v1/apply"] = [make_report()]
    plan = Plan(services=(ServiceSpec(name="a", argv=("x",), cwd="/", env={"K": "v"}),))
    assert list(connect().apply(plan, ["a"], timeout=5.0)) == [make_report()]
    body = json.loads(daemon.requests[-1].body)
    assert (body["start"], body["wait"], body["timeout"]) == (["a"], True, 5.0)
    assert body["plan"]["services"][0]["env"] == {"K": "v"}


def test_streams_yield_what_they_are_about(daemon: Any, make_event: Callable[..., Frame]) -> None:
    line = LogLine(service="api", slot=0, stream="out", line="hello", replayed=True)
    daemon.answers |= {
        "GET /v1/events": [make_event(), make_event(seq=2)],
        "GET /v1/logs": [Frame(log=line)],
    }
    client = connect()
    assert [event.seq for event in client.events(since=7, service="api")] == [1, 2]
    assert list(client.logs(["api"], lines=3, streams=("err",))) == [line]
    assert daemon.requests[-1].target == "/v1/logs?follow=0&streams=err&services=api&lines=3"


def test_the_daemons_refusal_keeps_its_words(daemon: Any) -> None:
    problem = Problem(error="cannot start 'x'", exit_code=2, hint="do y", details=["a", "b"])
    daemon.answers |= {
        "POST /v1/start": problem,
        "GET /v1/events": [Frame(problem=problem)],
    }
    client = connect()
    for call in (lambda: client.start(["x"]), lambda: list(client.events())):
        with pytest.raises(ProblemError, match="cannot start 'x'") as caught:
            call()
        assert caught.value.problem() == problem


def test_a_daemon_that_ends_before_it_answers(daemon: Any) -> None:
    """What only looks is asked again; what changes something is not."""
    daemon.answers |= {"GET /v1/ping": None, "POST /v1/save": None}
    for call, times in ((connect().ping, 3), (connect().save, 1)):
        daemon.requests.clear()
        with pytest.raises(LostError):
            call()
        assert len(daemon.requests) == times


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"\r\n" * 300,
    ],
)
def test_a_torn_answer_is_no_answer(tmp_path: Path, answer: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "usher.sock"))
        listener.listen()

        def serve() -> None:
            # How often the client asks is its own business; the end of the listener ends this.
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(4096)
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(LostError):
            connect(str(tmp_path)).ping()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_every_call_is_in_the_route_table(daemon: Any) -> None:
    """The fake answers 404 to everything, so each method shows what it asks for."""
    client = connect()
    plan = Plan(services=())
    calls: list[Callable[[], Any]] = [
        client.services, client.overview, client.remotes, lambda: client.service("x"),
        client.jlist, client.save,
        lambda: client.listing(columns=80, color=False), lambda: client.apply(plan, []),
        lambda: client.start([]), lambda: client.stop([]), lambda: client.restart([]),
        lambda: client.delete([]), lambda: client.reset([]), client.resurrect, client.kill,
        lambda: client.reload([]), lambda: client.scale("x", "2"),
        lambda: client.pm2_view("list", {}),
        lambda: client.signal(["x"], "HUP"), lambda: client.say(["x"], 1),
        lambda: client.reveal("x", "A"), lambda: client.verify(["x"]),
        client.update, client.history, client.undo_preview, client.undo,
        client.role, lambda: client.role_set("api"), lambda: client.role_forget("/g", "x"),
        client.audit, client.drift, client.incidents, client.metrics, client.series,
        client.metric_list, lambda: client.write(["x"], "y"),
        lambda: list(client.events(service="x")), lambda: list(client.logs(["x"])),
        lambda: client.flush(["x"]), client.reload_logs,
        client.alerts, client.alerts_mute, lambda: client.alerts_ack("x"), client.alerts_test,
        lambda: client.incident_act("INC-1", LookAfter()), lambda: client.prevention("INC-1"),
        lambda: client.wait(["x"]),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ProblemError):
            call()
    client.ping()
    asked = [(request.method, *request.target.partition("?")[::2]) for request in daemon.requests]
    used = {_route(method, path, query) for method, path, query in asked}
    assert used == {route.name for route in ROUTES} - {"openapi", "job"}
    assert {name for name in vars(Client) if not name.startswith("_")} >= used - {
        "service", "list", "jlist", "pm2",
    }  # fmt: skip


def _route(method: str, path: str, query: str) -> str:
    for route in ROUTES:
        if route.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), path):
            assert {pair.split("=")[0] for pair in query.split("&") if pair} <= set(route.query)
            return route.name
    raise AssertionError(f"no route for {method} {path}")
