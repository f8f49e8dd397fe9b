"""Answers that only look: ping, the list in its three shapes, one service, the description."""

import os
import socket
import time
from collections.abc import Callable
from typing import Final

import msgspec

from usher import __version__
from usher.api import openapi as description
from usher.api import routes
from usher.api.text import fit, printable
from usher.api.types import Drift, Pong, Problem, ProcessInfo, ServiceList
from usher.daemon import jlist as pm2_rows
from usher.daemon import pm2_text, state
from usher.daemon import table as text_table
from usher.daemon.server import Answer, Call, HttpError, Reply, reply
from usher.policy.remote_status import remote_views
from usher.runtime import clock
from usher.runtime.supervisor import Supervisor

_STARTED = time.time()


async def ping(supervisor: Supervisor, call: Call) -> Answer:
    """Say that the daemon answers, and who daemon and keeper are."""
    del call
    keeper = supervisor.keeper
    info = None
    if keeper.pid is not None and keeper.started_wall is not None:
        uptime = round(time.time() - keeper.started_wall, 3)
        info = ProcessInfo(pid=keeper.pid, uptime=uptime, version=keeper.version)
    return reply(
        Pong(
            version=__version__,
            home=str(supervisor.home),
            daemon=ProcessInfo(
                pid=os.getpid(), uptime=round(time.time() - _STARTED, 3), version=__version__
            ),
            keeper=info,
            safe_mode=supervisor.safe,
        )
    )


async def services(supervisor: Supervisor, call: Call) -> Answer:
    """List services and remotes, all or those named."""
    world = supervisor.world
    names = [name for name in call.query.get("names", "").split(",") if name]
    remotes = remote_views(world, clock.read())
    if not names:
        return reply(ServiceList(services=state.services(supervisor), remotes=remotes))
    others = [name for name in names if name not in world.remotes]
    wanted = state.resolve(world, others) if others else ()
    found = [each for each in state.services(supervisor) if each.name in wanted]
    return reply(
        ServiceList(services=found, remotes=[each for each in remotes if each.name in names])
    )


async def drift(supervisor: Supervisor, call: Call) -> Answer:
    """Compare what runs with what should."""
    del call
    found, setting = await supervisor.drift.look()
    return reply(
        Drift(
            services=list(supervisor.world.services),
            findings=found,
            alerts=supervisor.alerting.open,
            host=socket.gethostname(),
            role=setting.host.role,
        )
    )


async def service(supervisor: Supervisor, call: Call) -> Answer:
    """Describe one service."""
    (name,) = state.resolve(supervisor.world, [call.path["name"]])
    return reply(next(each for each in state.services(supervisor) if each.name == name))


async def listing(supervisor: Supervisor, call: Call) -> Answer:
    """Render the list as a table for a terminal."""
    given = call.query.get("columns", "80")
    columns = int(given) if given.isdigit() else 80
    text = text_table.render(
        state.services(supervisor),
        remote_views(supervisor.world, clock.read()),
        columns=columns,
        color=call.query.get("color") == "1",
    )
    if failing := supervisor.alerting.failing():
        text += f"\n{fit(printable(failing), max(columns, 28)).rstrip()}\n"
    return Reply(text.encode(), content_type="text/plain; charset=utf-8")


async def jlist(supervisor: Supervisor, call: Call) -> Answer:
    """List instances in PM2's shape."""
    del call
    return Reply(msgspec.json.encode(_pm2_rows(supervisor)))


_PM2_VIEWS: Final[dict[str, Callable[[pm2_text.Rows, pm2_text.Asked], str]]] = {
    "jlist": lambda rows, _asked: pm2_text.jlist(rows),
    "prettylist": lambda rows, _asked: pm2_text.prettylist(rows),
    "list": pm2_text.table,
    "mini": lambda rows, _asked: pm2_text.mini(rows),
    "pids": lambda rows, asked: pm2_text.pids(rows, asked.of),
    "ids": lambda rows, asked: pm2_text.ids(rows, asked.of),
    "env": lambda rows, asked: pm2_text.environment(rows, asked.of),
}


async def pm2(supervisor: Supervisor, call: Call) -> Answer:
    """Render one of PM2's outputs."""
    render = _PM2_VIEWS.get(call.path["view"])
    if render is None:
        known = ", ".join(sorted(_PM2_VIEWS))
        problem = Problem(
            error=f"cannot show {call.path['view']!r}: no such view", exit_code=1, hint=known
        )
        raise HttpError(404, problem)
    query = call.query
    asked = pm2_text.Asked(
        of=query.get("of", ""),
        columns=int(query["columns"]) if query.get("columns", "").isdecimal() else 240,
        color=query.get("color") == "1",
        sort=query.get("sort", ""),
    )
    text = render(_pm2_rows(supervisor), asked)
    return Reply(text.encode(), content_type="text/plain; charset=utf-8")


def _pm2_rows(supervisor: Supervisor) -> pm2_text.Rows:
    specs = {name: each.spec for name, each in supervisor.world.services.items()}
    return pm2_rows.rows(state.services(supervisor), specs, supervisor.redacting.redactor)


async def openapi(supervisor: Supervisor, call: Call) -> Answer:
    """Describe this interface."""
    del supervisor, call
    return reply(description.document(routes.ROUTES, __version__))
