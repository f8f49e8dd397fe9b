"""Alerts: what people were told, whether they can be told, and holding back."""

from typing import Final

import msgspec

from usher.api.alerts import (
    Acknowledge,
    AlertStatus,
    MuteAlerts,
    TriedChannel,
    TriedChannels,
    TryChannels,
)
from usher.api.exit_codes import ExitCode
from usher.api.types import Problem, Report
from usher.daemon import ledger
from usher.daemon.incidents import take_note
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.model.alert import Mute
from usher.model.care import LookAfter
from usher.runtime import clock
from usher.runtime.supervisor import Supervisor

LONGEST: Final = 30 * 86400.0
"""Seconds for which alerts can be muted: longer is a channel that should be removed."""


async def status(supervisor: Supervisor, call: Call) -> Answer:
    """Say what is open, which channels there are, and what waits for them."""
    del call
    alerting, found = supervisor.alerting, supervisor.alerting.found(anew=True)
    return reply(
        AlertStatus(
            alerts=alerting.open,
            channels=alerting.channels(),
            mutes=[*alerting.desk.mutes],
            quiet=alerting.is_quiet,
            files=[*found.files],
            findings=[*map(supervisor.redacting.finding, found.findings)],
        )
    )


async def mute(supervisor: Supervisor, call: Call) -> Answer:
    """Hold back alerts of a service or of all, or tell them again."""
    body = msgspec.json.decode(call.body, type=MuteAlerts)
    what = body.service or "all alerts"
    world = supervisor.world
    if body.service and body.service not in {*world.services, *world.remotes}:
        raise _cannot(f"cannot mute {body.service!r}: there is no such app", "usher list")
    if not 0 <= body.seconds <= LONGEST:
        raise _cannot(f"cannot mute {what}: for at most 30 days", "usher alert mute --for 2h")
    verb = "mute" if body.seconds else "unmute"
    services = (body.service,) if body.service else ()
    ledger.noted(supervisor, call, ledger.Entry(f"alert {verb} {body.service}".strip(), services))
    if body.seconds:
        until = clock.wall() + body.seconds
        supervisor.alerting.mute(Mute(body.service, until, ledger.who(call)))
        told = f"{what}: muted for {body.seconds / 60:g} min"
    else:
        supervisor.alerting.unmute(body.service)
        told = f"{what}: told again"
    return reply(_done(told))


async def acknowledge(supervisor: Supervisor, call: Call) -> Answer:
    """Send no more reminders of an alert."""
    wanted = msgspec.json.decode(call.body, type=Acknowledge).alert
    found = supervisor.alerting.acknowledge(wanted)
    if not found:
        raise _cannot(f"cannot acknowledge {wanted!r}: nothing of it is open", "usher alert list")
    ledger.noted(supervisor, call, ledger.Entry(f"alert ack {wanted}"))
    acknowledged = {each.id for each in found}
    for incident in supervisor.incidents.all():
        if incident.id in acknowledged:
            take_note(supervisor, call, incident, LookAfter())
    names = ", ".join(each.id for each in found)
    return reply(_done(f"{names}: no more reminders until it is over or gets worse"))


async def test(supervisor: Supervisor, call: Call) -> Answer:
    """Send a test to channels now, whatever is muted."""
    names = msgspec.json.decode(call.body, type=TryChannels).channels
    known = [each.name for each in supervisor.alerting.found(anew=True).plan.channels]
    for name in names:
        if name not in known:
            hint = f"there are: {', '.join(known)}" if known else "docs/reference/alerts.md"
            raise _cannot(f"cannot test {name!r}: there is no such channel", hint)
    tried = await supervisor.alerting.test(names)
    channels = [TriedChannel(channel=name, failure=failure) for name, failure in tried.items()]
    return reply(TriedChannels(channels=channels))


def _done(detail: str) -> Report:
    return Report(
        outcome="done", exit_code=ExitCode.OK, result="", detail=detail, services=[], tails=[]
    )


def _cannot(error: str, hint: str) -> HttpError:
    return HttpError(409, Problem(error=error, exit_code=ExitCode.USAGE, hint=hint))
