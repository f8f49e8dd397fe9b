"""Which role this host has, and how far that is proved.

A *pinned* role file decides; weaker evidence to the contrary is a warning. Without one, everything
that says something must say the same. What is not there says nothing; what is there and cannot be
read, or names a role that nobody declared, leaves the role unknown: a guard never passes because
something is unknown (design 2.6.4). Hence a variable can contradict a pinned role, never widen it.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Literal, TypeAlias

from usher.guard.code import Code
from usher.model.finding import Finding
from usher.model.guard import Evidence, Place, RoleMatch, Rules, Source
from usher.model.value import Value

CONTRARY_EVIDENCE = Code(
    "guard.contrary_evidence",
    "warning",
    "Something contradicts the pinned role of this host",
    "The role file decides, but a variable, the host's name or address, or another file says "
    "something else: one of them is wrong.",
    "Compare them with `usher role`, and correct the one that is wrong.",
)

CODES = (CONTRARY_EVIDENCE,)

Standing: TypeAlias = Literal["undeclared", "known", "unknown", "contradictory"]

BUILT_IN = "built in"
"""Where role files are declared that are always looked at."""


class Sign(Value, frozen=True):
    """One piece of evidence and the roles it speaks for; none where it names no declared role."""

    evidence: Evidence
    roles: tuple[str, ...]
    declared_in: tuple[str, ...]

    @property
    def is_silent(self) -> bool:
        """Whether it neither names a role nor hides one."""
        found = self.evidence
        fits = found.source.kind in ("hostname", "address")
        return found.absent or (fits and not self.roles and not found.fault)


class HostRole(Value, frozen=True):
    """The conclusion. `role` is empty unless `standing` is known."""

    standing: Standing
    role: str = ""
    signs: tuple[Sign, ...] = ()
    deciding: tuple[Sign, ...] = ()
    """What the conclusion rests on."""

    @property
    def contrary(self) -> tuple[Sign, ...]:
        """Evidence that says something else than the pinned role."""
        if self.standing != "known":
            return ()
        return tuple(s for s in self.signs if not s.is_silent and s.roles != (self.role,))

    @property
    def because(self) -> str:
        """The deciding evidence in words."""
        return ", ".join(str(sign.evidence) for sign in self.deciding) or "no evidence"


def sources(rules: Iterable[Rules], role_files: Sequence[str]) -> tuple[Source, ...]:
    """List what has to be looked at: what the rules name, and the role files in any case."""
    found: list[Source] = [Source("file", path) for path in role_files]
    for each in rules:
        for match in each.roles.values():
            found += _sources(match)
    return tuple(dict.fromkeys(found))


def _sources(match: RoleMatch) -> Iterable[Source]:
    yield from (Source("file", place.path, place.key) for place in match.file)
    yield from (Source("env", name) for name in match.env)
    yield from (Source("tag", place.path, place.key) for place in match.tag)
    if match.hostname:
        yield Source("hostname")
    if match.address:
        yield Source("address")


def decide(
    rules: Sequence[Rules], evidence: Iterable[Evidence], role_files: Sequence[str]
) -> HostRole:
    """Conclude from everything that was seen."""
    signs = tuple(_sign(rules, found, role_files) for found in evidence)
    speaking = tuple(sign for sign in signs if not sign.is_silent)
    if not rules and not speaking:
        return HostRole("undeclared")
    pinned = tuple(sign for sign in speaking if sign.evidence.pinned)
    deciding = pinned or speaking
    named = {role for sign in deciding for role in sign.roles}
    unclear = any(not sign.roles for sign in deciding)
    if len(named) == 1 and not unclear:
        return HostRole("known", min(named), signs, deciding)
    contradictory = len(named) > 1 or (bool(named) and unclear)
    return HostRole("contradictory" if contradictory else "unknown", "", signs, deciding)


def supposed(role: str) -> HostRole:
    """Take a role for granted, as a check for another host does."""
    sign = Sign(Evidence(Source("env", "--target role"), (role,)), (role,), ())
    return HostRole("known", role, (sign,), (sign,))


def contrary_findings(host: HostRole) -> list[Finding]:
    """Warn of what contradicts a pinned role."""
    return [
        CONTRARY_EVIDENCE.finding(
            f"this host has the pinned role {host.role!r} ({host.because}), "
            f"but {sign.evidence} says {_roles_words(sign)}",
            hint="`usher role` shows all evidence",
        )
        for sign in host.contrary
    ]


def _roles_words(sign: Sign) -> str:
    return " and ".join(map(repr, sign.roles)) or "a role that is not declared"


def _sign(rules: Sequence[Rules], found: Evidence, role_files: Sequence[str]) -> Sign:
    roles: list[str] = []
    declared: list[str] = []
    if found.source.kind == "file" and found.source.name in role_files:
        roles += [value for value in found.values if value]
        declared.append(BUILT_IN)
    for each in rules:
        for role, match in each.roles.items():
            if found.source in set(_sources(match)):
                declared.append(each.source)
                roles += [role] if _fits(role, match, found) else []
    return Sign(found, tuple(dict.fromkeys(roles)), tuple(dict.fromkeys(declared)))


def _fits(role: str, match: RoleMatch, found: Evidence) -> bool:
    source, values = found.source, found.values
    match source.kind:
        case "env":
            return any(value in match.env[source.name] for value in values)
        case "file":
            return any(_says(place, role, found) for place in match.file)
        case "tag":
            return any(_says(place, role, found) for place in match.tag)
        case "hostname":
            return any(_is_like(value, pattern) for value in values for pattern in match.hostname)
        case "address":
            return any(_is_in(value, network) for value in values for network in match.address)


def _says(place: Place, role: str, found: Evidence) -> bool:
    same = Source(found.source.kind, place.path, place.key) == found.source
    return same and (place.equals or role) in found.values


def _is_like(name: str, pattern: str) -> bool:
    return fnmatchcase(name.lower(), pattern.lower())


def _is_in(address: str, network: str) -> bool:
    return ip_address(address) in ip_network(network, strict=False)
