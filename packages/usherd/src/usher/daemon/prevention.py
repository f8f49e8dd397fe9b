"""Which settings would have kept an incident away, as the definition in force lacks them."""

from usher.api.exit_codes import ExitCode
from usher.api.incidents import PreventionPlan
from usher.api.types import Problem
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.incidents.figures import AROUND
from usher.incidents.prevention import Definition, proposals
from usher.model.incident import Incident
from usher.model.spec import ServiceSpec
from usher.runtime import listening
from usher.runtime.supervisor import Supervisor

_ANY: tuple[str, ...] = ("0.0.0.0", "::")  # noqa: S104 (told from an address, not listened at)


async def prevention(supervisor: Supervisor, call: Call) -> Answer:
    """Compare an incident with the definition of its app."""
    wanted = call.query.get("incident", "").upper()
    incident = next((e for e in supervisor.incidents.all() if e.id == wanted), None)
    if incident is None:
        error = f"cannot find incident {wanted!r}: there is no such incident"
        raise HttpError(404, Problem(error=error, exit_code=ExitCode.USAGE, hint="usher incidents"))
    if incident.service not in supervisor.world.services:
        return reply(PreventionPlan(service=incident.service, origin="", pm2=False, proposals=[]))
    spec = supervisor.spec(incident.service)
    found = proposals(incident, _definition(supervisor, incident, spec))
    return reply(
        PreventionPlan(
            service=spec.name, origin=spec.origin, pm2=spec.pm2 is not None, proposals=found
        )
    )


def _definition(supervisor: Supervisor, incident: Incident, spec: ServiceSpec) -> Definition:
    begin = incident.occurred.at
    peaks = [
        point.high
        for service, _, kept in supervisor.figures.series.known()
        if service == spec.name
        for point in kept.points(begin - AROUND, begin)
    ]
    return Definition(
        spec,
        url=_url(supervisor, spec),
        peak=max(peaks, default=None),
        host_role=supervisor.gate.role,
    )


def _url(supervisor: Supervisor, spec: ServiceSpec) -> str:
    """Say where the one instance listens; several share an address that accuses none of them."""
    members = supervisor.members(spec.name)
    if len(members) != 1:
        return ""
    if spec.sockets:
        return "/"
    pid = supervisor.live_pid(members[0][1])
    found = listening.of_tree(pid) if pid is not None else []
    if not found:
        return ""
    first = min(found, key=lambda each: each.port)
    host = "127.0.0.1" if first.host in _ANY else first.host
    return f"http://{first._replace(host=host)}/"
