"""usher update: run the code that is installed now, without touching an app."""

import time
from argparse import Namespace
from typing import Final

from usher.api.exit_codes import ExitCode
from usher.api.types import Pong, Report, ServiceStatus
from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console
from usher.client import Client, LostError, NotRunningError, UsherError
from usher.keeper.paths import keeper_program

_PATIENCE: Final = 20.0
"""Seconds for the new daemon to answer."""

_POLL: Final = 0.02

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Return when keeper and daemon run the new code; say how many processes were kept."""
    client = client_of(options)
    try:
        before, running = client.ping(), pids(client.services())
    except NotRunningError:
        if console.json:
            console.data({"outcome": "done", "exit_code": 0, "detail": "usher was not running"})
        else:
            console.print("usher is not running: nothing to update")
        return ExitCode.OK
    report = _ask(client)
    after = _until_new(client, before)
    kept = running & pids(client.services())
    if console.json:
        console.data(report)
    else:
        console.print(
            f"updated usher {before.version} to {after.version}: "
            f"{len(kept)} of {len(running)} processes go on as they were"
        )
    return report.exit_code


def _ask(client: Client) -> Report:
    # The program of this command: it may be another installation than the one that runs.
    return client.update(keeper_program())


def _until_new(client: Client, before: Pong) -> Pong:
    """Wait for an answer of another daemon than the one that was there."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            pong = client.ping()
        except (LostError, NotRunningError):
            pong = before
        if pong.daemon.pid != before.daemon.pid:
            return pong
        time.sleep(_POLL)
    raise UsherError(
        f"cannot see the new daemon: none answers after {_PATIENCE:g} s",
        hint=f"apps go on; the reason stands in {before.home}/logs/daemon.log",
        exit_code=ExitCode.TIMEOUT,
    )


def pids(services: list[ServiceStatus]) -> set[int]:
    """Return the main processes of all instances."""
    return {each.pid for service in services for each in service.instances if each.pid is not None}
