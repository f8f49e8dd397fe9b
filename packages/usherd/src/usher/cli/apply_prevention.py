"""usher apply-prevention: the change to a configuration file that would have kept an incident away.

It is printed as a diff for `patch` and written nowhere: people decide what their files say.
"""

import difflib
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from usher.api.exit_codes import ExitCode
from usher.api.incidents import PreventionPlan
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.cli.language import language_of, takes_language
from usher.cli.reporting import named
from usher.client import UsherError
from usher.config.amendment import amended, snippet
from usher.config.load import ConfigError, read, surroundings
from usher.incidents.wording import WORDS
from usher.model.care import Setting


class Change(NamedTuple):
    """What is to be written, and where."""

    file: str
    settings: Mapping[str, Setting]
    diff: str = ""
    """Empty: the file is a program, or written in a way that is not changed by us."""


def configure(parser: ArgumentParser) -> None:
    """Take the incident."""
    parser.add_argument("number", metavar="ID", help="as in `usher incidents`: INC-7, 7, or latest")
    takes_language(parser)


def run(options: Namespace, console: Console) -> int:
    """Print the diff; what it is good for goes to standard error."""
    client = client_of(options)
    incident = named(client.incidents(), options.number, "prevent")
    plan = client.prevention(incident.id)
    if not plan.origin:
        raise UsherError(
            f"cannot change the definition of {plan.service!r}: it is no app of this usher",
            hint=f"usher incident show {incident.id}",
            exit_code=ExitCode.USAGE,
        )
    change = change_of(plan) if plan.proposals else Change(plan.origin, {})
    if console.json:
        console.data({"incident": incident.id, **change._asdict(), "exit_code": 0})
        return ExitCode.OK
    words = WORDS[language_of(options)]
    if not plan.proposals:
        console.note(words["nothing_proposed"].format(id=incident.id))
    for each in plan.proposals:
        console.note(words[each.key])
    if change.diff:
        console.raw(change.diff)
    elif change.settings:
        console.note(words["by_hand"].format(app=plan.service, file=change.file))
        console.print(snippet(change.settings))
    return ExitCode.OK


def change_of(plan: PreventionPlan) -> Change:
    """Work out the change. Raises UsherError where the file cannot be read."""
    file, _, line = plan.origin.rpartition(":")
    if not line.isdecimal():
        file, line = plan.origin, "0"
    settings = {key: value for each in plan.proposals for key, value in each.settings.items()}
    written = {f"usher.{key}": value for key, value in settings.items()} if plan.pm2 else settings
    path = Path(file)
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsherError(f"cannot read {file!r}: {error}", exit_code=ExitCode.USAGE) from error
    new = amended(text, path.suffix, int(line), written)
    if new is None or not _is_good(path, new):
        return Change(file, written)
    # Bare names: `patch` takes no absolute ones.
    diff = difflib.unified_diff(
        text.splitlines(keepends=True), new.splitlines(keepends=True), path.name, path.name
    )
    return Change(file, written, "".join(diff))


def _is_good(path: Path, text: str) -> bool:
    """Whether the new text is a configuration file: a setting may stand there in another way."""
    try:
        read(str(path), text.encode(), surroundings(path.parent))
    except ConfigError:
        return False
    return True
