"""Answers that only look: ping, the list in its three shapes, one service, the description."""

import os
import time

import msgspec

from usher import __version__
from usher.api import openapi as description
from usher.api import routes
from usher.api.types import Pong, ProcessInfo, ServiceList
from usher.daemon import jlist as pm2
from usher.daemon import state
from usher.daemon import table as text_table
from usher.daemon.server import Answer, Call, Reply, reply
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
    """List services, all or those named."""
    found = state.services(supervisor)
    names = [name for name in call.query.get("names", "").split(",") if name]
    if names:
        wanted = state.resolve(supervisor.world, names)
        found = [each for each in found if each.name in wanted]
    return reply(ServiceList(services=found))


async def service(supervisor: Supervisor, call: Call) -> Answer:
    """Describe one service."""
    (name,) = state.resolve(supervisor.world, [call.path["name"]])
    return reply(next(each for each in state.services(supervisor) if each.name == name))


async def listing(supervisor: Supervisor, call: Call) -> Answer:
    """Render the list as a table for a terminal."""
    columns = call.query.get("columns", "80")
    text = text_table.render(
        state.services(supervisor),
        columns=int(columns) if columns.isdigit() else 80,
        color=call.query.get("color") == "1",
    )
    return Reply(text.encode(), content_type="text/plain; charset=utf-8")


async def jlist(supervisor: Supervisor, call: Call) -> Answer:
    """List instances in PM2's shape."""
    del call
    return Reply(msgspec.json.encode(pm2.rows(state.services(supervisor))))


async def openapi(supervisor: Supervisor, call: Call) -> Answer:
    """Describe this interface."""
    del supervisor, call
    return reply(description.document(routes.ROUTES, __version__))
