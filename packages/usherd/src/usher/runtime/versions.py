"""What was wanted, version by version: who changed what when, and the way back.

Each request that changes definitions or what is wanted up leaves one file `versions/<n>` of one
line, ``<crc32, 8 hex digits> <json>``; the last KEPT are kept. A file that was cut by a power loss
is passed over: it never was the only place of a state (that is the journal).
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from usher.model import events as ev
from usher.model.spec import RemoteSpec, ServiceSpec
from usher.model.world import World
from usher.policy import status
from usher.runtime import files, lines

log = logging.getLogger(__name__)

KEPT: Final = 10

_NAMED: Final = 3
"""Services that a sentence names; the rest is counted."""


class Desired(msgspec.Struct, frozen=True):
    """Definitions in order of their first mention (environments by digest), and which are up.

    A service in `slots` is up with these slots only: the others were stopped singly.
    """

    services: tuple[ServiceSpec, ...] = ()
    up: tuple[str, ...] = ()
    slots: dict[str, tuple[int, ...]] = {}
    remotes: tuple[RemoteSpec, ...] = ()

    def spec(self, name: str) -> ServiceSpec | None:
        """Find a definition."""
        return next((each for each in self.services if each.name == name), None)


class Version(msgspec.Struct, frozen=True):
    """One change. `at` is wall time in seconds, `who` an origin ("uid 0"), `what` a sentence."""

    n: int
    at: float
    who: str
    what: str
    desired: Desired


class Way(msgspec.Struct, frozen=True):
    """What has to be asked for to come from one state to another, and nothing else."""

    stop: tuple[str, ...]
    park: dict[str, tuple[int, ...]]
    """Single slots to stop of services that stay up."""
    delete: tuple[str, ...]
    define: tuple[ServiceSpec, ...]
    start: tuple[str, ...]
    slots: dict[str, tuple[int, ...]]
    """Services of `start` of which only these slots are meant."""
    dismiss: tuple[str, ...] = ()
    """Remotes that are watched no more ..."""
    watch: tuple[RemoteSpec, ...] = ()
    """... and those that are, or otherwise."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every service that is touched."""
        defined = [spec.name for spec in self.define]
        return tuple(dict.fromkeys((*self.stop, *self.park, *self.delete, *defined, *self.start)))


class Versions:
    """Owner of the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = files.private_folder(folder)
        self._versions = sorted(_read(folder), key=lambda version: version.n)

    def all(self) -> list[Version]:
        """List what is kept, oldest first."""
        return list(self._versions)

    def find(self, n: int) -> Version | None:
        """Return version `n`, if it is kept."""
        return next((each for each in self._versions if each.n == n), None)

    def record(self, desired: Desired, *, at: float, who: str, what: str) -> None:
        """Keep `desired` as the newest version, unless it is what the newest one says."""
        last = self._versions[-1] if self._versions else None
        if desired == (last.desired if last else Desired()):
            return
        version = Version(last.n + 1 if last else 1, at, who, what, desired)
        path = self._folder / f"{version.n:09d}"
        try:
            files.write_atomically(path, lines.seal(msgspec.json.encode(version)))
        except OSError as error:
            # A disk that is full keeps nobody from stopping or starting an app.
            log.warning("cannot keep version %d: %s", version.n, error.strerror)
            return
        self._versions.append(version)
        while len(self._versions) > KEPT:
            (self._folder / f"{self._versions.pop(0).n:09d}").unlink(missing_ok=True)


def _read(folder: Path) -> Iterator[Version]:
    for path in folder.iterdir():
        if path.name.isdigit():
            body = lines.unseal(path.read_bytes())
            if body is not None:
                yield msgspec.json.decode(body, type=Version)


def desired(world: World) -> Desired:
    """Return what is wanted now."""
    saved = status.saved(world)
    return Desired(saved.services, saved.up, saved.slots, saved.remotes)


def way(present: Desired, target: Desired) -> Way:
    """Find what leads from `present` to `target`; nothing that is right already is touched."""
    names = {spec.name for spec in target.services}
    changed = tuple(spec for spec in target.services if present.spec(spec.name) != spec)
    both = set(present.up) & set(target.up)
    partly = {name for name in both if present.slots.get(name) != target.slots.get(name)}
    start = tuple(name for name in target.up if name not in present.up or name in partly)
    return Way(
        stop=tuple(name for name in present.up if name in names and name not in target.up),
        park={
            spec.name: tuple(set(range(spec.instances)) - set(target.slots[spec.name]))
            for spec in target.services
            if spec.name in partly and spec.name in target.slots
        },
        delete=tuple(spec.name for spec in present.services if spec.name not in names),
        define=changed,
        start=start,
        slots={name: target.slots[name] for name in start if name in target.slots},
        dismiss=tuple(
            each.name
            for each in present.remotes
            if each.name not in {other.name for other in target.remotes}
        ),
        watch=tuple(each for each in target.remotes if each not in present.remotes),
    )


def differences(present: Desired, target: Desired) -> list[str]:
    """Say in one line each what `way` changes. Values of variables are never shown."""
    steps = way(present, target)
    said = [f"- {name}: deleted" for name in steps.delete]
    for spec in steps.define:
        before = present.spec(spec.name)
        if before is None:
            said.append(f"+ {spec.name}: defined{' and started' * (spec.name in steps.start)}")
        else:
            fields = ", ".join(_changed(before, spec))
            said.append(f"~ {spec.name}: {fields}")
    fresh = {spec.name for spec in steps.define if present.spec(spec.name) is None}
    said += [f"~ {name}: started" for name in steps.start if name not in fresh]
    said += [f"~ {name}: stopped" for name in steps.stop]
    said += [f"~ {name}: instances {list(slots)} stopped" for name, slots in steps.park.items()]
    said += [f"- {name}: watched no more" for name in steps.dismiss]
    said += [f"~ {each.name}: watched as it was defined then" for each in steps.watch]
    return said


def _changed(before: ServiceSpec, after: ServiceSpec) -> Iterator[str]:
    """Name the fields that differ, with both values where they are short and no secret."""
    for field in ServiceSpec.__struct_fields__:
        old, new = getattr(before, field), getattr(after, field)
        if old == new or field == "origin":
            continue
        if field in ("env", "env_digest"):
            yield "environment"
        elif isinstance(new, (int, str, bool)) and isinstance(old, (int, str, bool)):
            yield f"{field} {old!r} -> {new!r}"
        else:
            yield field


def sentence(event: ev.Request) -> str:
    """Say what a request asks for, as people typed it: "stop api, worker"."""
    match event:
        case ev.PlanChanged():
            specs = (*event.services, *event.remotes)
            names = [spec.name for spec in specs] or list(event.start)
            verb = "define" if specs else "start"
        case ev.Dismiss():
            verb, names = "delete", list(event.remotes)
        case ev.Shutdown():
            return "kill"
        case ev.Scale():
            return f"scale {event.service} to {event.instances}"
        case ev.OnServices():
            verb, names = type(event).__name__.lower(), list(event.services)
        case _:
            return type(event).__name__.lower()
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{verb} {', '.join(names[:_NAMED])}{more}"
