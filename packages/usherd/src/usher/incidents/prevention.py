"""What would keep an incident from coming back, as far as settings of the app can.

`proposals(incident, definition)` compares what happened with what the app's definition says, and
names a setting only where it is missing. What has to be mended in code or by people stands in the
remedies of the causes.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from usher.model.care import Proposal, Setting
from usher.model.incident import Incident
from usher.model.spec import ServiceSpec

_ROOM: Final = 2
"""A proposed limit is so many times what the app used before it grew."""

_STEP: Final = 64 * 2**20
"""Bytes: proposed limits are whole steps."""

_OPEN_FILES: Final = 65536
"""What is proposed where a limit of open files was reached."""

_SWALLOWED_MEMORY: Final = frozenset({"os.oom_kill", "py.worker_oom", "render.memory"})
"""Causes that a limit turns into an early replacement of the one app that grew."""

_NEEDS_VARIABLE: Final = frozenset({"env.missing", "py.missing_env"})

_VARIABLE: Final = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|(?<=')[A-Z][A-Z0-9_]+(?=')")
"""Name of a variable in a line that says that it is missing."""


class Definition(NamedTuple):
    """What is known of an app beside the incident."""

    spec: ServiceSpec
    url: str = ""
    """At which it answers HTTP, if it speaks that; empty: not known, or not its own."""
    peak: int | None = None
    """Most bytes that it used before the incident; None: not measured."""
    host_role: str = ""
    """Role of this host; empty: it has none."""


def proposals(incident: Incident, definition: Definition) -> list[Proposal]:
    """Name every setting that would have kept it away, or shortened it."""
    return [
        *_probe(incident, definition),
        *_limit(incident, definition),
        *_role(incident, definition),
        *_variables(incident, definition),
        *_open_files(incident, definition),
    ]


def _probe(incident: Incident, definition: Definition) -> Iterator[Proposal]:
    """A question that proves life is answered in time or not; a full queue is seen much later."""
    asks = any(probe.scope == "self" for probe in definition.spec.probes)
    if incident.kind == "hang" and not asks and definition.url:
        asked: dict[str, Setting] = {
            "probes.alive.http": definition.url,
            "probes.alive.status": [100, 599],
        }
        yield Proposal("prevent.probe", "probe", asked)


def _limit(incident: Incident, definition: Definition) -> Iterator[Proposal]:
    grew = incident.kind == "leak" or any(e.id in _SWALLOWED_MEMORY for e in incident.causes)
    if grew and definition.spec.memory is None and definition.peak:
        steps = -(-definition.peak * _ROOM // _STEP)
        yield Proposal("prevent.limit", "limit", {"memory.limit": f"{steps * _STEP >> 20}M"})


def _role(incident: Incident, definition: Definition) -> Iterator[Proposal]:
    """The role of this host: where the app runs elsewhere, its definition is refused from then."""
    if incident.kind == "foreign" and not definition.spec.role and definition.host_role:
        yield Proposal("prevent.role", "guard", {"role": definition.host_role})


def _variables(incident: Incident, definition: Definition) -> Iterator[Proposal]:
    known = {rule.name for rule in definition.spec.env_contract}
    lines = (line for e in incident.causes if e.id in _NEEDS_VARIABLE for line in e.evidence)
    names = dict.fromkeys(found[0] for line in lines for found in _VARIABLE.finditer(line))
    missing: dict[str, Setting] = {
        f"env_contract.{name}.required": True for name in names if name not in known
    }
    if missing:
        yield Proposal("prevent.variables", "guard", missing)


def _open_files(incident: Incident, definition: Definition) -> Iterator[Proposal]:
    reached = any(each.id == "fs.too_many_open" for each in incident.causes)
    if reached and (definition.spec.nofile or 0) < _OPEN_FILES:
        yield Proposal("prevent.open_files", "limit", {"nofile": _OPEN_FILES})
