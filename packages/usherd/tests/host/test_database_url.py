"""Which database an environment names."""

import pytest

from usher.host.database_url import parse, target_of

URL = "postgresql://app:s3cret@db:5432/shop"


def test_a_url_is_read_and_its_password_never_shown() -> None:
    found = parse("postgres://app:p%40ss@db.internal/shop?connection_limit=5")
    assert found is not None
    assert (found.host, found.port, found.user, found.database) == (
        "db.internal",
        5432,
        "app",
        "shop",
    )
    assert found.password == "p@ss"
    assert "p@ss" not in repr(found) + str(found)
    assert parse("postgresql+asyncpg://h/x") is not None
    assert parse("postgresql:///shop?host=/run/postgresql") is not None
    assert parse("redis://h:1") is None
    assert parse("postgresql://h:port/x") is None


def test_parts_are_read_where_there_is_no_url() -> None:
    env = {
        "DB_HOST": "db",
        "DB_PORT": "3306",
        "DB_USERNAME": "u",
        "DB_PASSWORD": "p",
        "DB_NAME": "d",
    }
    found = target_of(env)
    assert found is not None
    assert (found.kind, found.host, found.user, found.database) == ("mysql", "db", "u", "d")
    assert target_of({"PGHOST": "db", "PGUSER": "u"}) == parse("postgresql://u@db/u", "PGHOST")
    assert target_of({"OTHER_URL": URL}) is None
    named = target_of({"OTHER_URL": URL, "DATABASE_URL": "mysql://x/y"}, "OTHER_URL")
    assert named is not None
    assert named.kind == "postgresql"


@pytest.mark.parametrize("port", [6432, 6543])
def test_a_pooler_is_known_by_its_port(port: int) -> None:
    found = parse(f"postgresql://u@h:{port}/d")
    assert found is not None
    assert found.is_pooler
