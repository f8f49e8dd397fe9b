"""What a subcommand is: the file of each one ends in a COMMAND of this shape."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import NamedTuple

from usher.cli.console import Console
from usher.client import Client, connect, ensure_running, usher_home, was_killed
from usher.config.units import Duration


class Command(NamedTuple):
    """A subcommand: how it is called, what it takes, what it does."""

    name: str
    summary: str
    configure: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Console], int]
    """Returns the exit code; raises UsherError or ConfigError."""
    aliases: tuple[str, ...] = ()


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
