"""What the server says about itself: `postmaster.pid`, and the processes on its data folder."""

from dataclasses import dataclass
from pathlib import Path

from boxoffice.database.account import Account, acting_as
from boxoffice.database.errors import DatabaseError


@dataclass(frozen=True)
class Postmaster:
    """A server's own entry, as of the moment it was read."""

    pid: int
    port: int
    sockets: Path
    ready: bool


def read_postmaster(data: Path) -> Postmaster | None:
    """The entry of the server on `data`; None when there is none, or it is still being written.

    Lines (src/include/utils/pidfile.h): pid, data folder, start time, port, socket folder,
    listen address, shared memory, status.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise DatabaseError(
            f"cannot see the database in {data}: {error.strerror}; it belongs to another user:"
            " run this command as the user who runs the database, or set DATABASE_URL"
        ) from error
    if len(lines) < 8 or not lines[0].isdecimal() or not lines[3].isdecimal():
        return None
    return Postmaster(
        pid=int(lines[0]),
        port=int(lines[3]),
        sockets=Path(lines[4]),
        ready=lines[7].strip() == "ready",
    )


def is_postgres(pid: int) -> bool:
    """Whether the process lives and is a postgres (a zombie is dead)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    name, _, rest = stat.partition("(")[2].rpartition(")")
    return name == "postgres" and rest.split()[0] not in {"Z", "X"}


def servers_on(data: Path, account: Account | None) -> list[int]:
    """Pids of the postgres processes that work on this folder.

    Looked at with the account's rights: without CAP_SYS_PTRACE, as in most containers, not even
    root may see where another user's process stands.
    """
    here = data.resolve()
    found: list[int] = []
    with acting_as(account):
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal() or not is_postgres(int(entry.name)):
                continue
            try:
                folder = (entry / "cwd").readlink()
            except OSError:  # ended meanwhile, or another user's: neither works on our files
                continue
            if folder == here:
                found.append(int(entry.name))
    return sorted(found)


def clear_the_way(data: Path, sockets: Path, account: Account | None) -> Path | None:
    """Put away what a crashed server left: its entry in `data`, its files in `sockets`.

    PostgreSQL refuses to start while the pid in one of them belongs to any process of the same
    user, which after a crash of the machine is often a stranger. Returns where the entry was moved,
    None when there was none. Raises DatabaseError when a server does work on the folder: taking its
    entry away would let a second one destroy the data.
    """
    if living := servers_on(data, account):
        pids = ", ".join(map(str, living))
        raise DatabaseError(
            f"cannot start the database in {data}: a PostgreSQL server already works on it"
            f" (pid {pids}); stop it first (kill -INT {living[0]})"
        )
    with acting_as(account):
        for left in sockets.glob(".s.PGSQL.*"):
            left.unlink()
        entry = data / "postmaster.pid"
        return entry.replace(data / "postmaster.pid.stale") if entry.exists() else None
