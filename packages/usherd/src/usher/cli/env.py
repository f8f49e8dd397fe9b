"""usher env: the environment of an app, masked."""

import sys
from argparse import ArgumentParser, Namespace

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.client import UsherError


def configure(parser: ArgumentParser) -> None:
    """Take whose environment, and which value a person wants to see."""
    parser.add_argument("name", metavar="NAME", help="name of an app")
    parser.add_argument(
        "--reveal", metavar="KEY", help="show this one value, on a terminal only; it is recorded"
    )


def run(options: Namespace, console: Console) -> int:
    """Print one line a variable; values that may be secrets are never among them."""
    client = client_of(options)
    if options.reveal:
        if not sys.stdout.isatty() or console.json:
            raise UsherError(
                f"cannot reveal {options.reveal!r}: standard output is no terminal",
                hint="a value that is read by a program belongs into `env_file` or `secrets`",
                exit_code=ExitCode.REFUSED,
            )
        console.raw(printable(client.reveal(options.name, options.reveal)) + "\n")
        return ExitCode.OK
    env = client.service(options.name).env
    if console.json:
        console.data(env)
    else:
        for name, value in env.items():
            console.print(printable(f"{name}: {value}"))
    return ExitCode.OK
