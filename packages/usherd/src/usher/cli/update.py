"""usher update: run the code that is installed now, without touching an app."""

from argparse import Namespace

from usher.api.types import ServiceStatus
from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console
from usher.client import NotRunningError, usher_home
from usher.client.launch import update

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
        return 0
    after = update(client, usher_home(options.home))
    kept = running & pids(client.services())
    if console.json:
        console.data(
            {"outcome": "done", "exit_code": 0, "processes": len(running), "kept": len(kept)}
        )
    else:
        console.print(
            f"updated usher {before.version} to {after.version}: "
            f"{len(kept)} of {len(running)} processes go on as they were"
        )
    return 0


def pids(services: list[ServiceStatus]) -> set[int]:
    """Return the main processes of all instances."""
    return {each.pid for service in services for each in service.instances if each.pid is not None}
