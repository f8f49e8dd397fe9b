"""`usher pm2 ARGS`: reads the words, finds the command, and turns every end into 0 or 1."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from usher.client import UsherError
from usher.pm2 import helptext
from usher.pm2.commands import Command
from usher.pm2.parse import UsageError, Words, parse
from usher.pm2.processes import NotFoundError
from usher.pm2.session import Session
from usher.pm2.voice import Voice, wants_color

FAILED: Final = 1

INTERRUPTED: Final = 130


def main(argv: Sequence[str]) -> int:
    """Run one command of PM2; returns 0 or 1 (130: Ctrl-C ended the showing, nothing else)."""
    try:
        words = parse(argv)
    except UsageError as error:
        sys.stderr.write(f"\n  error: {error}\n\n")
        return FAILED
    silent = words.flag("silent") or _truthy("PM2_SILENT")
    color = wants_color(refused=words.flag("no-color"))
    session = Session(words, Voice(silent=silent, color=color), os.environ, Path.cwd())
    try:
        return _run(words, session)
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python flushes once more at its end: into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(words: Words, session: Session) -> int:
    if words.flag("version"):
        session.voice.answer(f"{helptext.version()}\n")
        return 0
    if words.command is None:
        if words.name:
            session.voice.fail("Command not found")
        session.voice.answer(helptext.options() if words.flag("help") else helptext.usage())
        return 0 if words.flag("help") else FAILED
    if words.flag("help"):
        session.voice.answer(helptext.of(words.command))
        return 0
    if words.command.instead:
        session.voice.error(f"cannot {words.command.name}: {words.command.instead}")
        return FAILED
    return handled(_handler(words.command), session)


def handled(handler: Callable[[Session], int], session: Session) -> int:
    """Run a handler; say why it failed and return 1."""
    try:
        return handler(session)
    except NotFoundError as error:
        if error.loud:
            session.voice.error(str(error))
        else:
            session.voice.notice(str(error))
    except UsherError as error:
        session.voice.error(str(error), details=error.details, hint=error.hint)
    return FAILED


def _handler(command: Command) -> Callable[[Session], int]:
    module, _, function = command.handler.partition(":")
    found = getattr(import_module(f"usher.pm2.{module}"), function or "run")
    return cast("Callable[[Session], int]", found)


def _truthy(name: str) -> bool:
    return os.environ.get(name, "") not in ("", "false", "0")
