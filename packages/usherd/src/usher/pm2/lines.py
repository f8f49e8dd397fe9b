"""send, attach: lines for the standard input of one process."""

import sys
import threading
import time

from usher.api.text import safe_line
from usher.client import ProblemError
from usher.pm2.processes import NotFoundError, Process
from usher.pm2.session import Session


def send(session: Session) -> int:
    """Write one line to the process with this id."""
    number, line = session.words.args[:2]
    process = _of(session, number)
    if not process.pid:
        raise NotFoundError(f"Error: Process with ID <{number}> offline.", loud=True)
    if process.pm2_env.exec_mode == "cluster_mode":
        raise NotFoundError("Error: Cannot send line to processes in cluster mode", loud=True)
    session.client.write([f"id:{process.pm_id}"], line)
    session.show_list()
    return 0


def attach(session: Session) -> int:
    """Pass on what is typed, and show what the process prints; Ctrl-C ends the showing."""
    process = _of(session, session.words.args[0])
    names = [f"id:{process.pm_id}"]
    # From this moment on, so that the answer to the first line is not missed.
    printed = session.client.logs(names, since=time.time(), follow=True)
    threading.Thread(target=_pass_on, args=(session, names), daemon=True).start()
    for line in printed:
        session.voice.answer(f"{safe_line(line.line) if session.voice.color else line.line}\n")
    return 0


def _pass_on(session: Session, names: list[str]) -> None:
    for line in sys.stdin:
        try:
            session.client.write(names, line.rstrip("\n"))
        except ProblemError as error:
            session.voice.error(str(error))


def _of(session: Session, number: str) -> Process:
    for each in session.processes():
        if number == str(each.pm_id):
            return each
    raise NotFoundError(f"Error: Process with ID <{number}> unknown.", loud=True)
