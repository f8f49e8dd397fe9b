"""The role of a host as the interface shows it."""

from collections.abc import Iterable
from typing import Literal

from usher.api.types import RoleEvidence, RoleStatus
from usher.guard.roles import HostRole, Sign
from usher.model.finding import Finding
from usher.model.guard import Rules


def role_status(
    host: str, role: HostRole, rules: Iterable[Rules], faults: Iterable[Finding]
) -> RoleStatus:
    """Show a conclusion with everything it was drawn from; `host` is its name."""
    return RoleStatus(
        host=host,
        standing=role.standing,
        role=role.role,
        evidence=[_evidence(sign, role) for sign in role.signs],
        guards=[each.source for each in rules],
        faults=[str(each) for each in faults],
    )


def _evidence(sign: Sign, role: HostRole) -> RoleEvidence:
    return RoleEvidence(
        kind=sign.evidence.source.kind,
        name=sign.evidence.source.name,
        said=str(sign.evidence),
        roles=[*sign.roles],
        declared_in=[*sign.declared_in],
        pinned=sign.evidence.pinned,
        weight=_weight(sign, role),
    )


def _weight(sign: Sign, role: HostRole) -> Literal["decides", "agrees", "contrary", "silent"]:
    if sign.is_silent:
        return "silent"
    if sign in role.deciding:
        return "decides"
    return "agrees" if sign.roles == (role.role,) else "contrary"
