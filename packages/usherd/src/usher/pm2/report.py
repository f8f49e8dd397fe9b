"""report and sysinfos: facts to paste into a question about a problem."""

import os
import platform
import sys
from pathlib import Path

from usher import __version__
from usher.api.inspect import inspect
from usher.client import NotRunningError
from usher.pm2.session import Session

_RULE = "=" * 79


def run(session: Session) -> int:
    """Print versions, the host and the list; no environment, no secrets."""
    parts = {
        "Daemon": _daemon(session),
        "CLI": {"usher": __version__, "python": platform.python_version(), "argv": sys.argv[0]},
        "System info": _system(),
    }
    lines = [f"--- usher report {'-' * 62}"]
    for title, facts in parts.items():
        lines += [_RULE, f"--- {title} {'-' * (58 - len(title))}"]
        lines += [f"{name:<20} : {value}" for name, value in facts.items()]
    lines += [_RULE, "--- PM2 list " + "-" * 46]
    session.voice.answer("\n".join([*lines, ""]))
    session.show_list()
    return 0


def system(session: Session) -> int:
    """Print facts about this host."""
    session.voice.answer(f"{inspect(_system())}\n")
    return 0


def _daemon(session: Session) -> dict[str, object]:
    try:
        pong = session.reader.ping()
    except NotRunningError:
        return {"state": "not running", "home": session.home}
    return {
        "version": pong.version,
        "pid": pong.daemon.pid,
        "uptime": f"{pong.daemon.uptime:.0f}s",
        "keeper pid": pong.keeper.pid if pong.keeper else "none",
        "home": pong.home,
    }


def _system() -> dict[str, object]:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    return {
        "arch": platform.machine(),
        "platform": sys.platform,
        "release": platform.release(),
        "cpus nb": os.cpu_count() or 1,
        "load": os.getloadavg()[0],
        "freemem": free,
        "totalmem": total,
        "home": str(Path.home()),
    }
