"""POST /v1/reveal: the one answer that holds a value which may be a secret, and its audit."""

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.types import Problem, Reveal, Revealed
from usher.daemon import selectors
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.model import graph
from usher.runtime import clock
from usher.runtime.supervisor import Supervisor


async def reveal(supervisor: Supervisor, call: Call) -> Answer:
    """Return one variable's value; the event is written first."""
    body = msgspec.json.decode(call.body, type=Reveal)
    service = selectors.find(supervisor.world, [body.service]).services[0]
    env = supervisor.environments.get(supervisor.spec(service).env_digest)
    if body.name not in env:
        problem = Problem(
            error=f"cannot find {body.name!r} in the environment of {service!r}",
            exit_code=ExitCode.USAGE,
            hint=graph.closest(body.name, env),
        )
        raise HttpError(404, problem)
    told = f"{body.name} was shown to uid {call.peer_uid}"
    supervisor.history.note("env-revealed", told, clock.read(), service)
    return reply(Revealed(value=env[body.name]))
