"""POST /v1/say: a message for programs with a Node IPC channel (PM2's sendDataToProcessId)."""

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.types import Problem, Report, Say
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.daemon.signals import meant
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError
from usher.runtime.supervisor import Supervisor


async def say(supervisor: Supervisor, call: Call) -> Answer:
    """Say it to every living run that is meant and has a channel."""
    body = msgspec.json.decode(call.body, type=Say)
    message = msgspec.json.decode(body.message)
    told, why = 0, "no process of it runs"
    for key, run in meant(supervisor, body.services):
        try:
            await supervisor.say(key, run, message)
        except RefusedError as refused:
            why = f"{key}: {refused}"
        except KeeperGoneError:
            raise _cannot(body, "usher's keeper is being replaced; try again") from None
        else:
            told += 1
    if told == 0:
        raise _cannot(body, why)
    detail = f"told {told} process(es)"
    return reply(
        Report(
            outcome="done", exit_code=ExitCode.OK, result="", detail=detail, services=[], tails=[]
        )
    )


def _cannot(body: Say, cause: str) -> HttpError:
    error = f"cannot say it to {', '.join(body.services)}: {cause}"
    return HttpError(409, Problem(error=error, exit_code=ExitCode.USAGE))
