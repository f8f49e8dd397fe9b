"""Starts a keeper where none runs, and waits until its daemon answers."""

import fcntl
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from usher.api.exit_codes import ExitCode
from usher.api.types import Pong
from usher.client.client import Client, connect
from usher.client.errors import LostError, NotRunningError, UsherError
from usher.keeper.paths import keeper_argv, keeper_pid, keeper_program

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

_PATIENCE: Final = 15.0
"""Seconds until the daemon must answer; a loaded small host needs two or three."""

_POLL: Final = 0.02


def ensure_running(home: Path, starting: "Callable[[], None]" = lambda: None) -> Client:
    """Return a client whose daemon answers, started if need be. Raises UsherError.

    `starting` is called before a keeper is started, not when one runs.
    """
    client = connect(str(home))
    try:
        client.ping()
    except NotRunningError:
        starting()
        _prepare(home)
        _wait_for(client, _start(home), home)
    return client


def update(client: Client, home: Path) -> Pong:
    """Have keeper and daemon run the code of this program; return what the new daemon says.

    Raises UsherError: refused (nothing has changed), or no new daemon to be seen.
    """
    before = client.ping()
    client.update(keeper_program())
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            pong = client.ping()
        except (LostError, NotRunningError):
            pong = before
        if pong.daemon.pid != before.daemon.pid:
            return pong
        time.sleep(_POLL)
    raise UsherError(
        f"cannot see the new daemon: none answers after {_PATIENCE:g} s",
        hint=f"apps go on; the reason stands in {home}/logs/daemon.log",
        exit_code=ExitCode.TIMEOUT,
    )


def was_killed(home: Path) -> bool:
    """Tell whether a keeper was started in `home` and did not end as asked (it may well run)."""
    return Path(keeper_pid(str(home))).exists()


def is_held(home: Path) -> bool:
    """Tell whether a keeper or a daemon of `home` lives, whoever of them answers."""
    return any(_is_locked(home / name) for name in ("keeper.lock", "daemon.lock"))


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _prepare(home: Path) -> None:
    if not sys.platform.startswith("linux"):
        raise UsherError(
            f"cannot supervise on {sys.platform}: it needs Linux", exit_code=ExitCode.REFUSED
        )
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = home.stat().st_uid
    except OSError as error:
        raise UsherError(
            f"cannot create {str(home)!r}: {error.strerror}",
            hint="set USHER_HOME or --home to a folder of yours",
            exit_code=ExitCode.REFUSED,
        ) from None
    if owner != os.geteuid():
        raise UsherError(
            f"cannot use {str(home)!r}: it belongs to user {owner}",
            hint="set USHER_HOME or --home to a folder of yours",
            exit_code=ExitCode.REFUSED,
        )


def _start(home: Path) -> "subprocess.Popen[bytes]":
    """Start a keeper that outlives us: own session, none of our descriptors, no folder pinned."""
    # Loaded here: it costs as much as Python's start, and most commands start nothing.
    import subprocess

    logs = home / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    # The keeper opens this file itself, too late for whatever keeps it from starting at all.
    with open(logs / "keeper.log", "ab", opener=_private) as log:
        return subprocess.Popen(
            keeper_argv(str(home)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd="/",
            start_new_session=True,
            umask=0o077,
        )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _wait_for(client: Client, keeper: "subprocess.Popen[bytes]", home: Path) -> None:
    """Wait for an answer. A keeper that ended with 0 lost the race against another: wait on."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            client.ping()
        except NotRunningError:
            if keeper.poll():
                break
            time.sleep(_POLL)
        else:
            # The keeper is to outlive us; without this, its object would warn when it is dropped.
            keeper.returncode = keeper.returncode or 0
            return
    raise UsherError(
        f"cannot start usher in {str(home)!r}: no daemon answers",
        hint=f"the reason stands in {home}/logs/keeper.log and {home}/logs/daemon.log",
        details=tuple(_last_lines(home / "logs" / "keeper.log")),
    )


def _last_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            return file.read().decode(errors="replace").splitlines()[-10:]
    except OSError:
        return []
