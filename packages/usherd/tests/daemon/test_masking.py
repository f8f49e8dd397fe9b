"""Secrets of an environment in lines that are shown."""

import pytest

from usher.daemon.masking import masker

ENV = {
    "DB_PASSWORD": 'hun"ter2/x',
    "DATABASE_URL": "postgres://app:p%40ssw0rd@db/app",
    "API_KEY": "short",
    "NODE_ENV": "production",
    "GREETING": "hello world",
    "PRIVATE_KEY": "-----BEGIN KEY-----\nabcdefghij\n-----END KEY-----",
}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('connect with hun"ter2/x!', "connect with ***!"),
        ('{"pw":"hun\\"ter2/x"}', '{"pw":"***"}'),
        ("?pw=hun%22ter2%2Fx", "?pw=***"),
        ("postgres://app:p%40ssw0rd@db/app", "***"),
        ("password p@ssw0rd is wrong", "password *** is wrong"),
        ("key: abcdefghij", "key: ***"),
        ("short hello world in production", "short hello world in production"),
    ],
)
def test_what_is_masked(line: str, shown: str) -> None:
    assert masker(ENV)(line) == shown


def test_without_secrets_lines_stay() -> None:
    assert masker({"NODE_ENV": "production"})("production") == "production"
