"""Where keeper and daemon keep their files in USHER_HOME, and how a keeper is started."""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SOCKET_PATH_LIMIT: Final = 107
"""Bytes of a Unix socket's path (sun_path without its NUL)."""


def socket_path(home: str, name: str) -> str:
    """Path of the socket `name` of `home`; a home with a long path gets a short runtime folder.

    Creates that folder (0700). Raises PermissionError when somebody else owns it.
    """
    path = os.path.join(os.path.abspath(home), name)
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
        return path
    import hashlib

    # Not from XDG_RUNTIME_DIR: a cron job and a login shell must find the same place.
    base = f"/run/user/{os.getuid()}"
    if not os.path.isdir(base):
        base = f"/tmp/usher-{os.getuid()}"  # noqa: S108 (its owner is checked)
    digest = hashlib.blake2s(os.fsencode(os.path.abspath(home)), digest_size=8).hexdigest()
    folder = os.path.join(base, f"usher-{digest}")
    for each in (base, folder):
        _own_folder(each)
    return os.path.join(folder, name)


def _own_folder(path: str) -> None:
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        found = os.lstat(path)
        if found.st_uid != os.getuid() or found.st_mode & 0o170022 != 0o040000:
            raise PermissionError(f"cannot use folder {path!r}: it is not ours alone") from None


def keeper_socket(home: str) -> str:
    """Path of the socket on which the keeper of `home` takes the daemon's connection."""
    return socket_path(home, "keeper.sock")


def keeper_pid(home: str) -> str:
    """Path of the file that is there from a keeper's start until it ends as asked."""
    return os.path.join(os.path.abspath(home), "keeper.pid")


def keeper_program() -> list[str]:
    """Return the command of a keeper, without its options.

    It runs the package by path, isolated and without site (-I -S): that saves the memory and time
    of reading site-packages, which the keeper does not need.
    """
    return [sys.executable, "-I", "-S", os.path.join(os.path.dirname(__file__), "__main__.py")]


def keeper_argv(
    home: str,
    *,
    await_daemon: bool = False,
    nofile: int | None = None,
    daemon_argv: list[str] | None = None,
) -> list[str]:
    """Return the command that starts a keeper for `home`.

    `await_daemon`: one is running. `nofile`: the soft limit of open files that services get, where
    it is not that of the caller.
    """
    argv = [*keeper_program(), "--home", os.path.abspath(home)]
    if await_daemon:
        argv.append("--await-daemon")
    if nofile is not None:
        argv += ["--nofile", str(nofile)]
    if daemon_argv is not None:
        argv += ["--daemon-argv", json.dumps(daemon_argv)]
    return argv
