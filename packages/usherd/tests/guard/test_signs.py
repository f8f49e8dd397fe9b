"""Signs in output: each is found in the lines that show it, and in no others."""

import pytest

from usher.guard.database import signs

DOUBLE = """\
starting
/app/node_modules/typeorm/data-source/DataSource.js:143
            throw new CannotConnectAlreadyConnectedError_1(this.name);
CannotConnectAlreadyConnectedError: Cannot initialize DataSource because it is already connected.
    at DataSource.initialize (/app/node_modules/typeorm/data-source/DataSource.js:143:19)
    at main (/app/dist/main.js:283:24)
    at Object.<anonymous> (file:///app/dist/boot.js:151:5)
    at node:internal/modules/cjs/loader:1554:14
"""


def test_e8_double_initialisation_is_named_with_both_call_sites() -> None:
    (found,) = signs.find(DOUBLE.splitlines())
    assert found.code is signs.DOUBLE_INITIALIZE
    assert found.sites == ("/app/dist/main.js:283", "/app/dist/boot.js:151")
    finding = found.finding("api")
    assert "CannotConnectAlreadyConnectedError" in finding.message
    assert "/app/dist/main.js:283 and /app/dist/boot.js:151" in finding.message
    assert "a restart does not help" in finding.message
    assert (finding.file, finding.line) == ("/app/dist/main.js", 283)


@pytest.mark.parametrize(
    "line",
    [
        "error: remaining connection slots are reserved for non-replication superuser connections",
        "FATAL:  sorry, too many clients already",
        "Error: Too many connections",
        "code: 'ER_CON_COUNT_ERROR'",
        'FATAL:  too many connections for role "app"',
        "\x1b[31merror: 53300\x1b[0m",
        "FATAL: MaxClientsInSessionMode: max clients reached",
    ],
)
def test_a_full_database_is_recognised(line: str) -> None:
    (found,) = signs.find(["before", line, "after"])
    assert found.code is signs.TOO_MANY
    assert "\x1b" not in found.line


@pytest.mark.parametrize(
    "line",
    [
        "connected to the database, pool of 10",
        "served 53 300 requests",
        "DataSource initialized",
        "connect ECONNREFUSED 127.0.0.1:5432",
        "x" * 20_000 + " too many clients already",
    ],
)
def test_benign_lines_are_no_signs(line: str) -> None:
    assert signs.find([line]) == []


def test_a_python_stack_names_its_files() -> None:
    lines = [
        "sqlalchemy.exc.OperationalError: sorry, too many clients already",
        '  File "/app/lib/python3.11/site-packages/psycopg/x.py", line 9, in connect',
        '  File "/app/shop/db.py", line 12, in pool',
    ]
    assert signs.find(lines)[0].sites == ("/app/shop/db.py:12",)


def test_a_file_that_a_source_map_names_and_nobody_has_is_no_place_of_the_app() -> None:
    lines = [
        "CannotConnectAlreadyConnectedError: Cannot initialize DataSource because it is already",
        "    at DataSource.initialize (/app/src/data-source/DataSource.ts:239:19)",
        "    at main (/app/main.js:20:9)",
    ]
    (found,) = signs.find(lines, lambda file: file == "/app/main.js")
    assert found.sites == ("/app/main.js:20",)
