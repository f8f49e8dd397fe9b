"""sendSignal: a signal to the main process and to no other."""

import signal

from usher.pm2.processes import Process, named
from usher.pm2.session import Session


def run(session: Session) -> int:
    """Send it to an id, or to every process of a name."""
    name, target = session.words.args[:2]
    voice = session.voice
    is_id = target.isascii() and target.isdecimal()
    kind = f"process {'id' if is_id else 'name'} {target}"
    voice.say(f"Sending signal to {kind}")
    found = _meant(session, target, is_id=is_id)
    if not found:
        voice.complain(f"{target} id unknown" if is_id else "Unknown process name")
        return 1
    if name not in signal.Signals.__members__ and not name.isdecimal():
        voice.complain(f"Unknown signal: {name}")
        return 1
    # PM2 counts a process that is down as reached: nothing of it is left to be signalled.
    if running := [f"id:{each.pm_id}" for each in found if each.pid]:
        session.client.signal(running, name, scope="process")
    voice.plain(f"successfully sent signal {name} to {kind}")
    session.show_list()
    return 0


def _meant(session: Session, target: str, *, is_id: bool) -> list[Process]:
    processes = session.processes()
    if is_id:
        return [each for each in processes if each.pm_id == int(target)]
    return processes if target == "all" else named(processes, target)
