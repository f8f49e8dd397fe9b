"""Prints what the apps of a configuration file run: for the guard, which compares programs.

    python -m usher.config.outline FILE

A file may be a program, so the daemon has the keeper run this apart. No value of a variable but
PORT is printed.
"""

import sys
from pathlib import Path

import msgspec

from usher.config.load import ConfigError, load
from usher.model.spec import Plan, ServiceSpec


def outline(path: str) -> Plan:
    """Read a file and leave out what may be secret. Raises ConfigError."""
    plan = load(Path(path)).plan
    return msgspec.structs.replace(plan, services=tuple(map(_outlined, plan.services)))


def _outlined(spec: ServiceSpec) -> ServiceSpec:
    env = {name: value for name, value in spec.env.items() if name == "PORT"}
    return ServiceSpec(
        spec.name,
        spec.argv,
        spec.cwd,
        env,
        label=spec.label,
        sockets=spec.sockets,
        pm2=spec.pm2 and msgspec.structs.replace(spec.pm2, shown={}),
        origin=spec.origin,
        role=spec.role,
    )


def main() -> int:
    """Print the plan as one line of JSON; nothing for a file that cannot be used."""
    try:
        plan = outline(sys.argv[1])
    except ConfigError:
        return 1
    sys.stdout.write(msgspec.json.encode(plan).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
