"""What database servers said last, for the time when they cannot be asked: figures, no credentials.

Written by commands, into the state folder of an usher that is there; a check leaves nothing behind
on a host without one.
"""

import os
from pathlib import Path

import msgspec

from usher.model.database import DatabaseServer, Target


class ServerMemory:
    """`state/servers.json` of a home. Trouble with it never hinders a command."""

    def __init__(self, home: Path) -> None:
        self._path = home / "state" / "servers.json"

    def last(self, target: Target) -> DatabaseServer | None:
        """Return what the server said when it was asked last."""
        return self._read().get(_key(target))

    def keep(self, target: Target, facts: DatabaseServer) -> None:
        """Remember what it said now."""
        if not self._path.parent.is_dir():
            return
        body = msgspec.json.encode({**self._read(), _key(target): facts})
        fresh = self._path.with_name(f".servers.{os.getpid()}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
                file.write(body)
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)

    def _read(self) -> dict[str, DatabaseServer]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, DatabaseServer])
        except (OSError, msgspec.DecodeError):
            return {}


def _key(target: Target) -> str:
    return f"{target} as {target.user}"
