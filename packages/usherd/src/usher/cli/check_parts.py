"""The parts of a check: each gathers its facts (`usher.host`) and has them judged (`usher.guard`).

Modules are loaded where they are used: a start that needs few of them does not pay for all.
"""

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from usher.config.load import Loaded
from usher.guard.definition import Definition
from usher.model.finding import Finding

if TYPE_CHECKING:
    from usher.model.facts import Folder, Package, Syntax
    from usher.model.guard import App


class Choice(NamedTuple):
    """What is to be checked, and for which host."""

    home: Path
    """State folder of the usher that would start the apps."""
    names: tuple[str, ...] = ()
    """Services; empty: all of the file."""
    env_name: str = ""
    """What --env says."""
    role: str = ""
    """Judge as if the host had this role."""
    offline: bool = False
    """The apps are for another host: this one, its network and its processes say nothing."""
    starting: bool = False
    """As part of a start: what takes long and only advises is left to `usher check`."""
    again: bool = False
    """A restart by name: what its files tell; the daemon judges variables and role."""


class Asked:
    """What is checked: the chosen apps of a file, with the others beside them."""

    def __init__(
        self,
        loaded: Loaded,
        file: tuple[Definition, ...],
        apps: tuple[Definition, ...],
        choice: Choice,
    ) -> None:
        """Take all apps of the file, and those that were chosen."""
        self.loaded = loaded
        self.file = file
        self.apps = apps
        self.choice = choice

    @property
    def home(self) -> str:
        """State folder of the usher that would start them."""
        return str(self.choice.home)

    @cached_property
    def packages(self) -> "dict[str, Package]":
        """What lies around the apps, by name; the same folder is read once."""
        from usher.host import packages

        folders = {app.spec.cwd for app in self.apps}
        found = {folder: packages.package(folder) for folder in folders}
        return {
            app.spec.name: package
            for app in self.apps
            if (package := found[app.spec.cwd]) is not None
        }

    @cached_property
    def programs(self) -> "dict[str, App]":
        """What the apps run, by name, links resolved."""
        from usher.host.programs import app_of

        return {app.spec.name: app_of(app.spec, app.spec.env) for app in self.apps}


class Part(NamedTuple):
    """One part. `on_host`: it says nothing about another host than this one."""

    name: str
    run: Callable[[Asked], list[Finding]]
    on_host: bool = True
    when_starting: bool = True
    """Whether a start waits for it; if not, it only advises."""
    again: bool = False
    """Whether it tells anything new of an app that runs, and is to be started anew."""


def chosen(asked: Asked) -> list[Part]:
    """Return the parts that apply."""
    return [
        part
        for part in PARTS
        if not (part.on_host and asked.choice.offline)
        if part.when_starting or not asked.choice.starting
        if part.again or not asked.choice.again
    ]


def _roles(asked: Asked) -> list[Finding]:
    from msgspec.structs import replace

    from usher.cli import guarding
    from usher.guard.bindings import UNKNOWN_ROLE

    specs = [app.spec for app in asked.apps]
    others = [app.spec for app in asked.file if app not in asked.apps]
    role = asked.choice.role
    found = guarding.findings(specs, asked.choice.home, beside=others, role=role)
    if not asked.choice.starting:
        found += guarding.advice(specs, asked.choice.home)
    if role or not asked.choice.offline:
        return found
    # What this host is says nothing about the one that is meant, and only a person can name it.
    hint = "--target role=ROLE"
    return [replace(each, hint=hint) if each.code == UNKNOWN_ROLE.code else each for each in found]


def _ports(asked: Asked) -> list[Finding]:
    from usher.guard.checks import ports
    from usher.host import processes, room

    wanted = {each.port for app in asked.apps for each in ports.wanted(app)}
    seen = processes.listeners(wanted) if wanted else []
    return ports.judge(asked.apps, seen, room.machine(clock=False), asked.home)


def _definitions(asked: Asked) -> list[Finding]:
    from usher.guard.checks import ports, running

    return [
        *ports.judge_definitions(asked.apps),
        *running.judge_definitions(asked.apps, asked.programs),
    ]


def _running(asked: Asked) -> list[Finding]:
    from usher.guard.checks import running
    from usher.host import beside, processes

    living = beside.find()
    scripts = {program.script for program in asked.programs.values() if "/" in program.script}
    return running.judge(
        asked.apps,
        asked.programs,
        processes.running(scripts),
        {
            app.spec.name: said
            for app in asked.apps
            for said in beside.conflicts([app.spec], living)
        },
        asked.home,
    )


def _syntax(asked: Asked) -> list[Finding]:
    from usher.cli import parallel
    from usher.guard.checks import programs
    from usher.host import interpreters

    packages = asked.packages

    def ask(app: Definition) -> "Syntax | None":
        spec = app.spec
        version = spec.name in packages and bool(packages[spec.name].engines_node)
        return interpreters.check(spec.argv, spec.cwd, spec.env, version=version)

    answers = parallel.each(ask, asked.apps, at_once=os.cpu_count() or 1)
    said = {app.spec.name: it for app, it in zip(asked.apps, answers, strict=True) if it}
    return programs.judge_syntax(asked.apps, said, packages)


def _packages(asked: Asked) -> list[Finding]:
    from usher.guard.checks import programs
    from usher.host import packages

    around = asked.packages
    if not asked.choice.starting:
        around = {name: packages.with_sources(package) for name, package in around.items()}
    built = {
        app.spec.name: packages.artefact(app.spec.cwd, name)
        for app in asked.apps
        if app.spec.name in around
        if (name := programs.built_by(app, around[app.spec.name]))
    }
    return programs.judge_packages(asked.apps, around, built)


def _scripts(asked: Asked) -> list[Finding]:
    from usher.guard.checks import programs

    return programs.judge_scripts(asked.apps, asked.packages)


def _mode(asked: Asked) -> list[Finding]:
    from usher.guard.checks import mode
    from usher.host import packages, room

    folders = {app.spec.cwd for app in asked.apps}
    sources = {folder: packages.synchronizes(folder) for folder in folders}
    return mode.judge(
        asked.apps,
        env_name=asked.choice.env_name,
        role=asked.choice.role or _role_of(asked),
        packages=asked.packages,
        folders={
            app.spec.name: [
                folder for path in app.spec.watch.paths for folder in room.folders_in(path)
            ]
            for app in asked.apps
            if app.spec.watch is not None
        },
        sources={app.spec.name: sources[app.spec.cwd] for app in asked.apps},
        stores={
            app.spec.name: packages.session_stores(app.spec.cwd)
            for app in asked.apps
            if app.spec.instances > 1 and app.spec.name in asked.packages
            if mode.SESSIONS & {*asked.packages[app.spec.name].dependencies}
        },
    )


def _role_of(asked: Asked) -> str:
    """Return the role of this host, where it is known and the apps are for it."""
    if asked.choice.offline or not asked.apps:
        return ""
    from usher.cli import guarding
    from usher.host.programs import folders_of

    host = guarding.declared(asked.choice.home, folders_of(asked.apps[0].spec)).host
    return host.role if host.standing == "known" else ""


def _commands(asked: Asked) -> list[Finding]:
    from usher.guard.checks import commands
    from usher.host import packages

    folders = {app.spec.cwd for app in asked.apps} | {str(Path(asked.loaded.plan.source).parent)}
    texts = {text.path: text for folder in sorted(folders) for text in packages.texts(folder)}
    return commands.judge(asked.apps, texts.values())


def _environment(asked: Asked) -> list[Finding]:
    from usher.guard import env
    from usher.guard.checks import mode

    role = asked.choice.role or _role_of(asked)
    found: list[Finding] = []
    for app in asked.apps:
        produces = mode.production(app, asked.choice.env_name, role)
        roles = {role} | ({env.PRODUCTION} if produces else set[str]())
        unquoted = asked.loaded.unquoted.get(app.spec.name, ())
        found += env.judge(app, frozenset(roles), frozenset(unquoted))
    return found


def _room(asked: Asked) -> list[Finding]:
    from usher.guard.checks import room as rules
    from usher.host import room

    folders: dict[tuple[str, str], Folder] = {}
    for app in asked.apps:
        user = app.spec.user and room.account(app.spec.user.uid, app.spec.user.gid)
        for path in rules.log_folders(app):
            folders[app.spec.name, path] = room.folder(path, user)
    return [
        *rules.judge_folders(asked.apps, folders, room.folder(asked.home)),
        *rules.judge_limits(asked.apps, room.machine(clock=False)),
    ]


def _modes(asked: Asked) -> list[Finding]:
    from usher.guard.checks import files
    from usher.host import room

    logs = {
        path
        for app in asked.apps
        for path in (app.spec.logs.out, app.spec.logs.err, app.spec.logs.combined)
        if path and not path.startswith("/dev/")
    }
    env = {
        source for app in asked.apps for source in app.sources.values() if source.startswith("/")
    }
    env |= {
        secret.source[0]
        for app in asked.apps
        for secret in app.spec.secrets
        if secret.kind == "file"
    }
    kinds = {asked.loaded.plan.source: "config", asked.home: "state"}
    kinds |= dict.fromkeys(sorted(logs), "log") | dict.fromkeys(sorted(env), "env")
    seen = [room.plain_file(path, kind) for path, kind in kinds.items()]
    return files.judge_modes([each for each in seen if each is not None])


def _clock(asked: Asked) -> list[Finding]:
    from usher.guard.checks import files, mode
    from usher.host import room

    seen = room.plain_file(asked.loaded.plan.source, "config")
    # A laptop's clock is its owner's concern; times in production are compared with others'.
    matters = any(mode.production(app, asked.choice.env_name) for app in asked.apps)
    return files.judge_clock([] if seen is None else [seen], room.machine(clock=matters))


def _budget(asked: Asked) -> list[Finding]:
    from usher.cli import budgeting

    specs, offline = [app.spec for app in asked.apps], asked.choice.offline
    doubled = () if offline else budgeting.doubled(asked.choice.home)
    return budgeting.findings(specs, asked.choice.home, doubled=doubled, offline=offline)


def _certificates(asked: Asked) -> list[Finding]:
    import time

    from usher.guard.checks import files
    from usher.host.certificates import certificates

    return [
        finding
        for app in asked.apps
        for finding in files.judge_certificates(
            app, certificates(app.spec.argv, app.spec.cwd, app.spec.env), time.time()
        )
    ]


def _remotes(asked: Asked) -> list[Finding]:
    import time

    from usher.cli import parallel
    from usher.guard.checks import remote as rules
    from usher.host import remote

    # What only the shell of whoever asks says is no word of the app's.
    seen = parallel.each(remote.look, [app.own_env for app in asked.apps])
    return [
        each
        for app, hosts in zip(asked.apps, seen, strict=True)
        for each in rules.judge(app, hosts, time.time())
    ]


def _alerts(asked: Asked) -> list[Finding]:
    """Check the files that say who is told; the daemon leaves one with a mistake out as a whole."""
    from msgspec.structs import replace

    from usher.config import alerts_file
    from usher.host import identity
    from usher.host.programs import folders_of
    from usher.model.finding import ADVICE, UNREADABLE

    folders = [] if asked.choice.offline else [*identity.guard_folders(asked.home)]
    folders += [folder for app in asked.apps for folder in folders_of(app.spec)]
    usual = {"error": UNREADABLE, "warning": ADVICE}
    return [
        replace(each, code=each.code or usual[each.severity])
        for each in alerts_file.find(folders).findings
    ]


ROLE: Final = "the role of the host"

PARTS: Final = (
    Part(ROLE, _roles, on_host=False),
    Part("what the definitions say together", _definitions, on_host=False),
    Part("scripts of package.json", _scripts, on_host=False, again=True),
    Part("syntax and versions", _syntax, on_host=False, again=True),
    Part("modes", _mode, on_host=False),
    Part("the environment", _environment, on_host=False),
    Part("ports", _ports),
    Part("running apps", _running),
    Part("builds and packages", _packages, again=True),
    Part("disks, memory and limits", _room, again=True),
    Part("certificates", _certificates),
    Part("the connection budget", _budget, on_host=False),
    Part("hosts that variables name", _remotes, when_starting=False),
    Part("commands beside the apps", _commands, on_host=False, when_starting=False),
    Part("file modes", _modes),
    Part("who is told of trouble", _alerts, on_host=False, when_starting=False),
    Part("the clock", _clock, when_starting=False),
)
"""All parts; roles, budget and environment have their own front (cli/guarding.py ...)."""
