"""usher history: who changed what when, and what was in force at a time."""

from argparse import ArgumentParser, Namespace
from datetime import datetime
from pwd import getpwuid

from usher.api.text import fit, printable
from usher.api.types import AuditInForce, VersionList, VersionRecord
from usher.cli import audit
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.cli.moments import moment


def configure(parser: ArgumentParser) -> None:
    """Take a time."""
    parser.add_argument(
        "--at",
        type=lambda text: moment(text, datetime.now().astimezone()),
        metavar="TIME",
        help='what was in force then, by whom and from where ("2025-08-17 07:16", 07:16, 2h)',
    )


def run(options: Namespace, console: Console) -> int:
    """Print one line a version, newest first; with --at one a service."""
    if options.at is not None:
        return _at(options, console)
    versions = client_of(options).history()
    if console.json:
        console.data(VersionList(versions=versions))
    elif not versions:
        console.print("nothing was changed yet")
    else:
        console.print(_row("version", "time", "who", "up", "what"))
        for version in versions:
            console.print(_shown(version))
    return 0


def _at(options: Namespace, console: Console) -> int:
    held = client_of(options).audit(at=options.at, lines=1).in_force
    when = datetime.fromtimestamp(options.at).astimezone().isoformat(" ", "seconds")
    if console.json:
        console.data({"at": when, "in_force": held})
    elif not held:
        console.print(f"nothing had been asked for by {when}")
    else:
        console.print(f"in force at {when}:")
        for each in held:
            console.print(_in_force(each))
    return 0


def _in_force(held: AuditInForce) -> str:
    config = f"{held.config} (sha256 {held.digest})" if held.config else "no file"
    by = f", applied by {audit.origin(held.applied)}" if held.applied else ""
    last = held.last
    since = f"; {last.request} {held.outcome} {last.time} by {audit.origin(last)}" if last else ""
    return printable(f"  {held.service}: {config}{by}{since}")


def _shown(version: VersionRecord) -> str:
    up = f"{version.up}/{version.services}"
    return _row(str(version.n), version.time, person(version.who), up, version.what)


def _row(number: str, time: str, who: str, up: str, what: str) -> str:
    cells = [fit(number, 8), fit(time, 26), fit(printable(who), 12), fit(up, 6), printable(what)]
    return " ".join(cells).rstrip()


def person(origin: str) -> str:
    """Name the user of an origin "uid 1000", where this host knows one."""
    kind, _, number = origin.partition(" ")
    if kind != "uid" or not number.isdigit():
        return origin
    try:
        return getpwuid(int(number)).pw_name
    except KeyError:
        return origin
