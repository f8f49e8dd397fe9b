"""The gate before every start: whoever asks for one, it comes by here before a process exists.

Rules and evidence are read anew each time, so that a plan that was accepted under other rules is
judged by those that hold now. What cannot be read refuses; `usher.guard` judges.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import msgspec

from usher.config import guard_file
from usher.guard import bindings, overrides, roles, rules
from usher.host import identity
from usher.host.programs import app_of, file_of, folders_of
from usher.model.finding import Finding
from usher.model.guard import App, Override, Rules
from usher.model.spec import Plan, ServiceSpec
from usher.runtime import budgets
from usher.runtime.guard_memory import GuardMemory

OUTLINE_LIMIT: Final = 10.0
"""Seconds in which a bound file must say what its apps run."""

_OUTPUT_LIMIT: Final = 1024 * 1024

RunHelper: TypeAlias = Callable[..., Awaitable[Mapping[str, object]]]


class Known(NamedTuple):
    """A definition with the values of its variables."""

    spec: ServiceSpec
    env: Mapping[str, str]
    up: bool = False
    """Whether it is wanted up already."""


class Declared(NamedTuple):
    """All that concerns a definition: where roles are declared, and what the host shows."""

    rules: tuple[Rules, ...]
    faults: tuple[Finding, ...]
    gone: tuple[str, ...]
    host: roles.HostRole


class Outline(NamedTuple):
    """A configuration file as it is now; the digest is empty where it cannot be used."""

    apps: tuple[App, ...] = ()
    digest: str = ""


class Gate:
    """One a daemon. `known` lists every definition in force; `run` runs a program apart."""

    def __init__(self, home: Path, known: Callable[[], Iterable[Known]], run: RunHelper) -> None:
        self._home = str(home)
        self._known = known
        self._run = run
        self.memory = GuardMemory(home / "state")
        self.role = self.declared_in().host.role
        """Of this host, as it was known when something was judged last; for the record."""
        self._outlines: dict[str, tuple[object, Outline]] = {}

    async def judge(self, asked: Sequence[Known], now: float) -> list[Finding]:
        """Say what stands against starting these, overrides that hold at `now` (wall) left out."""
        return overrides.standing(await self.found(asked), self.memory.overrides, now)

    async def found(self, asked: Sequence[Known], beside: Sequence[Known] = ()) -> list[Finding]:
        """Say what stands against starting these.

        `beside`: further definitions that come with them and are not in force yet.
        """
        found = [
            finding
            for group in _by_rules(asked)
            for finding in await self._judge_group(group, beside)
        ]
        contracts = [finding for each in asked for finding in self._contract(each)]
        return [*found, *contracts, *budgets.refusals(asked, self._up())]

    async def refusals(self, asked: Known, now: float) -> tuple[str, ...]:
        """Say in sentences why one service must not start; nothing: it may."""
        found = await self.judge([asked], now)
        return tuple(each.message for each in found if each.severity == "error")

    def declared(self, specs: Sequence[ServiceSpec]) -> Declared:
        """Read what is declared for definitions under the same rules, and look at the host."""
        own = () if specs[0].guard is None else (specs[0].guard,)
        return self.declared_in(folders_of(specs[0]), own, [spec.name for spec in specs])

    def declared_in(
        self, folders: Sequence[str] = (), own: Sequence[Rules] = (), services: Sequence[str] = ()
    ) -> Declared:
        """Read what is declared in these folders, and for the host in any case."""
        folders = [*identity.guard_folders(self._home), *folders]
        read = guard_file.find(folders)
        everything = (*read.rules, *own)
        here = {*(each.source for each in everything), *(each.file for each in read.faults)}
        gone = self.memory.gone(services, folders, here, guarded=bool(everything))
        files = identity.role_files(self._home)
        evidence = identity.look(roles.sources(everything, files), os.environ)
        return Declared(everything, read.faults, gone, roles.decide(everything, evidence, files))

    async def setting(self) -> bindings.Setting:
        """Read what is declared for anything that is defined, and for the host."""
        specs = [each.spec for each in self._known()]
        folders = list(dict.fromkeys(folder for spec in specs for folder in folders_of(spec)))
        own = {spec.guard.source: spec.guard for spec in specs if spec.guard is not None}
        found = self.declared_in(folders, tuple(own.values()))
        return bindings.Setting(found.rules, found.host, await self._bound(found.rules))

    def crowded(self, asked: Sequence[Known]) -> str:
        """Say why these must not be reloaded beside themselves; empty: there is room."""
        return budgets.crowded(asked, self._up())

    def _up(self) -> Iterator[Known]:
        return (each for each in self._known() if each.up)

    def grant(self, given: Iterable[Override], now: float) -> None:
        """Let these overrides hold; those whose time is over are forgotten."""
        self.memory.grant(given, now)

    async def _judge_group(self, group: Sequence[Known], others: Sequence[Known]) -> list[Finding]:
        """`others`: definitions that are not in force yet."""
        declared = self.declared([each.spec for each in group])
        self.role = declared.host.role or self.role
        apps = [app_of(each.spec, each.env) for each in group]
        names = {app.name for app in apps}
        self.memory.remember(names, [each.source for each in declared.rules])
        setting = bindings.Setting(declared.rules, declared.host, await self._bound(declared.rules))
        # Where nobody declared anything, which is common, no other app has to be looked at.
        beside = self._beside(apps, others) if bindings.is_declared(apps, setting) else []
        return [
            *rules.unreadable(apps, declared.faults),
            *rules.missing(apps, declared.gone),
            *bindings.judge(apps, setting, beside),
            *roles.contrary_findings(declared.host),
        ]

    def _contract(self, asked: Known) -> list[Finding]:
        """Hold the values that the app would be given against what it says that it needs."""
        if not asked.spec.env_contract:
            return []
        from usher.guard import env  # most apps declare no contract, and few daemons need its words
        from usher.guard.checks import mode
        from usher.guard.definition import Definition

        spec = msgspec.structs.replace(asked.spec, env={**asked.env})
        app = Definition(spec, file_of(spec))
        produces = mode.production(app, "", self.role)
        holding = {self.role, env.PRODUCTION} if produces else {self.role}
        found = env.judge_contract(app, frozenset(holding))
        # What may be absent at the next boot is there now.
        return [
            msgspec.structs.replace(each, message=f"cannot start {each.app!r}: {each.message}")
            for each in found
            if each.severity == "error"
        ]

    def _beside(self, apps: Sequence[App], others: Sequence[Known]) -> list[App]:
        """Describe all other apps of the files that define `apps`."""
        names, files = {app.name for app in apps}, {app.file for app in apps} - {""}
        return [
            app_of(each.spec, each.env)
            for each in (*others, *self._known())
            if file_of(each.spec) in files and each.spec.name not in names
        ]

    async def _bound(self, everything: Iterable[Rules]) -> tuple[App, ...]:
        """Describe the apps of every file that `[files]` names and that is there."""
        paths = dict.fromkeys(path for each in everything for path in bindings.bound_files(each))
        if not paths:
            return ()  # gather would wait for the next turn of the loop even for nothing
        outlined = await asyncio.gather(*(self.outline(path) for path in paths))
        return tuple(app for each in outlined for app in each.apps)

    async def outline(self, path: str) -> Outline:
        """Describe a configuration file, which is read again when it has changed."""
        try:
            about = os.stat(path)  # noqa: PTH116 (a thousandth of a request; Path costs three)
        except OSError:
            return Outline()
        signature = (about.st_mtime_ns, about.st_size, about.st_ino)
        kept = self._outlines.get(path)
        if kept is None or kept[0] != signature:
            self._outlines[path] = (signature, await self._read_outline(path))
        return self._outlines[path][1]

    async def _read_outline(self, path: str) -> Outline:
        done = await self._run(
            [sys.executable, "-m", "usher.config.outline", path],
            env=dict(os.environ),
            cwd=str(Path(path).parent),
            timeout=OUTLINE_LIMIT,
            max_output=_OUTPUT_LIMIT,
        )
        try:
            # A program may print what it likes before: the last line is ours.
            plan = msgspec.json.decode(str(done["output"]).strip().rpartition("\n")[2], type=Plan)
        except (KeyError, msgspec.DecodeError):
            return Outline()
        return Outline(tuple(app_of(spec, spec.env) for spec in plan.services), plan.digest)


def _by_rules(asked: Sequence[Known]) -> list[list[Known]]:
    """Gather what is judged under the same rules: the same file, or the same folders."""
    if len(asked) == 1:
        return [[*asked]]
    groups: dict[object, list[Known]] = {}
    for each in asked:
        key = (tuple(folders_of(each.spec)), each.spec.guard and each.spec.guard.source)
        groups.setdefault(key, []).append(each)
    return list(groups.values())
