"""Remotes for `usher diagnose`: what their probes say, what was done, and what comes next."""

from collections.abc import Iterator, Sequence
from typing import Final

from usher.api.text import age
from usher.api.types import ProbeStatus, RemoteStatus
from usher.cli.diagnosing import Case
from usher.cli.known import Around, Fact, Known, about_incident, about_probe
from usher.diagnosis.service import ProbeSeen, diagnose_service
from usher.model.incident import Incident

_WELL: Final = ("up", "unproved", "waking")
"""What is waking is late as it may be, and what is unproved is not asked yet, or asked wrongly."""


def cases(remotes: Sequence[RemoteStatus], around: Around, *, named: bool) -> Iterator[Case]:
    """Diagnose them; unless they were asked for by name, only those that are not well."""
    for remote in remotes:
        own = [each for each in around.incidents if remote.name in each.services]
        unwell = _is_unwell(remote, own)
        if named or unwell:
            yield _case(remote, own, around, well=not unwell)


def _is_unwell(remote: RemoteStatus, incidents: Sequence[Incident]) -> bool:
    if remote.status not in _WELL or any(each.state == "open" for each in incidents):
        return True
    return any(map(_never_passed, remote.probes))


def _case(remote: RemoteStatus, own: Sequence[Incident], around: Around, *, well: bool) -> Case:
    probes = [
        ProbeSeen(
            probe.name,
            "remote" if probe.scope == "self" else probe.scope,
            failing=probe.failing or _never_passed(probe),
            ever_passed=probe.passed_ever,
            last=probe.last,
        )
        for probe in remote.probes
    ]
    told = [cause for incident in own for cause in incident.causes]
    found = diagnose_service((), 0, probes, (), told)
    known = Known(
        tuple(_facts(remote, own, around)),
        tuple(f"{each.name}: {each.last or 'passes'}" for each in remote.probes if _passes(each)),
        own[0] if own else None,
    )
    state = remote.status + (f", {remote.detail}" if remote.detail else "")
    return Case(remote.name, state, found, well=well, known=known)


def _facts(remote: RemoteStatus, own: Sequence[Incident], around: Around) -> Iterator[Fact]:
    yield from map(about_incident, own)
    yield from map(about_probe, remote.probes)
    for name in remote.depends_on:
        yield Fact("needs", name, around.services.get(name, "unknown"))
    if remote.done:
        yield Fact("done", "", ", ".join(remote.done))
    if remote.next_step:
        due = "" if remote.next_try is None else f" ({age(remote.next_try)})"
        yield Fact("planned", "", f"{remote.next_step}{due}")


def _never_passed(probe: ProbeStatus) -> bool:
    return probe.ok is False and not probe.passed_ever


def _passes(probe: ProbeStatus) -> bool:
    return bool(probe.ok) and not probe.failing
