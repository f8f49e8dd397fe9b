"""Help in the shape of PM2's, from our own tables."""

from collections.abc import Iterable
from typing import Final

from usher import __version__
from usher.pm2.commands import COMMANDS, Command
from usher.pm2.options import OPTIONS, Option

COMPATIBLE: Final = "7.0.3"
"""The release of PM2 whose command line this is; scripts compare versions with it."""


def version() -> str:
    """Return the version: PM2's that is meant, and ours as build metadata (semver.org, 10)."""
    return f"{COMPATIBLE}+usher.{__version__}"


def usage() -> str:
    """Return what stands there when no command is given."""
    return (
        "usage: pm2 [options] <command>\n\n"
        "pm2 -h, --help             all available commands and options\n"
        "pm2 examples               display pm2 usage examples\n"
        "pm2 <command> -h           help on a specific command\n\n"
        "usher answers as pm2 would; docs/reference/pm2-differences.md names what it does better\n"
    )


def options() -> str:
    """Return all options and commands."""
    commands = [f"    {_shown(each):<64}{each.summary}" for each in COMMANDS]
    head = ["  Usage: pm2 [cmd] app", "", "  Options:", "", *_lines(OPTIONS)]
    return "\n".join([*head, "", "  Commands:", "", *commands, ""])


def of(command: Command) -> str:
    """Return the help of one command."""
    head = [f"  Usage: {_shown(command)}", "", f"  {command.summary}", ""]
    return "\n".join([*head, "  Options:", "", *_lines(command.options), ""])


def _shown(command: Command) -> str:
    return " ".join(part for part in ("|".join(command.names), command.usage) if part)


def _lines(known: Iterable[Option]) -> list[str]:
    return [f"    {each.usage:<48}{each.summary}".rstrip() for each in known]
