"""What a subcommand is, and what several of them share."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Protocol

from usher.cli.console import Console
from usher.client import Client, connect, ensure_running, usher_home, was_killed
from usher.config.units import Duration


class Command(Protocol):
    """The module of a subcommand (usher.cli.<name>)."""

    def configure(self, parser: ArgumentParser, /) -> None:
        """Add what the command takes."""
        ...

    def run(self, options: Namespace, console: Console, /) -> int:
        """Do it and return the exit code. Raises UsherError or ConfigError."""
        ...


def client_of(options: Namespace) -> Client:
    """Return a client for the home that was asked for.

    Nothing is started, but where usher was killed (with its services or without) it comes back:
    a list that says "not running" while services run would be a lie.
    """
    home = usher_home(options.home)
    return ensure_running(home) if was_killed(home) else connect(str(home))


def takes_nothing(_parser: ArgumentParser) -> None:
    """Configure a command without arguments."""


def takes_names(parser: ArgumentParser) -> None:
    """Take names of apps, at least one."""
    parser.add_argument("names", nargs="+", metavar="NAME", help="name of an app, or all")


def takes_patience(parser: ArgumentParser) -> None:
    """Take how long to wait."""
    parser.add_argument(
        "--no-wait", action="store_true", help="return at once; the work goes on by itself"
    )
    parser.add_argument(
        "--timeout", type=seconds, metavar="TIME", help="give up waiting after, for example, 90s"
    )


def seconds(text: str) -> float:
    """Read a duration of the command line."""
    try:
        return float(Duration.parse(text))
    except ValueError as error:
        raise ArgumentTypeError(f"expected {error}") from None


def count(text: str) -> int:
    """Read a number of lines of the command line."""
    if not (text.isascii() and text.isdecimal() and int(text[:9]) <= 1_000_000):
        raise ArgumentTypeError("expected a whole number from 0 to 1000000")
    return int(text)
