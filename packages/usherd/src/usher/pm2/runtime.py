"""pm2-runtime, pm2-docker and pm2-dev: PM2's programs for the foreground, as `usher runtime`.

pm2-dev restarts when files change; the others are for containers. They end with 0 after a stop, or
when everything has ended as wanted, and with PM2's 2 when no app is up although it should be.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from usher.api.exit_codes import ExitCode
from usher.cli import printer, runtime
from usher.cli.console import Console
from usher.config.load import ConfigError, Loaded, is_config_file, load_pm2_script
from usher.pm2 import apps, helptext
from usher.pm2.commands import RUNTIME
from usher.pm2.main import FAILED, handled
from usher.pm2.overrides import overrides_of
from usher.pm2.parse import UsageError, Words, parse_for
from usher.pm2.session import Session
from usher.pm2.voice import Voice, wants_color

NONE_IS_UP: Final = 2


def main(program: str, argv: Sequence[str]) -> int:
    """Run an app, or the apps of a file, until they or a signal end it."""
    words = list(argv[1:] if argv[:1] == ["start"] else argv)
    try:
        read = parse_for(RUNTIME, words)
    except UsageError as error:
        sys.stderr.write(f"\n  error: {error}\n\n")
        return FAILED
    if program == "pm2-dev":
        read = _developing(read)
    voice = Voice(silent=False, color=wants_color(refused=read.flag("no-color")))
    session = Session(read, voice, os.environ, Path.cwd())
    return handled(_run, session)


def _developing(words: Words) -> Words:
    given = {"watch": True, "formatted": True, **words.given}
    if words.flag("ignore"):
        given["ignore-watch"] = words.value("ignore")
    return words._replace(given=given)


def _run(session: Session) -> int:
    words = session.words
    if words.flag("version"):
        session.voice.answer(f"{helptext.version()}\n")
        return 0
    if words.flag("help") or not words.args:
        session.voice.answer(helptext.of(RUNTIME))
        return 0 if words.flag("help") else FAILED
    loaded = _load(session, words.args[0])
    if loaded is None:
        return FAILED
    if words.value("delay").isdecimal():
        time.sleep(int(words.value("delay")))
    console = Console(json=words.flag("json"))
    code = runtime.in_front(
        session.home, loaded.plan, _style(words), console, auto_exit=not words.flag("no-auto-exit")
    )
    return NONE_IS_UP if code == ExitCode.CRASHED else min(code, FAILED)


def _load(session: Session, target: str) -> Loaded | None:
    if target == "-" or is_config_file(target):
        return apps.load_file(session, target)
    overrides = overrides_of(session.words)
    overrides.pop("args", None)
    try:
        loaded = load_pm2_script(target, session.words.script_args, overrides)
    except ConfigError as error:
        apps.tell(session, error.findings, script=os.path.normpath(session.cwd / target))
        return None
    apps.tell(session, loaded.findings)
    return loaded


def _style(words: Words) -> printer.Style:
    if words.flag("json"):
        return printer.as_json
    if words.flag("format"):
        return printer.as_pairs
    return printer.named if words.flag("formatted") else printer.bare
