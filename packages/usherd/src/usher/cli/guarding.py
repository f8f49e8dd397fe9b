"""The guard as a command sees it, before anything is asked of the daemon, or without one.

The daemon judges again by itself (`runtime/gate.py`), with its own environment and with what it
remembers; this one refuses without leaving a keeper behind.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from usher.cli import parallel
from usher.config import guard_file
from usher.config.load import ConfigError
from usher.config.outline import outline
from usher.guard import bindings, roles, rules
from usher.host import identity
from usher.host.programs import app_of, file_of, folders_of
from usher.model.finding import Finding
from usher.model.guard import App, Rules
from usher.model.spec import ServiceSpec


class Declared(NamedTuple):
    """What is declared for a definition, or for the host alone."""

    rules: tuple[Rules, ...]
    faults: tuple[Finding, ...]
    host: roles.HostRole


def declared(home: Path, folders: Sequence[str] = (), own: Iterable[Rules] = ()) -> Declared:
    """Read the guard of these folders and of the host, and look at the host."""
    read = guard_file.find([*identity.guard_folders(str(home)), *folders])
    found = (*read.rules, *{rule.source: rule for rule in own}.values())
    files = identity.role_files(str(home))
    evidence = identity.look(roles.sources(found, files), os.environ)
    return Declared(found, read.faults, roles.decide(found, evidence, files))


def setting(home: Path) -> bindings.Setting:
    """Return what apps are judged against on this host, where no file is asked about."""
    about = declared(home, (str(Path.cwd()),))
    return bindings.Setting(about.rules, about.host, _bound(about.rules))


def findings(
    specs: Sequence[ServiceSpec], home: Path, *, beside: Sequence[ServiceSpec] = (), role: str = ""
) -> list[Finding]:
    """Judge definitions of one file; `beside`: the others of it.

    `role`: as if the host had it (for CI).
    """
    if not specs:
        return []
    folders = dict.fromkeys(folder for spec in specs for folder in folders_of(spec))
    own = [spec.guard for spec in specs if spec.guard is not None]
    about = declared(home, tuple(folders), own)
    host = roles.supposed(role) if role else about.host
    apps = [app_of(spec, spec.env) for spec in specs]
    others = [app_of(spec, spec.env) for spec in beside]
    setting = bindings.Setting(about.rules, host, _bound(about.rules, (*apps, *others)))
    return [
        *rules.unreadable(apps, about.faults),
        *bindings.judge(apps, setting, others),
        *roles.contrary_findings(host),
    ]


def advice(specs: Sequence[ServiceSpec], home: Path) -> list[Finding]:
    """Say where roles ought to be declared and nobody does."""
    found: list[Finding] = []
    for file in dict.fromkeys(file_of(spec) for spec in specs):
        its = [spec for spec in specs if file_of(spec) == file]
        folders = dict.fromkeys(folder for spec in its for folder in folders_of(spec))
        about = declared(home, tuple(folders), [spec.guard for spec in its if spec.guard])
        apps = [app_of(spec, spec.env) for spec in its]
        if not bindings.is_declared(apps, bindings.Setting(about.rules, about.host)):
            beside = Path(file).parent.iterdir() if file else ()
            found += rules.undeclared(file, [path.name for path in beside])
    return found


def _bound(everything: Iterable[Rules], known: Sequence[App] = ()) -> tuple[App, ...]:
    """Describe the apps of every file that `[files]` names and that is there.

    `known`: all apps of files that were read already; to run such a file again takes long.
    """
    paths = dict.fromkeys(path for each in everything for path in bindings.bound_files(each))
    found = tuple(app for app in known if app.file in paths)
    read = {app.file for app in found}
    there = [path for path in paths if path not in read and Path(path).is_file()]
    if not there:
        return found
    return (*found, *(app for apps in parallel.each(_outlined, there) for app in apps))


def _outlined(path: str) -> tuple[App, ...]:
    try:
        return tuple(app_of(spec, spec.env) for spec in outline(path).services)
    except ConfigError:
        return ()  # it may well be unusable on a host that it is not for
