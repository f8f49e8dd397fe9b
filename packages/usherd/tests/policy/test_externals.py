"""What a service needs and usher does not run: asked before each start, and never after."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model import actions as act
from usher.model import events as ev
from usher.model.spec import (
    Dependency,
    External,
    RestartPolicy,
    ServiceSpec,
    SocketSpec,
    TcpAddress,
)
from usher.model.target import TcpTarget
from usher.policy import status

DB = External("db", TcpTarget("db:5432"), interval=1.0, patience=10.0)
MISSING = ("db (cannot connect)",)
SOCKET = SocketSpec("http", TcpAddress("127.0.0.1", 80), mode="per-instance")


@pytest.fixture
def api(system: Any, service: Callable[..., ServiceSpec]) -> Any:
    """`api` needs the external db; nobody has answered yet."""
    restart = RestartPolicy(delays=(0.0,))
    spec = service("api", externals=(DB,), restart=restart, sockets=(SOCKET,))
    return system(spec, service("page"), start=("api",))


def answer(system: Any, *missing: str, name: str = "api") -> None:
    instance = system.instance(name)
    system.feed(ev.ExternalsSeen(instance.key, instance.run, missing))


def test_nothing_starts_before_the_answer(api: Any) -> None:
    assert api.phase("api") == "waiting"
    assert len(api.done(act.AskExternals)) == 1
    answer(api)
    api.wait(2)
    assert api.phase("api") == "running"
    assert len(api.done(act.AskExternals)) == 1
    assert api.answer("plan").outcome == "done"


def test_it_is_asked_again_until_it_answers_and_told_once(api: Any) -> None:
    for asked in range(1, 6):
        assert len(api.done(act.AskExternals)) == asked
        answer(api, *MISSING)
        api.wait(0.9)
        assert len(api.done(act.AskExternals)) == asked
        api.wait(0.1)
    assert [told for _, told in api.told("waiting")] == ["waiting for external db (cannot connect)"]
    view = status.service_view(api.world, "api", ev.Now(api.boot, api.boot))
    assert (view.status, view.detail) == ("waiting", "waiting for external db (cannot connect)")
    assert view.depends_on == {"db": "external"}


def test_requests_wait_for_a_while_only_and_the_service_for_ever(api: Any) -> None:
    for _ in range(11):
        answer(api, *MISSING)
        api.wait(1)
    done = api.answer("plan")
    assert (done.outcome, done.result) == ("failed", "external")
    assert done.detail == (
        "api:0 is waiting for external db (cannot connect); it starts when that answers"
    )
    assert api.phase("api") == "waiting"
    asked = len(api.done(act.AskExternals))
    again = api.ask(ev.Start, ("api",))
    assert len(api.done(act.AskExternals)) == asked + 1, "a person's start has its own patience"
    assert api.answer(again) is None
    answer(api)
    api.wait(2)
    assert api.phase("api") == "running"
    assert api.answer(again).outcome == "done"


def test_an_answer_that_never_comes_is_waited_for_no_longer(api: Any) -> None:
    api.wait(11)
    assert api.answer("plan").detail.startswith("api:0 is waiting for external db;")


def test_what_runs_is_left_alone_and_a_crash_waits(api: Any) -> None:
    answer(api)
    api.wait(100)
    assert api.phase("api") == "running"
    assert len(api.done(act.AskExternals)) == 1
    api.exit("api")
    api.wait(0.1)
    assert api.phase("api") == "waiting"
    assert len(api.done(act.AskExternals)) == 2


def test_a_new_keeper_is_asked_anew(api: Any) -> None:
    api.feed(ev.KeeperLost())
    api.feed(ev.KeeperBack())
    assert len(api.done(act.AskExternals)) == 2


def test_other_needs_come_first(system: Any, service: Callable[..., ServiceSpec]) -> None:
    needy = service("api", externals=(DB,), depends_on=(Dependency("cache"),))
    both = system(needy, service("cache"), start=("api",))
    assert both.done(act.AskExternals) == []
    both.wait(1.5)
    assert len(both.done(act.AskExternals)) == 1
    answer(both, *MISSING)
    both.exit("cache")
    both.wait(0)
    both.wait(5)
    answer(both)
    both.wait(5)
    assert both.phase("api") == "running"


def test_a_reload_that_would_have_to_wait_too_long_is_rejected(api: Any) -> None:
    answer(api)
    api.wait(5)
    job = api.ask(ev.Reload, ("api",))
    candidate = api.candidate("api")
    for _ in range(11):
        api.feed(ev.ExternalsSeen(candidate.key, candidate.run, MISSING))
        api.wait(1)
    done = api.answer(job)
    assert (done.outcome, done.result) == ("failed", "rejected")
    assert "waiting for external db (cannot connect)" in done.detail
    assert api.phase("api") == "running"


def test_to_name_an_external_restarts_nothing(
    api: Any, service: Callable[..., ServiceSpec]
) -> None:
    api.ask(ev.Start, ("page",))
    api.wait(2)
    run = api.instance("page").run
    api.ask(ev.PlanChanged, (service("page", externals=(DB,)),))
    assert (api.phase("page"), api.instance("page").run) == ("running", run)
