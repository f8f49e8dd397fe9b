"""kill, ping, update: what concerns usher itself."""

import time
from contextlib import suppress
from typing import Final

from usher.client import LostError, NotRunningError
from usher.client.launch import update as take_new_code
from usher.keeper.paths import socket_path
from usher.pm2 import act, follow
from usher.pm2.act import Verb
from usher.pm2.processes import choose
from usher.pm2.session import Session

_PATIENCE: Final = 10.0
"""Seconds for daemon and keeper to end after the last app has."""


def kill(session: Session) -> int:
    """Stop and forget every app, then end daemon and keeper."""
    voice = session.voice
    found = session.processes()
    if not found:
        voice.notice("No process found")
    elif not act.perform(session, Verb.DELETE, "all", choose(found, "all")):
        return 1
    voice.say("[v] All Applications Stopped")
    try:
        pong = session.reader.ping()
    except NotRunningError:
        pong = None
    if pong is not None:
        with suppress(LostError, NotRunningError):  # all has ended, and nobody was left to say so
            if not follow.explain(follow.to_the_end(session.client.kill()), session):
                return 1
        if not _ended(session):
            return 1
    with suppress(OSError):
        session.pid_file.unlink()
    voice.say("[v] PM2 Daemon Stopped")
    return 0


def ping(session: Session) -> int:
    """Start the daemon if need be and say that it answers."""
    session.client.ping()
    session.voice.answer("{ msg: 'pong' }\n")
    return 0


def update(session: Session) -> int:
    """Let keeper and daemon take the installed code; no app is touched."""
    voice = session.voice
    voice.plain("Be sure to have the latest version installed before doing this.")
    take_new_code(session.client, session.home)
    voice.plain(">>>>>>>>>> PM2 updated")
    session.show_list()
    return 0


def _ended(session: Session) -> bool:
    """Wait until nobody answers any more."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            session.client.ping()
        except NotRunningError:
            return True
        time.sleep(0.02)
    path = socket_path(str(session.home), "usher.sock")
    session.voice.error(f"cannot see the end of usher: it still answers at {path!r}")
    return False
