"""usher describe: everything that is known of one app."""

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator

from usher.api.figures import connections, latency, memory
from usher.api.text import age, counted, printable
from usher.api.types import InstanceStatus, ProbeStatus, RemoteStatus, ServiceStatus
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.client import ProblemError


def configure(parser: ArgumentParser) -> None:
    """Take one name."""
    parser.add_argument("name", metavar="NAME", help="name of an app or a remote")


def run(options: Namespace, console: Console) -> int:
    """Print the app; values of its environment that look secret come masked."""
    client = client_of(options)
    try:
        found = client.service(options.name)
    except ProblemError as error:
        remotes = [each for each in client.remotes() if each.name == options.name]
        if not remotes:
            raise error from None
        found = remotes[0]
    if console.json:
        console.data(found)
        return 0
    for line in _remote_lines(found) if isinstance(found, RemoteStatus) else _lines(found):
        console.print(printable(line))
    return 0


def _remote_lines(remote: RemoteStatus) -> Iterator[str]:
    yield f"{remote.name}: {remote.status} for {age(remote.since)} (watched, not run by usher)"
    next_try = "" if remote.next_try is None else f" in {age(remote.next_try)}"
    rows = {
        "reason": remote.detail,
        "defined in": remote.origin,
        "depends on": ", ".join(remote.depends_on),
        "done": ", ".join(remote.done),
        "next": f"{remote.next_step}{next_try}" if remote.next_step else "",
    }
    for label, value in rows.items():
        if value:
            yield f"  {label:<12}{value}"
    yield from _probe_lines(remote.probes)


def _lines(service: ServiceStatus) -> Iterator[str]:
    ready = f"{service.ready} of {service.instances_wanted} ready"
    state = f"{service.status} ({ready}, wanted {service.want})"
    yield f"{service.name}: {state}"
    rows = {
        "reason": service.detail,
        "kind": service.kind,
        "namespace": service.namespace,
        "command": shlex.join(service.argv),
        "folder": service.cwd,
        "defined in": service.origin,
        "depends on": ", ".join(f"{name} ({until})" for name, until in service.depends_on.items()),
        "addresses": ", ".join(service.addresses),
        "output": service.out_log,
        "errors": service.err_log,
    }
    for label, value in rows.items():
        if value:
            yield f"  {label:<12}{value}"
    for instance in service.instances:
        yield from _instance_lines(service.name, instance)
    if service.env_drift:
        differing = counted(len(service.env_drift), "variable")
        yield f"env drift: {differing} ({', '.join(service.env_drift)})"
    if service.env:
        yield "environment"
        for name, value in sorted(service.env.items()):
            yield f"  {name}={value}"


def _instance_lines(name: str, instance: InstanceStatus) -> Iterator[str]:
    phase = f"{instance.phase}, ready" if instance.ready else instance.phase
    yield f"{name}:{instance.slot}  {phase}"
    facts = {
        "reason": instance.detail,
        "last result": instance.result,
        "pid": "" if instance.pid is None else str(instance.pid),
        "uptime": "" if instance.uptime is None else age(instance.uptime),
        "restarts": f"{instance.restarts} ({instance.restarts_recent} within its window)"
        if instance.restarts
        else "0",
        "next try": "" if instance.next_try is None else f"in {age(instance.next_try)}",
        "memory": "" if instance.memory is None else memory(instance),
        "connections": connections(instance, of=" of "),
        "last error": f"{instance.last_fault} at {instance.last_fault_at}"
        if instance.last_fault
        else "",
    }
    for label, value in facts.items():
        if value:
            yield f"  {label:<12}{value}"
    for finding in instance.findings:
        yield f"  problem     {finding.code}: {finding.message}"
        yield f"  {'':<12}-> {finding.hint}"
    yield from _probe_lines(instance.probes)


def _probe_lines(probes: Iterable[ProbeStatus]) -> Iterator[str]:
    for probe in probes:
        state = {None: "not asked yet", True: "passes", False: "fails"}[probe.ok]
        last = f": {probe.last}" if probe.last else ""
        took = f" (p50/p95 {latency(probe)})" if latency(probe) else ""
        yield f"  probe {probe.name} ({probe.scope}) {state}, {probe.in_row} in a row{took}{last}"
