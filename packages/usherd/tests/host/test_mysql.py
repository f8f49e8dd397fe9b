"""A real MariaDB is asked for its limits; MySQL answers the same questions."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from usher.guard.database import budget
from usher.guard.database.budget import Demand
from usher.guard.database.pool import Sizing
from usher.host import database
from usher.host.database_url import parse

pytestmark = [pytest.mark.process, pytest.mark.debian]

PASSWORD = "correct-horse"
INIT = """
CREATE DATABASE shop;
CREATE USER 'app'@'127.0.0.1' IDENTIFIED BY 'correct-horse';
GRANT ALL ON shop.* TO 'app'@'127.0.0.1';
CREATE USER 'small'@'127.0.0.1' IDENTIFIED BY 'correct-horse' WITH MAX_USER_CONNECTIONS 4;
CREATE USER 'other'@'127.0.0.1' IDENTIFIED BY 'correct-horse';
"""

SHARE = Path("/usr/share/mysql")
TABLES = ("mysql_system_tables", "mysql_performance_tables", "mysql_system_tables_data")
SETTINGS = "SET @auth_root_socket=NULL, @current_hostname=NULL, @skip_auth_anonymous=1;\nUSE mysql;"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Run a server with ten connections; root gives up its rights, as the server asks for."""
    folder = Path(tempfile.mkdtemp(prefix="usher-my-"))
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    rights = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid}
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    (folder / "init.sql").write_text(INIT)
    (folder / "data" / "mysql").mkdir(parents=True)
    for each in (folder / "data", folder / "data" / "mysql") if account else ():
        os.chown(each, account.pw_uid, account.pw_gid)
    data = f"--datadir={folder}/data"
    server = ["/usr/sbin/mariadbd", "--no-defaults", data]
    # What mariadb-install-db does, whose helpers lie in further packages.
    tables = "".join((SHARE / f"{name}.sql").read_text() for name in TABLES)
    done = subprocess.run(
        [*server, "--bootstrap"],
        cwd=folder,
        input=f"{SETTINGS}\n{tables}",
        text=True,
        capture_output=True,
        check=False,
        **rights,
    )
    assert done.returncode == 0, done.stderr
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        number = listener.getsockname()[1]
    words = [*server, f"--socket={folder}/sock", "--skip-name-resolve"]
    words += [f"--port={number}", "--bind-address=127.0.0.1", "--max-connections=10"]
    words += [f"--init-file={folder}/init.sql", f"--pid-file={folder}/pid"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, **rights)
    try:
        deadline = time.monotonic() + 60
        while database.ask(target("app", number)).facts is None:
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, database.ask(target("app", number)).fault
            time.sleep(0.1)
        yield number
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def target(role: str, port: int, password: str = "") -> database.Target:
    found = parse(
        f"mysql://{role}:{password or PASSWORD}@127.0.0.1:{port}/{'shop' * (role == 'app')}"
    )
    assert found is not None
    return found


def verdict(role: str, facts: database.DatabaseServer, pool: int) -> tuple[int, str]:
    demand = Demand("api", 2, Sizing(pool), role=role, database="shop")
    found = budget.judge("mysql", [demand], facts)
    assert found.limit is not None
    return found.limit.cap, found.verdict


def test_limits_and_users_are_read(port: int) -> None:
    facts = database.ask(target("app", port)).facts
    assert facts is not None
    assert (facts.max_connections, facts.reserved) == (10, 0)
    assert verdict("app", facts, 5) == (10, "warn")
    assert verdict("app", facts, 6) == (10, "over")


def test_sessions_that_are_hidden_count_as_others(port: int) -> None:
    other = {"host": "127.0.0.1", "port": port, "user": "other", "password": "correct-horse"}
    with pymysql.connect(**other), pymysql.connect(**other):
        facts = database.ask(target("app", port)).facts
        assert facts is not None
        assert verdict("app", facts, 5) == (8, "over")


def test_the_limit_of_a_user_is_used_where_it_is_smaller(port: int) -> None:
    facts = database.ask(target("small", port)).facts
    assert facts is not None
    assert verdict("small", facts, 2) == (4, "warn")


def test_what_it_refuses_is_said_without_the_password(port: int) -> None:
    asked = database.ask(target("app", port, "wrong-horse"))
    assert asked.facts is None
    assert "Access denied" in asked.fault
    assert "wrong-horse" not in asked.fault
