"""POST /v1/say and /v1/write: words for programs, over Node's channel or standard input."""

from typing import Final

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.types import Problem, Report, Say, WriteLine
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.daemon.signals import meant
from usher.runtime import runs, standard_input
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError
from usher.runtime.standard_input import NoInputError
from usher.runtime.supervisor import Supervisor

_NOBODY: Final = "no process of it runs"


async def say(supervisor: Supervisor, call: Call) -> Answer:
    """Say it to every living run that is meant and has a channel (PM2's sendDataToProcessId)."""
    body = msgspec.json.decode(call.body, type=Say)
    message = msgspec.json.decode(body.message)
    told, why = 0, _NOBODY
    for key, run in meant(supervisor, body.services):
        try:
            await supervisor.say(key, run, message)
        except RefusedError as refused:
            why = f"{key}: {refused}"
        except KeeperGoneError:
            cause = "usher's keeper is being replaced; try again"
            raise _cannot("say it", body.services, cause) from None
        else:
            told += 1
    return _answer(told, "say it", body.services, why)


async def write(supervisor: Supervisor, call: Call) -> Answer:
    """Write a line to every living run that is meant and reads lines (PM2's sendLineToStdin)."""
    body = msgspec.json.decode(call.body, type=WriteLine)
    told, why = 0, _NOBODY
    for key, run in meant(supervisor, body.services):
        pid = supervisor.pid(key, run)
        if pid is None:
            continue
        marker = f"{runs.MARKER}={runs.run_id(str(supervisor.home), key, run)}"
        try:
            standard_input.write(pid, marker.encode(), f"{body.line}\n".encode())
        except NoInputError as cause:
            why = f"{key}: {cause}"
        else:
            told += 1
    return _answer(told, "write a line", body.services, why)


def _answer(told: int, what: str, services: list[str], why: str) -> Answer:
    if told == 0:
        raise _cannot(what, services, why)
    detail = f"told {told} process(es)"
    return reply(
        Report(
            outcome="done", exit_code=ExitCode.OK, result="", detail=detail, services=[], tails=[]
        )
    )


def _cannot(what: str, services: list[str], cause: str) -> HttpError:
    error = f"cannot {what} to {', '.join(services)}: {cause}"
    return HttpError(409, Problem(error=error, exit_code=ExitCode.USAGE))
