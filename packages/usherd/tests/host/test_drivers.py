"""What a driver is given for the URL of an app."""

import pytest

from usher.host.database_url import parse
from usher.host.drivers import libpq_words, pymysql_words

PLAIN = {"host": "db", "port": 5432, "user": "app", "password": "p@ss", "dbname": "shop"}


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ("", ""),
        ("?schema=public&connection_limit=5&pool_timeout=2&pgbouncer=true&sslaccept=strict", ""),
        ("?sslmode=verify-full&sslrootcert=/ca.pem", "sslmode=verify-full sslrootcert=/ca.pem"),
        ("?sslmode=no-verify", "sslmode=require"),
        ("?sslcert=/server-ca.pem", ""),
        ("?sslcert=/c.pem&sslkey=/k.pem", "sslcert=/c.pem sslkey=/k.pem"),
        (
            "?channel_binding=require&options=project%3Dx",
            "channel_binding=require options=project=x",
        ),
    ],
)
def test_libpq_is_given_what_it_knows(query: str, more: str) -> None:
    target = parse(f"postgres://app:p%40ss@db/shop{query}")
    assert target is not None
    added = dict(word.split("=", 1) for word in more.split()) if more else {}
    assert libpq_words(target) == PLAIN | added


def test_mysql_by_a_name_and_by_a_socket() -> None:
    named, by_socket = parse("mysql://app:x@db/shop"), parse("mysql:///shop?host=/run/my.sock")
    assert named is not None
    assert by_socket is not None
    assert pymysql_words(named)["host"] == "db"
    words = pymysql_words(by_socket)
    assert (words["host"], words["unix_socket"]) == (None, "/run/my.sock")
