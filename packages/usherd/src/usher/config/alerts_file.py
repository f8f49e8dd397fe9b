"""Reads `usher.alerts.toml`: who is told of trouble, and when.

Several files may be in force: their channels add up, and of everything else the first one that says
something holds. A file with a mistake is left out as a whole, and every mistake is a finding.
"""

import os
from collections.abc import Iterable
from pathlib import PurePath
from typing import Annotated, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta

from usher.config import command
from usher.config.check import Path, Report, quote, read_table
from usher.config.document import parse_toml
from usher.config.review import Review
from usher.config.schema import Name, Table, VariableName, Words
from usher.config.small_file import read_small
from usher.config.units import Interval
from usher.model.alert import (
    AlertPlan,
    Apprise,
    Channel,
    Command,
    Given,
    Quiet,
    Way,
    Webhook,
    webhook_fault,
)
from usher.model.finding import Finding
from usher.model.incident import Severity
from usher.model.language import Language

ALERTS_FILE: Final = "usher.alerts.toml"

TimeOfDay: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="a time of day such as '09:30'"),
]


class Source(Table, frozen=True):
    """A text that stands somewhere else: exactly one of the four."""

    file: str | None = None
    env: VariableName | None = None
    command: Words | None = None
    credential: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$")] | None = None


class ChannelTable(Table, frozen=True):
    """`channels.NAME`: exactly one of `url`, `webhook` and `command`."""

    url: str | Source | None = None
    webhook: str | Source | None = None
    secret: str | Source | None = None
    command: Words | None = None
    severity: Severity | None = None
    language: Language | None = None


class QuietTable(Table, frozen=True):
    """`quiet`: hours in which only the urgent is told."""

    begin: TimeOfDay
    end: TimeOfDay
    urgent: Severity | None = None


class Alerts(Table, frozen=True):
    """The whole file."""

    language: Language | None = None
    repeat: list[Interval] | None = None
    quiet: QuietTable | None = None
    digest: TimeOfDay | None = None
    channels: dict[Name, ChannelTable] = msgspec.field(default_factory=dict)


class Part(NamedTuple):
    """What one file says, and what there is to say about it."""

    path: str
    channels: tuple[Channel, ...] = ()
    repeat: tuple[float, ...] | None = None
    quiet: Quiet | None = None
    digest: int | None = None
    findings: tuple[Finding, ...] = ()


class Found(NamedTuple):
    """What is in force, and what is wrong."""

    plan: AlertPlan = AlertPlan()
    files: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def find(folders: Iterable[str]) -> Found:
    """Read the file of every folder that has one."""
    paths = [f"{folder.rstrip('/')}/{ALERTS_FILE}" for folder in dict.fromkeys(folders)]
    return join([part for part in map(read_file, paths) if part is not None])


def read_file(path: str) -> Part | None:
    """Read one file; None when there is none."""
    found = read_small(path, "alerts file", owned=True)
    if found is None:
        return None
    if isinstance(found, Finding):
        return Part(path, findings=(found,))
    part = read_bytes(path, found.data)
    if found.mode & 0o044 and any(map(_holds_secret, part.channels)):
        message = "others may read this file, and an address in it may be a secret"
        hint = f"chmod 600 {path}, or url = {{ file = '...' }}"
        told = Finding(message, file=path, hint=hint, severity="warning")
        part = part._replace(findings=(*part.findings, told))
    return part


def read_bytes(path: str, data: bytes) -> Part:
    """Read the text of the file at `path`."""
    document = parse_toml(path, data)
    if isinstance(document, Finding):
        return Part(path, findings=(document,))
    review = Review(path, document.positions)
    written = read_table(Alerts, document.tree, (), review.report) or Alerts()
    channels = tuple(
        Channel(
            name=name,
            way=_way(table, ("channels", name), PurePath(path).parent, review.report),
            severity=table.severity or "minor",
            language=table.language or written.language or "en",
        )
        for name, table in written.channels.items()
    )
    if written.repeat == [] and not review.failed(("repeat",)):
        review.report(("repeat",), "there is no pause in it", "repeat = ['30m', '6h']")
    if review.findings:
        return Part(path, findings=review.findings)
    return Part(
        path,
        channels,
        None if written.repeat is None else tuple(map(float, written.repeat)),
        None if written.quiet is None else _quiet(written.quiet),
        None if written.digest is None else _minutes(written.digest),
    )


def join(parts: Iterable[Part]) -> Found:
    """Put files together; the name of a channel belongs to the first that has it."""
    channels: dict[str, Channel] = {}
    findings: list[Finding] = []
    plan, files = AlertPlan(), list[str]()
    repeat, quiet, digest = None, None, None
    for part in parts:
        files.append(part.path)
        findings += part.findings
        for channel in part.channels:
            if channels.setdefault(channel.name, channel) != channel:
                message = f"another file has a channel {quote(channel.name)} already: it is used"
                hint = "give it another name"
                told = Finding(message, file=part.path, hint=hint, severity="warning")
                findings.append(told)
        repeat, quiet = repeat or part.repeat, quiet or part.quiet
        digest = part.digest if digest is None else digest
    plan = AlertPlan(tuple(channels.values()), repeat or plan.repeat, quiet, digest)
    return Found(plan, tuple(files), tuple(findings))


def _way(table: ChannelTable, at: Path, folder: PurePath, report: Report) -> Way:
    given = [key for key in ("url", "webhook", "command") if getattr(table, key) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        report(at, f"expected one of url, webhook and command, found {found}", "")
    if table.secret is not None and table.webhook is None:
        report((*at, "secret"), "only a webhook is signed", "remove it, or write webhook = ...")
    if table.command is not None:
        return Command(_words(table.command, (*at, "command"), report))
    if table.webhook is not None:
        secret = table.secret
        return Webhook(
            _address(table.webhook, (*at, "webhook"), folder, report, ("http", "https")),
            None if secret is None else _given(secret, (*at, "secret"), folder, report),
        )
    return Apprise(_address(table.url or "", (*at, "url"), folder, report, ()))


def _address(
    written: str | Source, at: Path, folder: PurePath, report: Report, schemes: tuple[str, ...]
) -> Given:
    """Build an address; no message shows it: its path is mostly a secret."""
    if isinstance(written, str) and written:
        scheme, found, _ = written.partition("://")
        if not found:
            report(at, "cannot use this value: expected an address such as 'slack://...'", "")
        elif schemes and scheme not in schemes:
            hint = "write url = ... for what is no http or https address"
            report(at, f"cannot use an address of scheme {quote(scheme)} here", hint)
        elif schemes and (fault := webhook_fault(written)):
            report(at, f"cannot use this address: {fault}", "")
    return _given(written, at, folder, report)


def _given(written: str | Source, at: Path, folder: PurePath, report: Report) -> Given:
    if isinstance(written, str):
        return Given("text", (written,))
    match written:
        case Source(file=str(path), env=None, command=None, credential=None):
            return Given("file", (os.path.normpath(folder / path),))
        case Source(file=None, env=str(name), command=None, credential=None):
            return Given("env", (name,))
        case Source(file=None, env=None, command=None, credential=str(name)):
            return Given("credential", (name,))
        case Source(file=None, env=None, credential=None, command=str() | list() as words):
            return Given("command", _words(words, (*at, "command"), report))
        case _:
            report(at, "expected exactly one of file, env, command and credential", "")
            return Given("text", ("",))


def _words(words: str | list[str], at: Path, report: Report) -> tuple[str, ...]:
    try:
        found = command.split(words)
    except ValueError as error:
        report(at, str(error), "")
        return ()
    if not found:
        report(at, "there is no command in it", "")
    return found


def _holds_secret(channel: Channel) -> bool:
    match channel.way:
        case Apprise(url=url):
            return url.kind == "text"
        case Webhook(url=url, secret=secret):
            return url.kind == "text" or (secret is not None and secret.kind == "text")
        case Command():
            return False


def _quiet(written: QuietTable) -> Quiet:
    return Quiet(_minutes(written.begin), _minutes(written.end), written.urgent or "critical")


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
