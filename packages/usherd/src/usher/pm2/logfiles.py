"""flush and reloadLogs: the files themselves."""

import os
from contextlib import suppress

from usher.pm2.processes import NotFoundError, Process, choose
from usher.pm2.session import Session


def flush(session: Session) -> int:
    """Empty the log files of everything, or of what the target names."""
    target = "".join(session.words.args[:1])
    if not target:
        _flush_pm2_log(session)
    found = _meant(session, target or "all")
    for each in found:
        session.voice.say("Flushing:")
        session.voice.say(each.pm2_env.pm_out_log_path)
        session.voice.say(each.pm2_env.pm_err_log_path)
    if found:
        session.client.flush([f"id:{each.pm_id}" for each in found])
    session.voice.say("Logs flushed")
    return 0


def _flush_pm2_log(session: Session) -> None:
    path = session.folder / "pm2.log"
    session.voice.say(f"Flushing {path}")
    with suppress(OSError):  # there is none before the first event
        os.truncate(path, 0)


def reload(session: Session) -> int:
    """Open every log file anew, after something else has moved them."""
    session.voice.plain("Reloading all logs...")
    session.client.reload_logs()
    session.voice.plain("All logs reloaded")
    return 0


def _meant(session: Session, target: str) -> tuple[Process, ...]:
    try:
        return choose(session.processes(), target).processes
    except NotFoundError:
        return ()
