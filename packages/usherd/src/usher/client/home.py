"""Which state folder is meant."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


def usher_home(given: str | None = None, env: Mapping[str, str] = os.environ) -> Path:
    """Return the state folder, absolute.

    As given, else $USHER_HOME, else `usher` in $PM2_HOME (who keeps several homes of PM2 apart
    keeps them apart here too), else ~/.usher.
    """
    chosen = given or env.get("USHER_HOME") or _beside_pm2(env)
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".usher"


class Places(NamedTuple):
    """PM2's files. Each may be put elsewhere by a variable of PM2's own, for scripts that do."""

    dump: Path
    dump_backup: Path
    pid: Path
    """Of its daemon."""


def pm2_places(env: Mapping[str, str] = os.environ) -> Places:
    """Return where PM2's files are."""
    home = pm2_home(env)

    def place(name: str, usual: str) -> Path:
        return Path(env.get(f"PM2_{name}") or home / usual).expanduser().absolute()

    return Places(
        dump=place("DUMP_FILE_PATH", "dump.pm2"),
        dump_backup=place("DUMP_BACKUP_FILE_PATH", "dump.pm2.bak"),
        pid=place("PID_FILE_PATH", "pm2.pid"),
    )


def pm2_home(env: Mapping[str, str] = os.environ) -> Path:
    """Return PM2's folder, absolute: $PM2_HOME, else ~/.pm2."""
    chosen = env.get("PM2_HOME")
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".pm2"


def _beside_pm2(env: Mapping[str, str]) -> str:
    folder = env.get("PM2_HOME")
    return f"{folder}/usher" if folder else ""
