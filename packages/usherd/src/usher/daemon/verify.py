"""GET /v1/verify: proofs that instances work, made now."""

import asyncio

from usher.api.exit_codes import ExitCode
from usher.api.types import InstanceStatus, ServiceStatus, Verification, Verified
from usher.daemon import state
from usher.daemon.server import Answer, Call, reply
from usher.model import events as ev
from usher.runtime import verification
from usher.runtime.log_paths import NOWHERE
from usher.runtime.supervisor import Supervisor


async def verify(supervisor: Supervisor, call: Call) -> Answer:
    """Verify every instance of the services at once."""
    asked = [name for name in call.query.get("services", "all").split(",") if name]
    names = state.resolve(supervisor.world, asked)
    chosen = [
        (service, instance)
        for service in state.services(supervisor)
        if service.name in names
        for instance in service.instances
        if instance.listed
    ]
    found = await asyncio.gather(*(_instance(supervisor, *each) for each in chosen))
    good = all(proof.result in ("ok", "absent") for each in found for proof in each.proofs)
    code = ExitCode.OK if good and found else ExitCode.NOT_READY
    return reply(Verification(instances=found, exit_code=code))


async def _instance(
    supervisor: Supervisor, service: ServiceStatus, instance: InstanceStatus
) -> Verified:
    spec = supervisor.spec(service.name)
    key = ev.Key(service.name, instance.generation, instance.slot)
    logs = dict.fromkeys((instance.err_log, instance.out_log))
    subject = verification.Subject(
        spec=spec,
        env=supervisor.known_as(spec).env,
        pid=instance.pid,
        ready=instance.ready,
        uptime=instance.uptime or 0.0,
        logs=tuple(path for path in logs if path and path != NOWHERE),
        probe_socket=supervisor.sockets.probe_path(key) if spec.probe_socket else None,
        keeper=supervisor.keeper.pid,
    )
    proofs = await verification.verify(subject, supervisor.keeper.run_helper)
    return Verified(service=service.name, slot=instance.slot, proofs=proofs)
