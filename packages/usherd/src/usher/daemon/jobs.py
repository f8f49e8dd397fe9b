"""A request that outlived the daemon that took it: who asked for it finds it by its key."""

import math

from usher.api.exit_codes import ExitCode
from usher.api.types import Problem
from usher.daemon import requests
from usher.daemon.server import Answer, Call, HttpError
from usher.runtime.supervisor import Supervisor


async def job(supervisor: Supervisor, call: Call) -> Answer:
    """Stream what happens until the request is answered, then its report."""
    found = supervisor.attached(call.path["job"])
    if found is None:
        problem = Problem(
            error=f"cannot find the request {call.path['job'][:64]!r}",
            exit_code=ExitCode.USAGE,
            hint="it was never accepted, or was answered long ago",
        )
        raise HttpError(404, problem)
    try:
        since = int(call.query.get("since", supervisor.history.last_seq))
        patience = float(call.query["timeout"]) if "timeout" in call.query else None
    except ValueError as error:
        problem = Problem(error=f"cannot read request: {error}", exit_code=ExitCode.USAGE)
        raise HttpError(400, problem) from None
    if patience is not None and not math.isfinite(patience):
        patience = None
    return requests.frames(supervisor, found.answer, since, found.services, patience)
