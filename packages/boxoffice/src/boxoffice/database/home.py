"""Where the embedded database lives: one folder, and the name of everything in it."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MAJOR = 18
"""Major version of the embedded PostgreSQL; pyproject.toml keeps the package within it."""

LONGEST_SOCKET_PATH = 107
"""Bytes of `sockaddr_un.sun_path` on Linux, without the final NUL."""

_LONGEST_SOCKET_NAME = ".s.PGSQL.65535.lock"


@dataclass(frozen=True)
class Home:
    """A data folder. The server owns `data` and `sockets`; the rest belongs to who starts it."""

    root: Path

    @property
    def data(self) -> Path:
        """The cluster. Its name carries the major version, so two majors never meet in it."""
        return self.root / f"postgres-{MAJOR}"

    @property
    def unfinished_data(self) -> Path:
        """Where a cluster is made; it gets its real name when it is complete."""
        return self.root / f"postgres-{MAJOR}.unfinished"

    @property
    def lock(self) -> Path:
        """Held by the one server that may run here, service or temporary."""
        return self.root / "lock"

    @property
    def password(self) -> Path:
        """A libpq password file (0600) for the login over TCP."""
        return self.root / "pgpass"

    @property
    def port(self) -> Path:
        """The TCP port chosen at the first start, kept so that the address stays the same."""
        return self.root / "port"

    @property
    def programs(self) -> Path:
        """Copies of the server's programs, made only where the package cannot be reached."""
        return self.root / "programs"

    @property
    def temporary_log(self) -> Path:
        """What the last temporary server wrote."""
        return self.root / "temporary-server.log"

    def other_majors(self) -> list[Path]:
        """Clusters of other major versions beside ours."""
        clusters = self.root.glob("postgres-*")
        return sorted(c for c in clusters if c.suffix == "" and c != self.data)


def locate_home(environ: Mapping[str, str], uid: int) -> Home:
    """`BOXOFFICE_HOME`, else a system folder for root and the user's data folder for others."""
    if chosen := environ.get("BOXOFFICE_HOME"):
        return Home(Path(chosen).expanduser().resolve())
    if uid == 0:
        # Not below root's own home: the server runs as another user, who cannot enter it.
        return Home(Path("/var/lib/boxoffice"))
    data = environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Home(Path(data).expanduser().resolve() / "boxoffice")


def socket_folder(home: Home, environ: Mapping[str, str], uid: int) -> Path:
    """Folder of the Unix socket: in the home, or a short one where the kernel's limit forbids."""
    folder = home.root / "run"
    if len(os.fsencode(folder / _LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return folder
    name = "boxoffice-" + hashlib.sha256(os.fsencode(home.root)).hexdigest()[:12]
    if uid == 0:
        return Path("/run") / name
    return Path(environ.get("XDG_RUNTIME_DIR") or "/tmp") / name  # noqa: S108 - owner is checked
