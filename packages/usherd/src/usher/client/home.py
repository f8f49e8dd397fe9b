"""Which state folder is meant."""

import os
from collections.abc import Mapping
from pathlib import Path


def usher_home(given: str | None = None, env: Mapping[str, str] = os.environ) -> Path:
    """Return the state folder, absolute: as given, else $USHER_HOME, else ~/.usher."""
    chosen = given or env.get("USHER_HOME")
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".usher"
