"""Secrets of an environment in lines that are shown: found by their values."""

import pytest

from usher.redaction.redactor import Redactor
from usher.redaction.values import secrets_of

ENV = {
    "DB_PASSWORD": 'hun"ter2/x',
    "DATABASE_URL": "postgres://app:p%40ssw0rd@db/app",
    "CACHE_URL": "redis://cache:6379",
    "API_KEY": "short",
    "NODE_ENV": "production",
    "SESSION_STORE": "memory",
    "GREETING": "hello world",
    "PRIVATE_KEY": "-----BEGIN KEY-----\nabcdefghij\n-----END KEY-----",
}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('connect with hun"ter2/x!', "connect with [redacted:env]!"),
        ('{"pw":"hun\\"ter2/x"}', '{"pw":"[redacted:env]"}'),
        ("?p=hun%22ter2%2Fx", "?p=[redacted:env]"),
        ("postgres://app:p%40ssw0rd@db/app", "[redacted:env]"),
        ("password p@ssw0rd is wrong", "password [redacted:env] is wrong"),
        ("key: abcdefghij", "key: [redacted:env]"),
        ("short hello world in production", "short hello world in production"),
        ("store in memory, cache redis://cache:6379", "store in memory, cache redis://cache:6379"),
    ],
)
def test_what_is_masked(line: str, shown: str) -> None:
    assert Redactor(secrets_of(ENV)).line(line) == shown


def test_without_secrets_lines_stay() -> None:
    assert Redactor(secrets_of({"NODE_ENV": "production"})).line("production") == "production"
