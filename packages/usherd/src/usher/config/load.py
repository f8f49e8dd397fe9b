"""Reads configuration files into a Plan, or says everything that is wrong with them."""

import hashlib
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import NamedTuple

import msgspec

from usher.config.app import Choice, Surroundings
from usher.config.document import SIZE_LIMIT, STDIN, Document, has_suffix, is_config_file, parse
from usher.config.javascript.evaluate import EnvRead
from usher.config.native import read_native
from usher.config.pm2.ecosystem import is_native
from usher.config.pm2.file import Pm2File, read_pm2, read_script
from usher.model.finding import SYNTAX, UNREADABLE, WRITABLE, Finding
from usher.model.spec import Plan

__all__ = [
    "Choice",
    "ConfigError",
    "Loaded",
    "has_suffix",
    "is_config_file",
    "load",
    "load_pm2_file",
    "load_pm2_script",
    "split_names",
]


ALL = Choice()
"""Every app of a file, as it stands there."""


class ConfigError(Exception):
    """A file cannot be used: all findings, in the order of the file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Take at least one finding."""
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class Loaded(NamedTuple):
    """What a file says: the apps that can be started, and what there is to say about it."""

    plan: Plan
    findings: tuple[Finding, ...] = ()
    """Warnings; in PM2's form also errors, whose apps are not in the plan."""
    reads: tuple[EnvRead, ...] = ()
    """Variables of the caller's environment that a program looked at."""
    sources: Mapping[str, Mapping[str, str]] = {}
    """Service -> variable -> "shell", "env", "env_production", the path of an env file ..."""
    unquoted: Mapping[str, tuple[str, ...]] = {}
    """Service -> variables that the file has as numbers or booleans."""
    deploy: Mapping[str, object] = {}
    """The `deploy` section of PM2's form, as written."""
    lines: Mapping[str, Mapping[str, int]] = {}
    """App -> key as a person writes it ("env.PORT") -> line; "" stands for the app itself."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that keep apps out of the plan."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


def load(path: FilePath, choice: Choice = ALL) -> Loaded:
    """Read a file with the environment of this process. Raises ConfigError.

    A file of usher's own form is good as a whole or refused; of PM2's form every good app is
    returned, and it is refused when there is none.
    """
    if str(path) == STDIN:
        data = sys.stdin.buffer.read(SIZE_LIMIT + 1)
        return read(STDIN, data, surroundings(FilePath.cwd()), choice)
    absolute = FilePath(os.path.normpath(FilePath.cwd() / path))
    try:
        with absolute.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
            anybody_writes = bool(os.fstat(file.fileno()).st_mode & stat.S_IWOTH)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        finding = Finding(f"cannot read the file: {reason}", file=str(path), code=UNREADABLE)
        raise ConfigError([finding]) from None
    loaded = read(str(path), data, surroundings(absolute.parent), choice)
    return _told_who_writes(loaded, str(path), absolute) if anybody_writes else loaded


def _told_who_writes(loaded: Loaded, name: str, absolute: FilePath) -> Loaded:
    """A file says what is executed: one that anybody may change is said, and refused for root."""
    message, hint = "anybody may change this file", f"chmod o-w {absolute}"
    if os.geteuid() == 0:
        refusal = f"cannot use it as root: {message}"
        raise ConfigError([Finding(refusal, file=name, hint=hint, code=WRITABLE)])
    warning = Finding(message, file=name, hint=hint, severity="warning", code=WRITABLE)
    return loaded._replace(findings=(*loaded.findings, warning))


def load_pm2_file(
    path: str,
    only: Sequence[str] = (),
    env: str = "",
    overrides: Mapping[str, object] | None = None,
) -> Loaded:
    """Read a file as `pm2 start FILE --only ... --env ...` does; "-" reads JSON from stdin.

    `overrides` are PM2's fields from the command line. Raises ConfigError.
    """
    return load(FilePath(path), Choice(tuple(only), env, overrides or {}, compat=True))


def load_pm2_script(
    script: str, args: Sequence[str] = (), overrides: Mapping[str, object] | None = None
) -> Loaded:
    """Read `pm2 start SCRIPT ... -- ARGS`; `overrides` are PM2's fields from the command line.

    Raises ConfigError, with PM2's name of the field that is wrong.
    """
    app = {"script": script, **(overrides or {})}
    if args:
        app["args"] = list(args)
    return concluded(read_script(app, surroundings(FilePath.cwd())), Plan(()))


def split_names(text: str) -> tuple[str, ...]:
    """Split what `--only` takes: names between commas or blanks."""
    return tuple(text.replace(",", " ").split())


def surroundings(folder: FilePath) -> Surroundings:
    """Return what a file in `folder` means to this process."""
    cpus = len(os.sched_getaffinity(0)) or os.cpu_count() or 1
    # A copy: each look into os.environ itself encodes and decodes, for every app.
    return Surroundings(folder, dict(os.environ), cpus, FilePath.cwd())


def read(name: str, data: bytes, around: Surroundings, choice: Choice = ALL) -> Loaded:
    """Read the bytes of a file called `name` (for its format and for messages)."""
    around = around._replace(elsewhere=choice.elsewhere)
    document = parse(name, data, around, choice.env_name)
    if isinstance(document, Finding):
        raise ConfigError([msgspec.structs.replace(document, code=SYNTAX)])
    source = str(around.folder / FilePath(name).name)
    plan = Plan((), source, _digest(data, document))
    if document.is_program or not is_native(document.tree):
        around = around._replace(set_by_file=document.changed)
        try:
            loaded = concluded(read_pm2(name, document, around, choice), plan)
        except RecursionError:
            finding = Finding("a value is nested too deeply", file=name, code=SYNTAX)
            raise ConfigError([finding]) from None
        return loaded._replace(reads=document.reads)
    found = read_native(name, document, around, source)
    if found.findings:
        raise ConfigError(found.findings)
    return Loaded(
        msgspec.structs.replace(plan, services=found.services, remotes=found.remotes),
        sources={one.name: one.env_sources for one in found.services},
        lines=found.lines,
        unquoted=found.unquoted,
    )


def concluded(file: Pm2File, plan: Plan) -> Loaded:
    """Put the apps of a file of PM2's form into a plan. Raises ConfigError when none is good."""
    if file.findings and not file.services and any(f.severity == "error" for f in file.findings):
        raise ConfigError(file.findings)
    services = tuple(msgspec.structs.replace(one, guard=file.guard) for one in file.services)
    plan = msgspec.structs.replace(plan, services=services, remotes=file.remotes)
    unquoted = {one.name: one.pm2.unquoted for one in services if one.pm2}
    return Loaded(plan, file.findings, (), file.sources, unquoted, file.deploy, file.lines)


def _digest(data: bytes, document: Document) -> str:
    """Tell definitions apart: a program may say something else without a change of its text."""
    said = msgspec.json.encode(document.tree) if document.is_program else b""
    return hashlib.sha256(data + said).hexdigest()
