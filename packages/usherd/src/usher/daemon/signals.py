"""POST /v1/signal: a signal for processes, by run and never by a number that may be reused."""

import signal as signals

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.types import Problem, Report, SendSignal
from usher.daemon import selectors
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.model.events import Key
from usher.policy import status
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError
from usher.runtime.supervisor import Supervisor


async def signal(supervisor: Supervisor, call: Call) -> Answer:
    """Send it to every living run that is meant; what the process does then is its own affair."""
    body = msgspec.json.decode(call.body, type=SendSignal)
    number = number_of(body.signal)
    sent = 0
    for key, run in meant(supervisor, body.services):
        try:
            await supervisor.signal(key, run, number, body.scope)
        except RefusedError:
            continue  # it has just ended
        except KeeperGoneError:
            raise _cannot(body, "usher's keeper is being replaced; try again") from None
        sent += 1
    if sent == 0:
        raise _cannot(body, "no process of it runs")
    detail = f"sent {signals.Signals(number).name} to {sent} process(es)"
    return reply(
        Report(
            outcome="done", exit_code=ExitCode.OK, result="", detail=detail, services=[], tails=[]
        )
    )


def meant(supervisor: Supervisor, words: list[str]) -> list[tuple[Key, int]]:
    """List the living runs that selectors mean."""
    target = selectors.find(supervisor.world, words)
    return [
        (key, run)
        for key, run in status.live_runs(supervisor.world).items()
        if key.service in target.services and key.slot in target.slots.get(key.service, (key.slot,))
    ]


def number_of(word: str) -> int:
    """Read "SIGUSR2", "usr2" or "12". Raises HttpError."""
    if word.isascii() and word.isdecimal() and int(word[:4]) in set(signals.Signals):
        return int(word)
    name = word.upper() if word.upper().startswith("SIG") else f"SIG{word.upper()}"
    if name in signals.Signals.__members__:
        return int(signals.Signals[name])
    problem = Problem(
        error=f"cannot send {word!r}: no such signal",
        exit_code=ExitCode.USAGE,
        hint="for example SIGHUP or SIGUSR2; `kill -l` lists them",
    )
    raise HttpError(400, problem)


def _cannot(body: SendSignal, cause: str) -> HttpError:
    error = f"cannot send {body.signal} to {', '.join(body.services)}: {cause}"
    return HttpError(409, Problem(error=error, exit_code=ExitCode.USAGE))
