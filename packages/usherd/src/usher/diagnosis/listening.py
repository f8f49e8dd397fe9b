"""Whether an app listens where its definition says (spec/operations.md A.3.8, A.3.12).

An app may swallow the error of a taken port and live on, or open another one than was declared: no
line of its log need say so, but the listening sockets of the host do.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.measured import Observed
from usher.diagnosis.signatures.measured import BIND_MISMATCH
from usher.model.facts import Listener, Running

TAKEN: Final = CATALOGUE["net.port_in_use"]

BEGINS_WITHIN: Final = 20.0
"""Seconds after its start in which an app may listen elsewhere first: a debugger's port, metrics.
"""

WIDTH: Final = 120
"""Characters of a command line that are told."""

_ANYWHERE: Final = ("0.0.0.0", "::", "*")  # noqa: S104 (compared with, nothing is bound)


class Declared(NamedTuple):
    """A port that the app is to open, and its address; "" says nothing about the address."""

    port: int
    host: str = ""


class Seen(NamedTuple):
    """What listens while a run lives."""

    pid: int
    """Its main process."""
    age: float
    """Seconds since its start."""
    own: Sequence[Listener]
    """Sockets of its processes."""
    others: Sequence[Listener]
    """Those of others that were there before it started: it cannot have opened them for itself."""


class Verdict(NamedTuple):
    """What is wrong."""

    taken: Observed | None
    elsewhere: Observed | None
    listens: bool
    """Anywhere at all."""
    arrived: bool
    """It has opened a port that it was to open."""


def judge(declared: Sequence[Declared], seen: Seen) -> Verdict:
    """Hold what an app was declared to open against what listens."""
    ports = {each.port for each in declared}
    opened = [each for each in seen.own if each.port in ports]
    if opened:
        return Verdict(None, _other_address(declared, opened, seen), listens=True, arrived=True)
    listens = bool(seen.own)
    taken = _taken(declared, seen)
    late = listens and taken is None and seen.age >= BEGINS_WITHIN
    elsewhere = _mismatch(declared, seen) if late else None
    return Verdict(taken, elsewhere, listens, arrived=False)


def _taken(declared: Sequence[Declared], seen: Seen) -> Observed | None:
    for each in declared:
        for other in seen.others:
            if other.port == each.port and _meet(other.host, each.host):
                where = f"listens on {_words(seen.own)}" if seen.own else "does not listen"
                text = f"port {each.port} is taken by {_holders(other)}; pid {seen.pid} {where}"
                return Observed(TAKEN, text)
    return None


def _other_address(
    declared: Sequence[Declared], opened: Sequence[Listener], seen: Seen
) -> Observed | None:
    """The port is right: see that it is open at the address that was declared."""
    for each in declared:
        hosts = [_kind(own.host) for own in opened if own.port == each.port]
        if each.host and hosts and _kind(each.host) not in hosts:
            return _mismatch(declared, seen)
    return None


def _mismatch(declared: Sequence[Declared], seen: Seen) -> Observed:
    wanted = ", ".join(
        _address(each.host, each.port) if each.host else f"port {each.port}" for each in declared
    )
    text = f"pid {seen.pid} listens on {_words(seen.own)}; declared is {wanted}"
    return Observed(BIND_MISMATCH, text)


def _meet(one: str, other: str) -> bool:
    """Whether two sockets of one port cannot both be open at these addresses."""
    first, second = _kind(one), _kind(other)
    return not other or first == second or "any" in (first, second)


def _kind(host: str) -> str:
    """ "any", "loopback" (in either family, by name or number), or the one address."""
    if host in _ANYWHERE:
        return "any"
    if host == "localhost":
        return "loopback"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = mapped or address
    return "loopback" if address.is_loopback else str(address)


def _words(listeners: Iterable[Listener]) -> str:
    return ", ".join(sorted({_address(each.host, each.port) for each in listeners}))


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _holders(listener: Listener) -> str:
    if not listener.holders:
        return "a process of another user, which usher cannot see"
    return " and ".join(map(_holder, listener.holders[:2]))


def _holder(holder: Running) -> str:
    service = f", service {holder.service!r} of usher" if holder.service else ""
    return f"pid {holder.pid} of user {holder.user!r}{service}: {holder.command[:WIDTH]}"
