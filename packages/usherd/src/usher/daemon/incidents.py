"""What went wrong on this host."""

from usher.api.types import IncidentList
from usher.daemon.server import Answer, Call, reply
from usher.runtime.supervisor import Supervisor


async def incidents(supervisor: Supervisor, call: Call) -> Answer:
    """List the incidents that are kept, newest first."""
    del call
    return reply(IncidentList(incidents=supervisor.incidents.all()))
