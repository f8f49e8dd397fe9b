"""What went wrong on this host, and what people do about it."""

from typing import Final

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.incidents import IncidentAct, IncidentList
from usher.api.types import Problem, Report
from usher.daemon import ledger
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.incidents.care import CareError, take
from usher.model.care import Act, Close, Finish, LookAfter, Prevent
from usher.model.incident import Incident
from usher.runtime.supervisor import Supervisor

_VERBS: Final[dict[type[Act], str]] = {
    LookAfter: "ack",
    Prevent: "prevent",
    Finish: "finish",
    Close: "close",
}
"""Act -> the word of `usher incident`."""


async def incidents(supervisor: Supervisor, call: Call) -> Answer:
    """List the incidents that are kept, newest first."""
    del call
    return reply(IncidentList(incidents=supervisor.incidents.all()))


async def act(supervisor: Supervisor, call: Call) -> Answer:
    """Do what a person wants to be done about an incident."""
    asked = msgspec.json.decode(call.body, type=IncidentAct)
    found = next((e for e in supervisor.incidents.all() if e.id == asked.incident.upper()), None)
    verb = _VERBS[type(asked.act)]
    if found is None:
        raise _cannot(f"cannot {verb} {asked.incident!r}: there is no such incident")
    take_note(supervisor, call, found, asked.act)
    ledger.noted(supervisor, call, ledger.Entry(f"incident {verb} {found.id}", found.services))
    if isinstance(asked.act, LookAfter):
        supervisor.alerting.acknowledge(found.id)
    return reply(_done(f"{found.id}: {_TOLD[verb]}"))


_TOLD: Final = {
    "ack": "somebody looks after it; no more reminders",
    "prevent": "the measure is written down",
    "finish": "the measure is in force",
    "close": "its report is closed",
}


def take_note(supervisor: Supervisor, call: Call, incident: Incident, act: Act) -> None:
    """Keep what a person did about an incident. Raises HttpError where that cannot be."""
    act = msgspec.convert(supervisor.redacting.tree(msgspec.to_builtins(act)), type(act))
    try:
        kept = take(incident, act, ledger.who(call), supervisor.incidents.now())
        supervisor.incidents.keep_care(incident.number, kept)
    except CareError as error:
        raise _cannot(f"cannot {_VERBS[type(act)]} {incident.id}: {error}", error.hint) from error
    except OSError as error:
        raise _cannot(f"cannot {_VERBS[type(act)]} {incident.id}: {error}") from error


def _done(detail: str) -> Report:
    return Report(
        outcome="done", exit_code=ExitCode.OK, result="", detail=detail, services=[], tails=[]
    )


def _cannot(error: str, hint: str = "usher incidents") -> HttpError:
    return HttpError(409, Problem(error=error, exit_code=ExitCode.USAGE, hint=hint))
