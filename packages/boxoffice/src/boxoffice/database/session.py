"""A database for the time of a command: somebody's, the running service's, or our own."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from boxoffice.database.account import give_up_root
from boxoffice.database.cluster import (
    ROLE,
    SUPERUSER,
    LoopbackPort,
    ServerCommand,
    create_home,
    prepare_server,
)
from boxoffice.database.errors import DatabaseError
from boxoffice.database.home import Home, locate_home
from boxoffice.database.lock import Lock, held, read_holder, try_lock
from boxoffice.database.postmaster import Postmaster, is_postgres, read_postmaster
from boxoffice.database.programs import packaged_programs

_WAIT_FOR_SERVER = 60.0
_WAIT_FOR_LOCK = 60.0
_STEP = 0.05


@contextmanager
def open_database(home: Path | None = None) -> Generator[str]:
    """Yield the URL of a database that answers for the time of the block.

    `DATABASE_URL` if set; else the running service of the home; else a temporary server, which is
    stopped at the end of the block. The URL has the scheme `postgresql://` and holds no password
    unless `DATABASE_URL` does. Raises DatabaseError.
    """
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    here = _home(home)
    create_home(here)
    found = _service_or_lock(here)
    if isinstance(found, Postmaster):
        yield database_url(found)
        return
    with held(found), _temporary_server(here, found) as server:
        yield database_url(server)


def running_database(home: Path | None = None) -> str:
    """The URL of `DATABASE_URL` or of a server that runs already; starts nothing.

    Raises DatabaseError when none answers.
    """
    if url := os.environ.get("DATABASE_URL"):
        return url
    here = _home(home)
    server = ready_server(here)
    if server is None:
        raise DatabaseError(
            f"cannot find a running database in {here.root}:"
            " start one (boxoffice database), or set DATABASE_URL"
        )
    return database_url(server)


def database_url(server: Postmaster, role: str = ROLE, database: str = ROLE) -> str:
    """A libpq URL through the Unix socket, where the kernel says who we are: no password."""
    folder = quote(str(server.sockets), safe="/")
    return f"postgresql://{role}@/{database}?host={folder}&port={server.port}"


def superuser_url(home: Path | None = None) -> str:
    """The URL for maintenance of the running embedded server (and for tests)."""
    here = _home(home)
    server = ready_server(here)
    if server is None:
        raise DatabaseError(f"cannot find a running database in {here.root}")
    return database_url(server, SUPERUSER, SUPERUSER)


def ready_server(home: Home) -> Postmaster | None:
    """The home's server if it lives and says that it is ready."""
    server = read_postmaster(home.data)
    return server if server and server.ready and is_postgres(server.pid) else None


def server_answers(home: Path | None = None) -> bool:
    """Whether the home's server accepts connections now; asks the server itself (pg_isready)."""
    server = ready_server(_home(home))
    if server is None:
        return False
    pg_isready = packaged_programs().path("pg_isready")
    # As our own login: the server would log a stranger's attempt at every probe.
    url = f"--dbname={database_url(server)}"
    done = subprocess.run([pg_isready, "--quiet", "--timeout=3", url], check=False)
    return done.returncode == 0


def become_server(
    port: int | None, report: Callable[[str], None], home: Path | None = None
) -> NoReturn:
    """Replace this process by the home's `postgres`; returns only by DatabaseError.

    `port` is the TCP port on loopback, None for the home's own; `report` takes one line for each
    thing a person should know. Waits a while for a command's temporary server, or for the last
    backends of a killed one.
    """
    here = _home(home)
    create_home(here)
    lock = _wait_for_lock(here, report)
    command = prepare_server(here, os.environ, LoopbackPort(port), report)
    os.set_inheritable(lock.descriptor, True)
    give_up_root(command.account)
    os.umask(0o077)
    os.chdir(command.data)
    os.execve(command.argv[0], command.argv, dict(command.environ))  # noqa: S606 - the point


def _home(root: Path | None) -> Home:
    return Home(root.resolve()) if root else locate_home(os.environ, os.geteuid())


def _wait_for_lock(home: Home, report: Callable[[str], None]) -> Lock:
    deadline = time.monotonic() + _WAIT_FOR_LOCK
    told = False
    while True:
        if lock := try_lock(home.lock, "service"):
            return lock
        holder = read_holder(home.lock)
        who = f"{holder.kind} {holder.pid}" if holder else "another process"
        server = ready_server(home)
        if holder and holder.kind == "service" and server:
            raise DatabaseError(
                f"cannot start the database in {home.root}: it runs already (pid {server.pid})"
            )
        if time.monotonic() > deadline:
            raise DatabaseError(
                f"cannot start the database in {home.root}: {home.lock} is held by {who}"
            )
        if not told:
            report(f"waiting for {who}, which uses the database")
            told = True
        time.sleep(_STEP)


def _service_or_lock(home: Home) -> Postmaster | Lock:
    """A service that is ready, or the right to start a server of our own."""
    deadline = time.monotonic() + _WAIT_FOR_LOCK
    while time.monotonic() < deadline:
        if lock := try_lock(home.lock, "command"):
            return lock
        holder = read_holder(home.lock)
        # Another command's server ends with that command: wait for it, do not lean on it.
        if holder and holder.kind == "service" and (server := ready_server(home)):
            return server
        time.sleep(_STEP)
    raise DatabaseError(
        f"cannot open the database in {home.root}: {home.lock} is held, and no server answers;"
        " see what holds it (fuser -v), or set BOXOFFICE_HOME to another folder"
    )


@contextmanager
def _temporary_server(home: Home, lock: Lock) -> Generator[Postmaster]:
    """A server that lives as long as the block, and no longer than this process.

    By its socket alone: two that start at once, each in its home, cannot take one port.
    """
    command = prepare_server(home, os.environ, None, lambda _: None)
    with home.temporary_log.open("wb") as log:
        home.temporary_log.chmod(0o600)
        process = _spawn(command, lock, log.fileno())
    try:
        yield _wait_until_ready(home, process)
    finally:
        process.send_signal(signal.SIGINT)  # roll back and disconnect whoever is left
        process.wait()


def _spawn(command: ServerCommand, lock: Lock, log: int) -> subprocess.Popen[bytes]:
    account = command.account
    return subprocess.Popen(
        command.argv,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",  # postgres goes to its data folder itself
        env=dict(command.environ),
        umask=0o077,
        pass_fds=(lock.descriptor,),
        start_new_session=True,  # Ctrl-C is for the command, which then stops its server in order
        user=account and account.uid,
        group=account and account.gid,
        extra_groups=None if account is None else [],
        preexec_fn=_end_with_parent,  # one system call; no threads are running yet
    )


def _end_with_parent(libc: ctypes.CDLL = ctypes.CDLL(None)) -> None:  # noqa: B008 - loaded once
    """Ask the kernel for a SIGINT when the command dies: killed commands leave no server behind."""
    pr_set_pdeathsig = 1
    libc.prctl(pr_set_pdeathsig, signal.SIGINT.value)


def _wait_until_ready(home: Home, process: subprocess.Popen[bytes]) -> Postmaster:
    deadline = time.monotonic() + _WAIT_FOR_SERVER
    while process.poll() is None and time.monotonic() < deadline:
        server = ready_server(home)
        if server and server.pid == process.pid:
            return server
        time.sleep(_STEP)
    last = home.temporary_log.read_text(errors="replace").splitlines()[-5:]
    raise DatabaseError(
        f"cannot start a temporary database in {home.root}: "
        + ("; ".join(last) if process.poll() is not None else f"not ready in {_WAIT_FOR_SERVER} s")
    )
