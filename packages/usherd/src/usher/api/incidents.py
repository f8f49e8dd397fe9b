"""Values of the HTTP interface about incidents: what went wrong, and what people do about it."""

from usher.api.types import Wire
from usher.model.care import Act, Proposal
from usher.model.incident import Incident


class IncidentList(Wire, frozen=True):
    """Answer of GET /v1/incidents, the newest first."""

    incidents: list[Incident]


class IncidentAct(Wire, frozen=True):
    """Body of POST /v1/incidents/act."""

    incident: str
    """Its id: INC-7."""
    act: Act


class PreventionPlan(Wire, frozen=True):
    """Answer of GET /v1/prevention: settings that would have kept an incident away."""

    service: str
    origin: str
    """File and line of its definition; empty: it is none of ours, or not any more."""
    pm2: bool
    """Whether that is of PM2's form, where our settings stand under `usher`."""
    proposals: list[Proposal]
