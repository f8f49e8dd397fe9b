"""The `pm2` command of a living PM2, run with argument lists and its PM2_HOME."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

_TIME: Final = 120.0
"""Seconds for one command: a delete waits for the app's end."""


class Pm2Error(RuntimeError):
    """str() is "cannot <verb> <what>: <cause>"."""


class Pm2Command:
    """Commands for the PM2 of one home."""

    def __init__(self, home: Path, program: str | None = None) -> None:
        """Take the program to use, else `pm2` on the PATH. Raises Pm2Error when there is none."""
        found = shutil.which(program or "pm2")
        if found is None:
            raise Pm2Error(f"cannot find the program {program or 'pm2'!r} on the PATH")
        self._program = found
        self._env = {**os.environ, "PM2_HOME": str(home), "PM2_DISCRETE_MODE": "true"}

    def processes(self) -> list[dict[str, Any]]:
        """Return `pm2 jlist`. PM2 may print a banner before the JSON, which begins a line."""
        text = self._run("jlist")
        for line in text.splitlines():
            if line.startswith("["):
                try:
                    return json.loads(line)
                except ValueError:
                    continue  # "[PM2] Spawning daemon ..." begins so as well
        raise Pm2Error("cannot read the list of PM2: `pm2 jlist` printed no JSON")

    def delete(self, ids: Sequence[int]) -> None:
        """End these processes and forget them; returns when they have ended."""
        self._run("delete", *map(str, ids))

    def start(self, file: Path) -> None:
        """Start what a JSON file of apps says."""
        self._run("start", str(file))

    def save(self) -> None:
        """Have PM2 remember its present list, even an empty one."""
        self._run("save", "--force")

    def end(self) -> None:
        """End PM2's daemon with all that it still runs."""
        self._run("kill")

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [self._program, *words],
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIME,
            check=False,
        )
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise Pm2Error(f"cannot run `pm2 {words[0]}`: {''.join(last) or done.returncode}")
        return done.stdout
