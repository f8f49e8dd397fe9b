"""Answers that go on: events, and waiting for a state."""

import asyncio
from collections.abc import AsyncIterator

from usher.api.exit_codes import ExitCode
from usher.api.types import EventRecord, Frame, Problem, Report
from usher.daemon import state
from usher.daemon.server import Answer, Call, HttpError
from usher.runtime.history import History
from usher.runtime.supervisor import Supervisor


async def events(supervisor: Supervisor, call: Call) -> Answer:
    """Tell what happened, and with `follow=1` what happens."""
    since = _number(call, "since", 0)
    lines = _number(call, "lines", 0)
    service = call.query.get("service")
    recent = supervisor.history.recent(since, service)
    shown = recent[-lines:] if lines else recent
    return _events(supervisor.history, shown, service, follow=call.query.get("follow") == "1")


async def _events(
    history: History, shown: list[EventRecord], service: str | None, *, follow: bool
) -> AsyncIterator[Frame]:
    with history.follow() as follower:
        for record in shown:
            yield Frame(event=record)
        while follow:
            record = await follower.get()
            if record is None:
                problem = Problem(
                    error="cannot follow events: read too slowly", exit_code=1, hint="ask again"
                )
                yield Frame(problem=problem)
                return
            if service in (None, record.service):
                yield Frame(event=record)


async def wait(supervisor: Supervisor, call: Call) -> Answer:
    """Wait until services are ready or stopped, at most `timeout` seconds."""
    names = state.resolve(supervisor.world, _names(call))
    wanted = call.query.get("for", "ready")
    if wanted not in ("ready", "stopped"):
        problem = Problem(
            error=f"cannot wait for {wanted!r}", exit_code=1, hint="use ready or stopped"
        )
        raise HttpError(400, problem)
    return _wait(supervisor, names, wanted, float(_number(call, "timeout", 60)))


async def _wait(
    supervisor: Supervisor, names: tuple[str, ...], wanted: str, patience: float
) -> AsyncIterator[Frame]:
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    with supervisor.history.follow() as follower:
        while not (reached := state.all_are(supervisor, names, wanted)):
            left = end - loop.time()
            if left <= 0 or state.cannot_become(supervisor, names, wanted):
                break
            try:
                record = await asyncio.wait_for(follower.get(), min(left, 1.0))
            except TimeoutError:
                continue
            if record is not None:
                yield Frame(event=record)
    services = [each for each in state.services(supervisor) if each.name in names]
    failed = state.cannot_become(supervisor, names, wanted)
    yield Frame(
        report=Report(
            outcome="done" if reached else "failed" if failed else "timeout",
            exit_code=_exit_code(reached, failed),
            result="" if reached else "failed" if failed else "timeout",
            detail="" if reached else f"not {wanted} within {patience:g} s",
            services=services,
            tails=[],
        )
    )


def _exit_code(reached: bool, failed: bool) -> ExitCode:
    if reached:
        return ExitCode.OK
    return ExitCode.NOT_READY if failed else ExitCode.TIMEOUT


def _names(call: Call) -> list[str]:
    return [name for name in call.query.get("services", "").split(",") if name]


def _number(call: Call, name: str, default: int) -> int:
    try:
        return max(0, int(float(call.query.get(name, default))))
    except ValueError:
        problem = Problem(
            error=f"cannot read {name}={call.query[name]!r}: not a number", exit_code=1
        )
        raise HttpError(400, problem) from None
