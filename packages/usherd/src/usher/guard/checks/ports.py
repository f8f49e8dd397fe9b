"""Ports: is each one free, does it belong to one app only, and do probes ask it?

What an app listens on is known from its sockets, its PORT and the options of its words. A PORT
that only the caller's shell supplied says nothing about the app.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from usher.guard import command_line
from usher.guard.code import Code
from usher.guard.definition import Definition
from usher.model.facts import Listener, Machine, Running
from usher.model.finding import Finding
from usher.model.spec import ProbeReady, ProbeSpec, TcpAddress
from usher.model.target import HttpTarget, ListenTarget, TcpTarget

TAKEN: Final = Code(
    "port.taken",
    "error",
    "The port is taken",
    "Another process listens on the port of the app, which can then not open it.",
    "End that process, or give the app another port.",
    forceable=True,
)
TAKEN_BY_SERVICE: Final = Code(
    "port.taken_by_service",
    "error",
    "The port belongs to another service of usher",
    "A service that usher runs already listens there: under another name it may be the same app.",
    "Stop that service, or give the app another port.",
)
SHARED: Final = Code(
    "port.shared",
    "error",
    "Two apps want the same port",
    "Whichever starts second cannot open it, or gets a share of the other's connections.",
    "Give one of them another port.",
    forceable=True,
)
SAME_FOR_INSTANCES: Final = Code(
    "port.same_for_instances",
    "warning",
    "Several instances open the same port themselves",
    "Outside of Node's cluster each instance opens the port itself, and only the first succeeds.",
    "Let usher hold the port (`sockets`), run Node in cluster mode, or count the port up by "
    "instance (`increment_var`).",
)
PRIVILEGED: Final = Code(
    "port.privileged",
    "error",
    "The port needs a privilege",
    "Ports below 1024 (net.ipv4.ip_unprivileged_port_start) are only for root and for programs "
    "with CAP_NET_BIND_SERVICE.",
    "Take a higher port behind a proxy, or lower that setting of the kernel.",
    forceable=True,
)
PROBE_MISMATCH: Final = Code(
    "port.probe_mismatch",
    "warning",
    "A probe asks a port that the app does not listen on",
    "The probe can never pass: it would accuse a healthy app, or wait for readiness for ever.",
    "Ask the port that the app listens on, or ask its own probe socket by a path alone.",
)

CODES: Final = (TAKEN, TAKEN_BY_SERVICE, SHARED, SAME_FOR_INSTANCES, PRIVILEGED, PROBE_MISMATCH)

_LOOPBACK: Final = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0|\[::\]")
_URL: Final = re.compile(r"(?P<scheme>https?)://(?P<host>[^/:\[]+|\[[^\]]*\])(?::(?P<port>\d+))?.*")
_ADDRESS: Final = re.compile(r"(?P<host>.*):(?P<port>\d{1,5})")
_ANY: Final = ("", "0.0.0.0", "::")  # noqa: S104 (compared with, not bound)


class Wanted(NamedTuple):
    """A port that an app is going to listen on, and the key that says so."""

    port: int
    field: str
    host: str = ""


def wanted(app: Definition) -> tuple[Wanted, ...]:
    """Return the ports an app listens on, each once, as far as its definition tells."""
    found: dict[int, Wanted] = {}
    for each in _wanted(app):
        found.setdefault(each.port, each)
    return tuple(found.values())


def address(app: Definition) -> str:
    """Return the address that an app is told to listen on; empty where nothing says one.

    HOSTNAME is the name of the machine in most shells, so only addresses count.
    """
    env = app.own_env
    named = (*command_line.hosts(app.spec.argv), env.get("HOST", ""), env.get("HOSTNAME", ""))
    return next((each for each in named if _is_address(each)), "")


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return word == "localhost"
    return True


def _wanted(app: Definition) -> Iterator[Wanted]:
    for place, socket in enumerate(app.spec.sockets):
        if isinstance(socket.address, TcpAddress) and socket.address.port:
            yield Wanted(socket.address.port, f"sockets[{place}].listen", socket.address.host)
    for word in command_line.ports(app.spec.argv):
        yield Wanted(word.port, "args" if app.spec.pm2 else "command")
    named = app.own_env.get("PORT", "")
    if named.isascii() and named.isdecimal() and 0 < int(named[:6]) <= 65535:
        several = app.spec.instances if app.spec.increment_var == "PORT" else 1
        for slot in range(several):
            yield Wanted(int(named) + slot, app.variable("PORT"))


def judge(
    apps: Sequence[Definition], listeners: Iterable[Listener], machine: Machine, home: str
) -> list[Finding]:
    """Judge every app's ports against the host. `home` is the usher that would start them."""
    by_port: dict[int, list[Listener]] = {}
    for listener in listeners:
        by_port.setdefault(listener.port, []).append(listener)
    found: list[Finding] = []
    for app in apps:
        for each in wanted(app):
            taken = [it for it in by_port.get(each.port, []) if _overlap(it.host, each.host)]
            found += _taken(app, each, taken, home)
            if each.port < machine.first_free_port and not machine.is_root:
                message = f"cannot listen on port {each.port}: only root may below "
                message += str(machine.first_free_port)
                found.append(app.finding(PRIVILEGED, message, each.field))
    return found


def judge_definitions(apps: Sequence[Definition]) -> list[Finding]:
    """Judge what the definitions alone tell: ports wanted twice, and probes that ask elsewhere."""
    found = [*_shared(apps)]
    for app in apps:
        found += [*_same_for_instances(app), *_probes(app)]
    return found


def _taken(
    app: Definition, each: Wanted, listeners: Sequence[Listener], home: str
) -> Iterator[Finding]:
    for listener in listeners:
        holders = listener.holders
        ours = [it for it in holders if it.home == home]
        if any(it.service == app.spec.name for it in ours):
            return
        if other := next((it for it in ours if it.service), None):
            message = f"port {each.port} belongs to service {other.service!r} ({_who(other)})"
            yield app.finding(TAKEN_BY_SERVICE, message, each.field, f"usher stop {other.service}")
            return
        if ours:  # the keeper holds it for a service that is down: the daemon decides
            return
    if not listeners:
        return
    holder = next((it for listener in listeners for it in listener.holders), None)
    who = _who(holder) if holder else "a process of another user, which this user cannot see"
    hint = f"kill {holder.pid}, or another port" if holder else "ask as root: `sudo ss -ltnp`"
    if holder and holder.starter:
        who += f", started by {holder.starter}"
    yield app.finding(TAKEN, f"port {each.port} is taken by {who}", each.field, hint)


def _who(holder: Running) -> str:
    return f"pid {holder.pid} of user {holder.user!r}: {holder.command[:120]}"


def _overlap(one: str, other: str) -> bool:
    return one == other or one in _ANY or other in _ANY


def _shared(apps: Sequence[Definition]) -> Iterator[Finding]:
    owners: dict[int, Definition] = {}
    for app in apps:
        if not app.spec.autostart:
            continue
        for each in wanted(app):
            owner = owners.setdefault(each.port, app)
            if owner is not app:
                message = f"app {owner.name!r} wants port {each.port} too"
                yield app.finding(SHARED, message, each.field)


def _same_for_instances(app: Definition) -> Iterator[Finding]:
    spec = app.spec
    if spec.instances < 2 or spec.channel == "cluster" or spec.sockets or spec.increment_var:
        return
    for each in wanted(app):
        message = f"{spec.instances} instances open port {each.port} themselves"
        hint = "exec_mode: 'cluster', or increment_var: 'PORT'" if spec.pm2 else "use 'sockets'"
        yield app.finding(SAME_FOR_INSTANCES, message, each.field, hint)


def _probes(app: Definition) -> Iterator[Finding]:
    known = [each.port for each in wanted(app)]
    if not known:
        return
    asked = [(f"probes.{probe.name}", probe) for probe in app.spec.probes]
    if isinstance(app.spec.ready.proof, ProbeReady):
        asked.append(("ready", app.spec.ready.proof.probe))
    for field, probe in asked:
        port = _asks(probe)
        if port is not None and port not in known:
            ports = ", ".join(map(str, known))
            message = f"the probe asks port {port}, and the app listens on {ports}"
            yield app.finding(PROBE_MISMATCH, message, field, f"ask port {known[0]}")


def _asks(probe: ProbeSpec) -> int | None:
    """Return the port of this app that a probe asks; None for another's, or for its own socket."""
    if probe.scope == "dependency":
        return None
    match probe.target:
        case HttpTarget(url=url):
            where = _URL.fullmatch(url)
            default = "443" if where and where["scheme"] == "https" else "80"
        case TcpTarget(address=address):
            where, default = _ADDRESS.fullmatch(address), ""
        case ListenTarget(port=port):
            return port
        case _:
            return None
    if where is None or not _LOOPBACK.fullmatch(where["host"]):
        return None
    return int(where["port"] or default)
