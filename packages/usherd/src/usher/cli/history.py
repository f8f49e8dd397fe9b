"""usher history: who changed what when."""

from argparse import Namespace
from pwd import getpwuid

from usher.api.text import fit, printable
from usher.api.types import VersionList, VersionRecord
from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Print one line a version, newest first."""
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
