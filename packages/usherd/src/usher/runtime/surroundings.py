"""Environment and command line of a process: what its definition says, and what we add.

What we add never replaces a value of the definition, except for what names the process itself.
"""

import hashlib
import stat
import uuid
from pathlib import Path
from typing import Any, Final

from usher.model.events import Key
from usher.model.spec import NotifyReady, ServiceSpec
from usher.model.target import WatchdogTarget
from usher.runtime import runs

_OF_ANOTHER: Final = ("NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE", "NODE_UNIQUE_ID")
"""Said by Node to a child of its own. Where the caller is one, they came along; they would make
Node take a descriptor for a channel that is something else here."""

DRAIN_MODULE: Final = Path(__file__).with_name("drain.cjs")


def environment(
    spec: ServiceSpec, values: dict[str, str], key: Key, run: str, instance: int
) -> dict[str, str]:
    """Return the environment of run `run`; `instance` is its pm_id."""
    env = {name: value for name, value in values.items() if name not in _OF_ANOTHER}
    if spec.pm2 is not None:
        env.setdefault("pm_id", str(instance))
        env.setdefault("unique_id", _unique_id(run, key.slot))
    env[runs.MARKER] = run
    env[spec.instance_var] = str(key.slot)
    increment(spec, env, key.slot)
    if spec.channel != "none":
        env["NODE_CHANNEL_SERIALIZATION_MODE"] = "json"
    if spec.channel == "cluster":
        env["NODE_UNIQUE_ID"] = str(key.slot + 1)  # cluster.worker.id, which begins with 1
    return env


def argv(spec: ServiceSpec) -> list[str]:
    """Return the command line, with what Node is told beside what its user wrote."""
    maps = ["--enable-source-maps"] if spec.pm2 is not None and spec.pm2.source_maps else []
    module = ["--require", str(DRAIN_MODULE)] if _loads_drain_module(spec) else []
    return [spec.argv[0], *maps, *module, *spec.argv[1:]]


def _loads_drain_module(spec: ServiceSpec) -> bool:
    """Whether Node loads a module of ours before a cluster worker's program.

    Not where the service's user may not read it, nor under Node's permission model: the program
    would not start at all.
    """
    if spec.channel != "cluster" or not spec.stop.say_close or Path(spec.argv[0]).name != "node":
        return False
    if any(word.startswith(("--permission", "--experimental-permission")) for word in spec.argv):
        return False
    return spec.user is None or _is_public(DRAIN_MODULE)


def _is_public(path: Path) -> bool:
    """Whether everybody may read a file."""
    folders = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return folders and bool(path.stat().st_mode & stat.S_IROTH)


def channel(spec: ServiceSpec) -> dict[str, Any] | None:
    """Return `channel` of a SpawnSpec."""
    return None if spec.channel == "none" else {"mode": spec.channel, "owner": spec.name}


def _unique_id(run: str, slot: int) -> str:
    """Name a slot for all its restarts and reloads; PM2 has a random UUID there."""
    name = f"{run.rsplit(':', 2)[0]}:{slot}"
    return str(uuid.UUID(bytes=hashlib.blake2b(name.encode(), digest_size=16).digest(), version=4))


def increment(spec: ServiceSpec, env: dict[str, str], slot: int) -> None:
    """Let the variable `increment_var` of an instance grow with its slot."""
    first = env.get(spec.increment_var, "")
    if first.isascii() and first.isdecimal():
        env[spec.increment_var] = str(int(first) + slot)


def notify_variables(spec: ServiceSpec, path: str) -> dict[str, str]:
    """Return what sd_notify(3) and sd_watchdog_enabled(3) look for, where it is asked for."""
    within = [each.target.within for each in spec.probes if isinstance(each.target, WatchdogTarget)]
    if not (within or isinstance(spec.ready.proof, NotifyReady)):
        return {}
    watchdog = {"WATCHDOG_USEC": str(round(min(within) * 1_000_000))} if within else {}
    return {"NOTIFY_SOCKET": path, **watchdog}
