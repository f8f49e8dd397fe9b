"""usher ping: who answers."""

from argparse import Namespace

from usher.api.text import age
from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Print daemon and keeper with pid and uptime; exit code 3 when nothing answers."""
    pong = client_of(options).ping()
    if console.json:
        console.data(pong)
        return 0
    console.print(f"usher {pong.version} in {pong.home}")
    console.print(f"daemon  pid {pong.daemon.pid}, up {age(pong.daemon.uptime)}")
    if pong.keeper is None:
        console.print("keeper  is being started")
    else:
        console.print(f"keeper  pid {pong.keeper.pid}, up {age(pong.keeper.uptime)}")
    if pong.safe_mode:
        console.print("safe mode: the daemon crashed often; it acts only when told to")
    return 0
