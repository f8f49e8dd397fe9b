"""usher runtime: a file's apps in the foreground, for containers.

This process stays in front: it prints what the apps print, passes a stop on, and ends when nothing
of the file is up any more. As pid 1 it also collects what nobody else does. The keeper is its
child, so that even its loss harms no app.
"""

import contextlib
import os
import signal
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.api.types import Forced, ServiceStatus
from usher.cli import checking
from usher.cli.console import Console
from usher.cli.follow import explain, follow
from usher.cli.printer import Printer, Style, style_of, takes_style
from usher.cli.refusing import refusal
from usher.cli.start import default_file, read, takes_environment
from usher.client import (
    Client,
    LostError,
    NotRunningError,
    UsherError,
    connect,
    ensure_running,
    usher_home,
)
from usher.config.load import split_names
from usher.model.spec import Plan

_UP: Final = ("activating", "active", "degraded", "waiting", "deactivating")

_OVER: Final = ("failed", "held", "exited", "inactive")
"""Phases after which it is asked whether anything is still up."""

_REACH: Final = 15.0
"""Seconds without any answer after which usher is taken for ended."""


class _StopAskedError(Exception):
    """SIGTERM or SIGINT came."""


def configure(parser: ArgumentParser) -> None:
    """Take a file, how lines are printed, and when to end."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="configuration file")
    parser.add_argument("--only", default="", metavar="NAMES", help="only these, comma-separated")
    parser.add_argument(
        "--no-auto-exit", action="store_true", help="go on when no app is up any more"
    )
    takes_environment(parser)
    takes_style(parser)


def run(options: Namespace, console: Console) -> int:
    """Return 0 after a stop or when all jobs are done, 4 when every app has failed."""
    loaded = read(options.file or default_file(Path.cwd()), options, console)
    plan = _only(loaded.plan, split_names(options.only))
    home, style = usher_home(options.home), style_of(options, console)
    names = tuple(spec.name for spec in plan.services)
    choice = checking.Choice(home, names, options.env, starting=True)
    if refused := refusal(checking.found_by(checking.answers(loaded, choice)), Forced()):
        raise refused
    return in_front(home, plan, style, console, auto_exit=not options.no_auto_exit)


def in_front(home: Path, plan: Plan, style: Style, console: Console, *, auto_exit: bool) -> int:
    """Run a plan in the foreground; the exit code is that of `run`."""
    _refuse_beside(connect(str(home)))
    _collect_orphans()
    since = time.time()
    with _stop_raises():
        client = ensure_running(home)
        printer = Printer(client, style, since)
        try:
            code = _serve(client, plan, printer, console, auto_exit=auto_exit)
        except _StopAskedError:
            code = ExitCode.OK
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end(client, printer, console)
    return code


def _only(plan: Plan, names: Sequence[str]) -> Plan:
    chosen = tuple(spec for spec in plan.services if not names or spec.name in names)
    if not chosen:
        raise UsherError(f"cannot run {', '.join(names)!r}: no such app", exit_code=ExitCode.USAGE)
    return Plan(services=chosen, source=plan.source, digest=plan.digest)


def _refuse_beside(client: Client) -> None:
    """One home, one usher: what runs there already is nobody's container."""
    with contextlib.suppress(NotRunningError):
        pong = client.ping()
        raise UsherError(
            f"cannot run in the foreground: usher runs already in {pong.home!r}",
            hint="give another state folder: --home FOLDER",
            exit_code=ExitCode.REFUSED,
        )


def _serve(
    client: Client, plan: Plan, printer: Printer, console: Console, *, auto_exit: bool
) -> ExitCode:
    """Start exactly what the plan says and stay until nothing of it is up."""
    names = [spec.name for spec in plan.services if spec.autostart]
    former = {each.name for each in client.services()} - {spec.name for spec in plan.services}
    if former:
        follow(client.delete(sorted(former)), console)
    frames = client.apply(plan, names)
    printer.start()
    with contextlib.suppress(LostError):  # the daemon was replaced; what was asked goes on
        report = follow(frames, console)
        if report.outcome != "done":
            explain(report, console)
    while True:
        code = _over(client.services())
        if code is not None and auto_exit:
            console.note("usher: no app is up any more")
            return code
        _until_something_ends(client)


def _over(services: Sequence[ServiceStatus]) -> ExitCode | None:
    """Return how it ended, None while anything is up."""
    if any(service.status in _UP for service in services):
        return None
    failed = [service for service in services if service.status in ("failed", "held")]
    return ExitCode.CRASHED if failed else ExitCode.OK


def _until_something_ends(client: Client) -> None:
    """Follow events until one tells of an end; the daemon may be replaced meanwhile."""
    deadline = time.monotonic() + _REACH
    while True:
        try:
            for event in client.events(lines=1, follow=True):
                if event.phase in _OVER:
                    return
                deadline = time.monotonic() + _REACH
        except (LostError, NotRunningError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _end(client: Client, printer: Printer, console: Console) -> None:
    """Stop all, print the last lines, end usher."""
    with contextlib.suppress(UsherError):  # it may have ended already
        follow(client.stop(["all"]), console)
        printer.finish()
        follow(client.kill(), console)
    deadline = time.monotonic() + _REACH
    while time.monotonic() < deadline:
        try:
            client.ping()
        except UsherError:
            return
        time.sleep(0.05)
    console.note(printable("usher: its daemon did not end in time"))


# -- signals ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def _stop_raises() -> Generator[None]:
    """Let a stop end whatever is waited for within the block."""
    before = {each: signal.signal(each, _stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: object) -> NoReturn:
    raise _StopAskedError


def _collect_orphans() -> None:
    """As pid 1, reap what has no other parent; else that is somebody's duty already."""
    if os.getpid() != 1:
        return

    def reap(_number: int, _frame: object) -> None:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    signal.signal(signal.SIGCHLD, reap)
