"""All commands, and the parser that knows them."""

import difflib
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from usher.api.exit_codes import ExitCode
from usher.cli import (
    check,
    completion,
    delete,
    describe,
    events,
    jlist,
    kill,
    logs,
    ping,
    restart,
    resurrect,
    save,
    start,
    stop,
    version,
    wait,
)
from usher.cli import list as list_
from usher.cli.command import Command

COMMANDS: Final[tuple[Command, ...]] = (
    start.COMMAND,
    stop.COMMAND,
    restart.COMMAND,
    delete.COMMAND,
    list_.COMMAND,
    describe.COMMAND,
    logs.COMMAND,
    events.COMMAND,
    wait.COMMAND,
    check.COMMAND,
    ping.COMMAND,
    save.COMMAND,
    resurrect.COMMAND,
    kill.COMMAND,
    jlist.COMMAND,
    completion.COMMAND,
    version.COMMAND,
)

_EPILOG: Final = """\
exit codes: 0 ok, 1 usage or configuration, 2 refused, 3 not ready, 4 crashed, 5 timeout
USHER_HOME (or --home) selects the state folder; it is ~/.usher when neither is given."""


class Parser(ArgumentParser):
    """argparse with our exit code and grammar for mistakes."""

    def error(self, message: str) -> NoReturn:
        """End with 1: argparse's own 2 means "refused" here."""
        self.exit(ExitCode.USAGE, f"usher: cannot run: {message}\n  -> {self.prog} --help\n")


def parse(argv: Sequence[str]) -> Namespace:
    """Read the command line; ends the process with 1 on a mistake, with 0 after --help."""
    parser = build()
    word = next((word for word in argv if not word.startswith("-")), "")
    options = parser.parse_args(_checked(parser, argv, word))
    if options.command is None:
        parser.print_help(sys.stderr)
        parser.exit(ExitCode.USAGE)
    return options


def build() -> Parser:
    """Build the whole parser (also what completion scripts are made of)."""
    parser = Parser(
        prog="usher",
        description="Starts services, keeps them running, and proves that they work.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_common(parser, home=None, json=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name,
            aliases=command.aliases,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            allow_abbrev=False,
        )
        # SUPPRESS: an option before the command is not undone by its absence behind it.
        _add_common(sub, home=SUPPRESS, json=SUPPRESS)
        command.configure(sub)
        sub.set_defaults(run=command.run, parser=parser)
    return parser


def _add_common(parser: ArgumentParser, *, home: Any, json: Any) -> None:
    parser.add_argument(
        "--home", metavar="FOLDER", default=home, help="state folder ($USHER_HOME, ~/.usher)"
    )
    parser.add_argument(
        "--json", action="store_true", default=json, help="write JSON to standard output"
    )


def _checked(parser: Parser, argv: Sequence[str], word: str) -> Sequence[str]:
    """Name the nearest command for a word that is none: argparse would list all."""
    known = [name for command in COMMANDS for name in (command.name, *command.aliases)]
    is_home = bool(word) and "--home" in argv[: argv.index(word)]
    if word and word not in known and not is_home:
        close = difflib.get_close_matches(word, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else "usher --help"
        parser.exit(ExitCode.USAGE, f"usher: cannot run {word!r}: no such command\n  -> {hint}\n")
    return argv
