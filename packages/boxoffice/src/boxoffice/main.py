"""Composition root: one command, and a module of a front end for each thing it does."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn, Protocol, cast

from boxoffice import __version__
from boxoffice.cli import Subparsers

USAGE_ERROR = 1
REFUSED = 2
INTERRUPTED = 130  # as the shell reports a death by SIGINT


class Command(Protocol):
    """What the module of a command offers."""

    def add_parser(self, subparsers: Subparsers, /) -> None:
        """Add the subcommand with its options."""
        ...

    def run(self, args: argparse.Namespace, /) -> int:
        """Do it; the value is the exit code."""
        ...


@dataclass(frozen=True)
class Entry:
    """Where a command lives, and its line in the summary."""

    module: str
    summary: str


COMMANDS = {
    "database": Entry("cli.database", "run the embedded PostgreSQL in the foreground"),
    "serve": Entry("http.command", "serve the page and the API over HTTP"),
    "load": Entry("cli.load", "load workbooks, targets and notes from a folder"),
    "upload": Entry("cli.upload", "import workbooks, telling how far it is"),
    "watch": Entry("cli.watch", "import workbooks that are put into a folder"),
    "purge": Entry("cli.purge", "take away snapshots that were replaced or deleted long ago"),
    "demo": Entry("cli.demo", "load an invented season, to look around in"),
    "views": Entry("cli.views", "export the figures as CSV files"),
    "user": Entry("cli.user", "make the first administrator, look after users"),
    "token": Entry("cli.token", "make, list and revoke the tokens of scripts"),
    "db": Entry("cli.db", "bring the database's tables and views up to date"),
}
"""By name. A module is imported only when its command is called: the summary of all of them needs
no database driver and no web server."""


class _Parser(argparse.ArgumentParser):
    """argparse, with the exit code that all our commands use for wrong usage."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE_ERROR, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = next((word for word in words if not word.startswith("-")), None)
    command = load_command(name) if name in COMMANDS else None
    args = build_parser(command).parse_args(words)
    if command is None:
        build_parser().print_help(sys.stderr)
        return USAGE_ERROR
    return _run(command, args)


def load_command(name: str) -> Command:
    """The module of one subcommand."""
    module = import_module(f"boxoffice.{COMMANDS[name].module}")
    return cast("Command", module)  # import_module cannot know what is in it


def build_parser(*loaded: Command | None) -> argparse.ArgumentParser:
    """The whole command line; the options of a subcommand only where its module is loaded."""
    parser = _Parser(prog="boxoffice", description="A performing-arts company's sales data server.")
    parser.add_argument("--version", action="version", version=f"boxoffice {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="command", parser_class=_Parser)
    for command in loaded:
        if command:
            command.add_parser(subparsers)
    for name, entry in COMMANDS.items():
        if name not in subparsers.choices:
            subparsers.add_parser(name, help=entry.summary)
    return parser


def _run(command: Command, args: argparse.Namespace) -> int:
    from boxoffice.database import DatabaseError  # not for --help

    try:
        return command.run(args)
    except DatabaseError as error:
        print(f"boxoffice {args.command}: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
