"""All commands, and the parser that knows them."""

import difflib
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, cast

from usher.api.exit_codes import ExitCode

if TYPE_CHECKING:
    from usher.cli.command import Command


class Entry(NamedTuple):
    """How a command is called; what it takes and does stands in usher.cli.<name>."""

    name: str
    summary: str
    aliases: tuple[str, ...] = ()


COMMANDS: Final = (
    Entry("start", "start a file's apps, or known apps by name"),
    Entry("stop", "stop apps; they stay in the list"),
    Entry("restart", "restart apps, one instance after the other"),
    Entry("reload", "replace apps by a new generation without losing a request"),
    Entry("scale", "have more or fewer instances of an app"),
    Entry("delete", "stop apps and forget them", ("del",)),
    Entry("list", "show all apps", ("ls", "status", "l", "ps")),
    Entry("describe", "show everything about one app", ("desc", "show", "info")),
    Entry("logs", "show the output of apps", ("log",)),
    Entry("flush", "empty the log files of apps"),
    Entry("reload-logs", "open all log files anew", ("reloadLogs",)),
    Entry("events", "show what happened, with times"),
    Entry("wait", "wait until apps are ready or stopped"),
    Entry("verify", "prove that running apps work"),
    Entry("check", "check a configuration file"),
    Entry("probe", "ask a set of questions once, of any host"),
    Entry("diagnose", "say why apps failed, or what a log says of it"),
    Entry("budget", "add up database connections against what the servers have"),
    Entry("drill", "bring faults about in an app of usher's own, and measure what usher does"),
    Entry("ping", "show who answers: daemon and keeper"),
    Entry("doctor", "say whether usher itself is set up as it should be"),
    Entry("save", "keep the present list for resurrect"),
    Entry("resurrect", "bring back the saved list"),
    Entry("incidents", "show what went wrong, and how long each took"),
    Entry("incident", "write the report of an incident; look after it, close it"),
    Entry("apply-prevention", "show the change to a file that would have kept an incident away"),
    Entry("alert", "show who is told of trouble; mute, test, acknowledge"),
    Entry("metrics", "write what is measured and counted, for collectors of metrics"),
    Entry("graph", "show memory, processor time and answers of apps over time"),
    Entry("history", "show who changed what when"),
    Entry("role", "show which role this host has and why, or pin it"),
    Entry("audit", "show who asked for what, from where"),
    Entry("undo", "go back to what was wanted before"),
    Entry("monitor", "tell what runs and should not, and what should and does not"),
    Entry("monit", "show the list live, with what happens"),
    Entry("env", "show the environment of an app, masked; compare environments"),
    Entry("facts", "write what is compared of this host and its apps"),
    Entry("compare", "show what differs between two hosts"),
    Entry("pid", "print process ids"),
    Entry("signal", "send a signal to apps"),
    Entry("set", "set a value by key, as pm2 set does"),
    Entry("get", "show a value that was set"),
    Entry("unset", "forget a value that was set"),
    Entry("conf", "show every value that was set"),
    Entry("ecosystem", "write a sample configuration file"),
    Entry("runtime", "run a file's apps in the foreground, for containers"),
    Entry("adopt", "take over what a living PM2 runs"),
    Entry("id", "print ids of instances"),
    Entry("update", "run newly installed code; no app is touched"),
    Entry("startup", "have the host start usher at boot"),
    Entry("unstartup", "take that back"),
    Entry("kill", "stop everything and end usher"),
    Entry("jlist", "print the list as JSON in PM2's shape"),
    Entry("shim", "write a `pm2` command that is usher"),
    Entry("completion", "print a completion script for a shell"),
    Entry("version", "show the version"),
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
    word = _command_word(argv)
    entry = next((each for each in COMMANDS if word in (each.name, *each.aliases)), None)
    if word and entry is None:
        _refuse(word)
    parser = build(COMMANDS if entry is None or entry.name == "completion" else (entry,))
    options = parser.parse_args(argv)
    if options.command is None:
        parser.print_help(sys.stderr)
        parser.exit(ExitCode.USAGE)
    return options


def build(entries: Sequence[Entry]) -> Parser:
    """Build the parser for these commands; the modules of others are not loaded."""
    parser = Parser(
        prog="usher",
        description="Starts services, keeps them running, and proves that they work.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_common(parser, home=None, json=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for entry in entries:
        sub = commands.add_parser(
            entry.name,
            aliases=entry.aliases,
            help=entry.summary,
            description=f"{entry.summary[0].upper()}{entry.summary[1:]}.",
            allow_abbrev=False,
        )
        # SUPPRESS: an option before the command is not undone by its absence behind it.
        _add_common(sub, home=SUPPRESS, json=SUPPRESS)
        command = cast("Command", import_module(f"usher.cli.{entry.name.replace('-', '_')}"))
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


def _command_word(argv: Sequence[str]) -> str:
    """Return the first word that is neither an option nor the value of --home."""
    before = ""
    for word in argv:
        if not word.startswith("-") and before != "--home":
            return word
        before = word
    return ""


def _refuse(word: str) -> NoReturn:
    """Name the nearest command: argparse would list all of them."""
    known = [name for entry in COMMANDS for name in (entry.name, *entry.aliases)]
    close = difflib.get_close_matches(word, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "usher --help"
    Parser().exit(ExitCode.USAGE, f"usher: cannot run {word!r}: no such command\n  -> {hint}\n")
