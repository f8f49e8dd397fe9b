"""usher describe: everything that is known of one app."""

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from usher.api.text import age, printable, size
from usher.api.types import InstanceStatus, ServiceStatus
from usher.cli.command import client_of
from usher.cli.console import Console


def configure(parser: ArgumentParser) -> None:
    """Take one name."""
    parser.add_argument("name", metavar="NAME", help="name of an app")


def run(options: Namespace, console: Console) -> int:
    """Print the app; values of its environment that look secret come masked."""
    service = client_of(options).service(options.name)
    if console.json:
        console.data(service)
        return 0
    for line in _lines(service):
        console.print(printable(line))
    return 0


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
        count = len(service.env_drift)
        yield f"env drift: {count} variables ({', '.join(service.env_drift)})"
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
        "restarts": str(instance.restarts),
        "next try": "" if instance.next_try is None else f"in {age(instance.next_try)}",
        "memory": "" if instance.memory is None else size(instance.memory),
        "connections": _connections(instance),
    }
    for label, value in facts.items():
        if value:
            yield f"  {label:<12}{value}"
    for finding in instance.findings:
        yield f"  problem     {finding.code}: {finding.message}"
        yield f"  {'':<12}-> {finding.hint}"
    for probe in instance.probes:
        state = {None: "not asked yet", True: "passes", False: "fails"}[probe.ok]
        last = f": {probe.last}" if probe.last else ""
        yield f"  probe {probe.name} ({probe.scope}) {state}, {probe.in_row} in a row{last}"


def _connections(instance: InstanceStatus) -> str:
    """Say how many database connections it holds, of how many it may."""
    if instance.connections is None:
        return ""
    most = instance.connections_limit
    return f"{instance.connections} of {most}" if most is not None else str(instance.connections)
