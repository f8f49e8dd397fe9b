"""What has to change before a start can do better: read off real lines."""

import pytest

from usher.diagnosis.obstacles import Surroundings, named
from usher.model.fault import FileMissing, PortTaken, Unreachable

NOWHERE = Surroundings("/srv/app")
KNOWN = Surroundings("/srv/app", port=8000, database=("db.internal", 5433))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Error: listen EADDRINUSE: address already in use 127.0.0.1:55811", ("127.0.0.1", 55811)),
        ("Error: listen EADDRINUSE: address already in use :::3000", ("", 3000)),
        ("listen EADDRINUSE: address already in use 0.0.0.0:80", ("", 80)),
        (
            "[Errno 98] error while attempting to bind on address ('127.0.0.1', 8001): address",
            ("127.0.0.1", 8001),
        ),
        ("Connection in use: ('0.0.0.0', 8002)", ("", 8002)),
        ("Error: Port 3001 is already in use", ("", 3001)),
    ],
)
def test_the_port_that_is_taken(line: str, expected: tuple[str, int]) -> None:
    assert named("net.port_in_use", False, [line], NOWHERE) == PortTaken(*expected)


def test_the_port_stands_below_the_message_or_in_the_environment() -> None:
    node = ["Error: listen EADDRINUSE", "    at Server.setup (node:net:1:1)", "  port: 3000"]
    assert named("net.port_in_use", False, node, NOWHERE) == PortTaken("", 3000)
    python = ["OSError: [Errno 98] Address already in use"]
    assert named("net.port_in_use", False, python, KNOWN) == PortTaken("", 8000)
    assert named("net.port_in_use", False, python, NOWHERE) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Error: connect ECONNREFUSED 127.0.0.1:5432", ("127.0.0.1", 5432)),
        ("Error: connect ECONNREFUSED ::1:27017", ("::1", 27017)),
        ("connect EHOSTUNREACH 10.0.0.7:6379", ("10.0.0.7", 6379)),
        (
            'connection to server at "db.internal" (10.0.0.5), port 5432 failed: refused',
            ("db.internal", 5432),
        ),
        ("ConnectionError: Error 111 connecting to localhost:6379. Refused", ("localhost", 6379)),
        ("OSError: Connect call failed ('127.0.0.1', 5432)", ("127.0.0.1", 5432)),
        ("Can't reach database server at `db.internal:5432`", ("db.internal", 5432)),
        ("Can't connect to MySQL server on 'localhost:3306' (111)", ("localhost", 3306)),
    ],
)
def test_what_does_not_answer(line: str, expected: tuple[str, int]) -> None:
    assert named("db.connection_refused", True, [line], NOWHERE) == Unreachable(*expected)


def test_a_database_that_no_line_names_is_that_of_the_environment() -> None:
    line = ["SequelizeConnectionRefusedError"]
    assert named("db.connection_refused", True, line, KNOWN) == Unreachable("db.internal", 5433)
    assert named("redis.connection_refused", True, line, KNOWN) is None


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("Error: ENOENT: no such file or directory, open '/etc/app/key.pem'", "/etc/app/key.pem"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'cfg.json'", "/srv/app/cfg.json"),
    ],
)
def test_a_file_that_is_missing(line: str, path: str) -> None:
    assert named("fs.not_found", False, [line], NOWHERE) == FileMissing(path)


def test_other_faults_name_nothing_to_look_at() -> None:
    assert named("node.module_missing", False, ["Cannot find module 'x'"], KNOWN) is None
