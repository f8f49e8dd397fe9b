"""From an empty folder to a server that only has to be executed.

Everything here happens under the home's lock and, as root, with root's rights only where files of
the home are made; whatever runs PostgreSQL's own programs runs as the server's account.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from boxoffice.database.account import (
    Account,
    acting_as,
    first_unsearchable,
    server_account,
)
from boxoffice.database.errors import DatabaseError
from boxoffice.database.home import MAJOR, Home, socket_folder
from boxoffice.database.postmaster import clear_the_way
from boxoffice.database.programs import Programs, reachable_programs

ROLE = "boxoffice"
"""The service's login and the name of its database; owns it, is no superuser."""

SUPERUSER = "postgres"
"""For maintenance, through the Unix socket only, by root and by who started the server."""

_FIRST_PORT = 15432  # below the range from which Linux takes ports for outgoing connections
_PORTS_TRIED = 100


@dataclass(frozen=True)
class ServerCommand:
    """A prepared server: what to execute, as whom, and where."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]
    account: Account | None
    data: Path


def create_home(home: Home) -> None:
    """Make the home and what is missing above it; what exists keeps its owner and mode."""
    as_root = os.geteuid() == 0
    missing = [p for p in (home.root, *home.root.parents) if not p.exists()]
    for folder in reversed(missing):
        try:
            folder.mkdir()
        except OSError as error:
            raise DatabaseError(
                f"cannot create the folder {str(folder)!r}: {error.strerror};"
                " set BOXOFFICE_HOME to a folder you may write"
            ) from error
        # Root's server runs as another user, who must get through to the data, not read the rest.
        searchable = 0o711 if folder == home.root else 0o755
        folder.chmod(searchable if as_root else 0o700)


@dataclass(frozen=True)
class LoopbackPort:
    """Also reachable by TCP: at this port, None for the remembered or the first free one."""

    number: int | None


def prepare_server(
    home: Home,
    environ: Mapping[str, str],
    tcp: LoopbackPort | None,
    report: Callable[[str], None],
) -> ServerCommand:
    """Bring the home into a state from which `postgres` starts.

    Needs the home's lock. Without `tcp` the server is reachable through its Unix socket alone.
    `report` takes one line for each thing a person should know. Raises DatabaseError.
    """
    account = server_account(home)
    _demand_searchable(home, account)
    _refuse_other_majors(home)
    programs = reachable_programs(home, account)
    clean = {k: v for k, v in environ.items() if not k.startswith("PG")}  # PGDATA, PGPORT, ..
    make = _Maker(programs, clean, account)
    sockets = _create_socket_folder(home, environ, account)
    if aside := clear_the_way(home.data, sockets, account):
        report(f"the last server did not end cleanly; its entry is now {aside}")
    if not home.data.exists():
        report(f"creating the database in {home.data}")
        _create_cluster(home, make)
    if not home.password.exists():
        report(f"writing a new password to {home.password}")
        _set_password(home, make)
    _write_access_rules(home, account)
    # Without TCP the port is but a part of the socket's name, and nobody else's business.
    port = _FIRST_PORT if tcp is None else _choose_port(home, tcp.number, report)
    settings = {
        "listen_addresses": "" if tcp is None else "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": '"' + str(sockets).replace('"', '""') + '"',
        "cluster_name": "boxoffice",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    argv = (programs.path("postgres"), "-D", str(home.data), *options)
    return ServerCommand(argv, clean, account, home.data)


@dataclass(frozen=True)
class _Maker:
    """Runs PostgreSQL's programs as the server's account."""

    programs: Programs
    environ: Mapping[str, str]
    account: Account | None

    def run(self, program: str, *arguments: str, stdin: str = "") -> None:
        """Run to the end; raises DatabaseError with the program's own words when it fails."""
        as_account = self.account
        done = subprocess.run(
            [self.programs.path(program), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={**self.environ, "LC_ALL": "C"},
            umask=0o077,
            user=as_account and as_account.uid,
            group=as_account and as_account.gid,
            extra_groups=None if as_account is None else [],
        )
        # The single-user server ends with 0 even when a statement failed.
        failed = [x for x in done.stderr.splitlines() if "ERROR:" in x or "FATAL:" in x]
        if done.returncode != 0 or failed:
            cause = "; ".join(failed) or done.stderr.strip() or f"exit code {done.returncode}"
            raise DatabaseError(f"cannot prepare the database: {program} failed: {cause}")


def _create_cluster(home: Home, make: _Maker) -> None:
    """initdb, login and database under a name of its own, which becomes the real one at the end."""
    folder = home.unfinished_data
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    _give_to(folder, make.account)
    make.run(
        "initdb",
        f"--pgdata={folder}",
        f"--username={SUPERUSER}",
        "--auth=reject",  # replaced by our rules before the first start
        "--encoding=UTF8",
        "--locale=C",
        # The package is built without ICU; code points order Hangul like a dictionary.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
    )
    statements = (
        # CREATEROLE: the migrations make the roles that transactions act as.
        f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB CREATEROLE;\n",
        f"CREATE DATABASE {ROLE} OWNER {ROLE};\n",
        f"REVOKE CONNECT, TEMPORARY ON DATABASE {ROLE} FROM PUBLIC;\n",
    )
    # The single-user server: there is no moment at which a stranger could connect.
    make.run("postgres", "--single", "-D", str(folder), SUPERUSER, stdin="".join(statements))
    home.password.unlink(missing_ok=True)  # belongs to an earlier cluster
    folder.rename(home.data)


def _set_password(home: Home, make: _Maker) -> None:
    """Give the login a new password, and write it down only when the server has it."""
    password = secrets.token_hex(24)
    statement = f"ALTER ROLE {ROLE} PASSWORD '{password}';\n"
    make.run("postgres", "--single", "-D", str(home.data), SUPERUSER, stdin=statement)
    unfinished = home.password.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"*:*:*:{ROLE}:{password}\n")
    unfinished.rename(home.password)


def _write_access_rules(home: Home, account: Account | None) -> None:
    """Who may connect: peers by the Unix socket, the service's login by TCP with a password."""
    me = pwd.getpwuid(os.getuid()).pw_name
    rules = f"""\
# Written by `boxoffice database` at each start.
local all {SUPERUSER} peer map=ours
local all {ROLE} peer map=ours
host all {ROLE} 127.0.0.1/32 scram-sha-256
"""
    peers = "".join(
        f'ours "{person}" {role}\n' for person in sorted({"root", me}) for role in (SUPERUSER, ROLE)
    )
    # Not as root: the folder is the server's, which could have put a link there.
    with acting_as(account):
        (home.data / "pg_hba.conf").write_text(rules)
        (home.data / "pg_ident.conf").write_text(peers)


def _create_socket_folder(home: Home, environ: Mapping[str, str], account: Account | None) -> Path:
    folder = socket_folder(home, environ, os.geteuid())
    if not folder.exists():
        folder.mkdir(mode=0o700)
        _give_to(folder, account)
    found = folder.lstat()
    owner = os.geteuid() if account is None else account.uid
    if folder.is_symlink() or found.st_uid != owner:
        raise DatabaseError(
            f"cannot use the folder {folder} for the database's socket: it belongs to another user"
            f" (uid {found.st_uid}, needed {owner}); remove it, or set BOXOFFICE_HOME to a shorter"
            " path"
        )
    return folder


def _choose_port(home: Home, wanted: int | None, report: Callable[[str], None]) -> int:
    """The wanted port as it is; else the remembered one, or the first free one if that is taken."""
    if wanted is not None:
        return wanted
    remembered = int(home.port.read_text()) if home.port.exists() else None
    candidates = range(_FIRST_PORT, _FIRST_PORT + _PORTS_TRIED)
    tried = candidates if remembered is None else (remembered, *candidates)
    for port in tried:
        if _is_free(port):
            break
    else:
        raise DatabaseError(
            f"cannot find a free TCP port from {_FIRST_PORT} to {candidates[-1]}:"
            " name one with --port"
        )
    if port != remembered:
        if remembered is not None:
            report(f"port {remembered} is taken by another program; this server moves to {port}")
        home.port.write_text(f"{port}\n")
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # ended connections may linger
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _demand_searchable(home: Home, account: Account | None) -> None:
    closed = first_unsearchable(home.root, account)
    if closed is None:
        return
    raise DatabaseError(
        f"cannot run the database in {home.root}: it would run as uid"
        f" {account.uid if account else os.geteuid()}, who may not enter the folder {closed};"
        " set BOXOFFICE_HOME to another folder (as root /var/lib/boxoffice is the default), or let"
        f" others pass through this one (chmod o+x {closed})"
    )


def _refuse_other_majors(home: Home) -> None:
    others = home.other_majors()
    if home.data.exists() or not others:
        return
    found = others[0].name.removeprefix("postgres-")
    raise DatabaseError(
        f"cannot open the data in {others[0]}: it was written by PostgreSQL {found}, this program"
        f" brings {MAJOR}; dump it with the version that wrote it (pg_dump), move the folder away"
        " and restore the dump into the new one (psql)"
    )


def _give_to(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)
