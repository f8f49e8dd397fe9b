"""`ready` and `probes`: what is asked, and of whom an answer can speak.

An address that several instances share cannot say which of them hangs (design 2.2.7): such a
question may alert, but proves readiness of none and restarts none.
"""

import ipaddress
import re
from typing import Final, NamedTuple

from usher.config.app import Written
from usher.config.check import quote
from usher.config.schema import Probe, Question, Ready
from usher.config.targets import WAYS, build_target, ways_of
from usher.model.spec import (
    AliveFor,
    NotifyReady,
    ProbeReady,
    ProbeSpec,
    Proof,
    ReadySpec,
    Scope,
    SocketSpec,
    TcpAddress,
)
from usher.model.target import (
    DnsTarget,
    HttpTarget,
    ListenTarget,
    LogTarget,
    ServerTarget,
    SocketTarget,
    Target,
    TcpTarget,
    TlsTarget,
    WatchdogTarget,
    WebSocketTarget,
)

_READY_INTERVAL: Final = 0.25
"""Seconds between two questions while a service boots: people wait for the answer."""


class Asked(NamedTuple):
    """The app whose instances are asked, with its sockets."""

    written: Written
    instances: int
    sockets: tuple[SocketSpec, ...]


def read_ready(asked: Asked) -> ReadySpec:
    """Build the proof of readiness; without one, to live for a second."""
    ready = asked.written.app.ready
    if ready is None:
        return ReadySpec()
    try:
        proof = _proof(asked, ready)
    except ValueError as error:
        asked.written.complain("ready", str(error))
        return ReadySpec()
    timeout = ReadySpec().timeout if ready.timeout is None else float(ready.timeout)
    if isinstance(proof, AliveFor) and proof.seconds >= timeout:
        asked.written.complain("ready", "alive_for must be shorter than timeout")
    return ReadySpec(proof=proof, timeout=timeout)


def read_probes(asked: Asked) -> tuple[ProbeSpec, ...]:
    """Build the probes; what is wrong is reported and left out."""
    probes: list[ProbeSpec] = []
    for name, probe in asked.written.app.probes.items():
        try:
            probes.append(_probe(asked, name, probe))
        except ValueError as error:
            asked.written.complain("probes", str(error), inside=(name,))
    return tuple(probes)


def _proof(asked: Asked, ready: Ready) -> Proof:
    """Build the proof. Raises ValueError."""
    given = [*ways_of(ready), *(["listen"] if ready.listen else [])]
    given += ["notify"] if ready.notify else []
    given += ["alive_for"] if ready.alive_for is not None else []
    if len(given) > 1:
        raise ValueError(f"cannot combine {' and '.join(given)}: give one proof")
    if ready.notify:
        return NotifyReady()
    if not given or ready.alive_for is not None:
        return AliveFor() if ready.alive_for is None else AliveFor(float(ready.alive_for))
    target = _target(asked, ready)
    if _is_shared(asked, target):
        raise ValueError(
            "an address that the instances share proves readiness of none of them: "
            "set probe_socket = true and ask a path"
        )
    return ProbeReady(_ready_probe(ready, target))


def _ready_probe(ready: Ready, target: Target) -> ProbeSpec:
    interval = _READY_INTERVAL if ready.interval is None else float(ready.interval)
    default = ProbeSpec(name="ready", target=target)
    return ProbeSpec(
        name="ready",
        target=target,
        interval=interval,
        confirm_interval=interval,
        timeout=default.timeout if ready.ask_timeout is None else float(ready.ask_timeout),
        passes=1,
    )


def _probe(asked: Asked, name: str, probe: Probe) -> ProbeSpec:
    sign = _sign(probe)
    if sign is not None:
        # It has its own patience, and looking costs next to nothing.
        often = min(10.0, max(1.0, sign.within / 4))
        return timed(probe, ProbeSpec(name, sign, interval=often, failures=1, passes=1))
    target = _target(asked, probe)
    shared = _is_shared(asked, target)
    if shared and probe.scope == "self":
        raise ValueError(
            "an address that the instances share cannot say which of them fails: "
            "set probe_socket = true and ask a path, or scope = 'edge'"
        )
    default = ProbeSpec(name, target, _scope(target, shared=shared))
    return timed(probe, default)


def _sign(probe: Probe) -> LogTarget | WatchdogTarget | None:
    """Build what the app does by itself; None: it is asked. Raises ValueError."""
    if probe.within is not None and probe.log is None:
        raise ValueError("'within' belongs to 'log'")
    if probe.log is None and probe.watchdog is None:
        return None
    given = [*ways_of(probe), *(["listen"] if probe.listen else [])]
    given += [name for name in ("log", "watchdog") if getattr(probe, name) is not None]
    if len(given) > 1:
        raise ValueError(f"expected one way of asking, found {' and '.join(given)}")
    if probe.watchdog is not None:
        return WatchdogTarget(float(probe.watchdog))
    try:
        re.compile(probe.log or "")
    except re.error as error:
        message = f"cannot use {quote(probe.log)}: no regular expression: {error}"
        raise ValueError(message) from None
    within = LogTarget("").within if probe.within is None else float(probe.within)
    return LogTarget(probe.log or "", within)


def timed(probe: Probe, default: ProbeSpec) -> ProbeSpec:
    """Lay what is written over `default`."""
    return ProbeSpec(
        name=default.name,
        target=default.target,
        scope=probe.scope or default.scope,
        interval=_or(probe.interval, default.interval),
        confirm_interval=_or(probe.confirm_interval, default.confirm_interval),
        timeout=_or(probe.timeout, default.timeout),
        failures=default.failures if probe.fail is None else probe.fail,
        passes=default.passes if probe.passes is None else probe.passes,
    )


def _scope(target: Target, *, shared: bool) -> Scope:
    """Whom a failure accuses unless it is written: a restart cures nothing that is elsewhere."""
    if isinstance(target, ServerTarget | DnsTarget):
        return "dependency"
    # A certificate that runs out is no outage either, so it withholds nothing.
    return "edge" if shared or isinstance(target, TlsTarget) else "self"


def _or(given: float | None, default: float) -> float:
    return default if given is None else float(given)


def _is_shared(asked: Asked, target: Target) -> bool:
    """Tell whether any instance may answer for any other."""
    if asked.instances == 1:
        return False
    return isinstance(target, TcpTarget | WebSocketTarget | SocketTarget) or (
        isinstance(target, HttpTarget) and not target.url.startswith("/")
    )


def _target(asked: Asked, question: Question) -> Target:
    """Build what is asked. Raises ValueError."""
    others = ways_of(question)
    if not (question.listen or others):
        raise ValueError(f"expected one of listen, {', '.join(WAYS)}, found none")
    if not question.listen:
        return build_target(question, lambda path: _instance_url(asked, path))
    if others:
        raise ValueError(f"expected one way of asking, found {' and '.join(others)} and listen")
    return _listen(asked, None if question.listen is True else question.listen)


def _instance_url(asked: Asked, path: str) -> str:
    """Leave a path to the probe socket; a lone instance is asked at its TCP socket."""
    if asked.written.app.probe_socket:
        return path
    tcp = [s.address for s in asked.sockets if isinstance(s.address, TcpAddress)]
    if asked.instances == 1 and tcp and tcp[0].port:
        host = _local(tcp[0].host)
        return f"http://{host}:{tcp[0].port}{path}"
    raise ValueError(
        f"cannot ask {quote(path)} of an instance: it has no socket of its own; "
        "set probe_socket = true, or write 'http://host:port/path'"
    )


def _local(host: str) -> str:
    """Turn the address of all interfaces into one that can be asked; bracket IPv6."""
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        return "[::1]" if address.version == 6 else "127.0.0.1"
    return f"[{host}]" if address.version == 6 else host


def _listen(asked: Asked, port: int | None) -> ListenTarget:
    """Watch for a socket that the service opens itself: one passed to it is there from birth."""
    held = {s.address.port for s in asked.sockets if isinstance(s.address, TcpAddress)}
    if asked.sockets and (port is None or port in held):
        raise ValueError("'listen' proves nothing when usher opens the socket: ask by http or tcp")
    return ListenTarget(port)
