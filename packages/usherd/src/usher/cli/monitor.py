"""usher monitor: what runs against what should, once or again and again."""

import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from usher.alerts import findings, telling
from usher.alerts.telling import Moment
from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.api.types import Drift
from usher.cli import guarding
from usher.cli.console import Console
from usher.cli.start import default_file, read, takes_environment
from usher.client import NotRunningError, UsherError, connect, usher_home
from usher.guard import drift
from usher.guard.drift import Scene
from usher.host.programs import app_of
from usher.host.sightings import sightings
from usher.model.alert import Alert, AlertPlan
from usher.model.finding import Finding
from usher.model.guard import App

SHORTEST: Final = 1.0
"""Seconds between two looks."""


def configure(parser: ArgumentParser) -> None:
    """Take a file and how often to look."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="whose apps should all run")
    takes_environment(parser)
    often = parser.add_mutually_exclusive_group()
    often.add_argument("--once", action="store_true", help="look once; exit code 6 for findings")
    often.add_argument("--continuous", action="store_true", help="until Ctrl-C (the default)")
    parser.add_argument(
        "--interval",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="between two looks (default: 30)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not SHORTEST <= seconds <= 86400:
        raise ArgumentTypeError(f"{text!r} is no number of seconds from {SHORTEST:g} to 86400")
    return seconds


def run(options: Namespace, console: Console) -> int:
    """Look once and end with 6 when something is found, or tell news until Ctrl-C."""
    declared = _declared(options, console)
    if options.once:
        found = _look(options, declared)
        _show(found, console)
        return ExitCode.FINDINGS if found else ExitCode.OK
    for news in _watch(options, declared):
        for alert in news:
            _tell(alert, console)
    return ExitCode.OK


def _declared(options: Namespace, console: Console) -> tuple[App, ...]:
    """List the apps that should run: of the file, if one is given or lies here."""
    file: str | None = options.file
    if file is None:
        try:
            file = default_file(Path.cwd())
        except UsherError:
            return ()
    plan = read(file, options, console).plan
    return tuple(app_of(spec, spec.env) for spec in plan.services if spec.autostart)


def _look(options: Namespace, declared: Sequence[App]) -> list[Finding]:
    try:
        seen = connect(options.home).drift()
    except NotRunningError:
        return _without_daemon(usher_home(options.home), declared)
    return _with_declared(seen, declared)


def _with_declared(seen: Drift, declared: Sequence[App]) -> list[Finding]:
    """Add what should run and was never started, which only the file tells."""
    unknown = [app for app in declared if app.name not in seen.services]
    nothing = any(each.code == drift.NOTHING_RUNS.code for each in seen.findings)
    return [*([] if nothing else drift.never_started(unknown)), *seen.findings]


def _without_daemon(home: Path, declared: Sequence[App]) -> list[Finding]:
    """Judge what can be seen from outside."""
    setting = guarding.setting(home)
    known = [*declared, *setting.bound]
    scene = Scene(str(home), (), tuple(declared))
    return drift.judge(scene, sightings(known, setting.rules), setting)


def _watch(options: Namespace, declared: Sequence[App]) -> Iterator[Sequence[Alert]]:
    book: findings.Book = {}
    desk, plan = telling.Desk(), AlertPlan()
    due = time.monotonic()
    while True:
        now = time.time()
        book, sights = findings.look(book, _look(options, declared), now)
        desk, messages = telling.advance(desk, sights, plan, Moment(now))
        yield [each.alert for each in messages if each.alert is not None]
        # From the time it was due, so that looks do not drift apart by what each takes.
        due = max(due + options.interval, time.monotonic())
        time.sleep(due - time.monotonic())


def _show(found: Sequence[Finding], console: Console) -> None:
    if console.json:
        code = ExitCode.FINDINGS if found else ExitCode.OK
        console.data({"findings": list(found), "exit_code": int(code)})
        return
    for finding in found:
        hint = f" ({finding.hint})" if finding.hint else ""
        line = f"{finding.severity}  {finding.code}  {finding.message}{hint}"
        console.print(printable(line))
    if not found:
        console.print("everything that should run does, and nothing else of it")


def _tell(alert: Alert, console: Console) -> None:
    if console.json:
        console.data(alert)
        return
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(alert.last_seen))
    hint = f" ({alert.suggested})" if alert.suggested and alert.state == "open" else ""
    console.print(printable(f"{at}  {alert.state}  {alert.rule}  {alert.evidence}{hint}"))
