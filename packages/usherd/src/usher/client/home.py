"""Which state folder is meant."""

import os
from collections.abc import Mapping
from pathlib import Path


def usher_home(given: str | None = None, env: Mapping[str, str] = os.environ) -> Path:
    """Return the state folder, absolute.

    As given, else $USHER_HOME, else `usher` in $PM2_HOME (who keeps several homes of PM2 apart
    keeps them apart here too), else ~/.usher.
    """
    chosen = given or env.get("USHER_HOME") or _beside_pm2(env)
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".usher"


def pm2_home(env: Mapping[str, str] = os.environ) -> Path:
    """Return PM2's folder, absolute: $PM2_HOME, else ~/.pm2."""
    chosen = env.get("PM2_HOME")
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".pm2"


def _beside_pm2(env: Mapping[str, str]) -> str:
    folder = env.get("PM2_HOME")
    return f"{folder}/usher" if folder else ""
