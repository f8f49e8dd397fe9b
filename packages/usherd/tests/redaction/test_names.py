"""What of an environment may be shown, name by name and look by look."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.redaction.names import MASK, masked, shown

SECRET = {
    "JWT_SECRET": "a",
    "DB_PASSWORD": "word",
    "PGPASSWORD": "x",
    "STRIPE_API_KEY": "y",
    "KEY": "z",
    "github_token": "w",
    "DATABASE_URL": "postgres://host/db",
    "SENTRY_DSN": "https://host/1",
    "SLACK_WEBHOOK_URL": "https://hooks.example/abc",
    "UPSTREAM": "http://user:pass@host/",
    "UPSTREAM_2": "https://only-user@host/",
    "BLOB": "-----BEGIN PRIVATE KEY-----",
    "A": "eyJhbGciOiJIUzI1NiJ9.e30.x",
    "B": "ghp_0123456789abcdef",
    "C": "AKIAIOSFODNN7EXAMPLE",
    "D": "host=db password=word",
    "E": "f3b5c2a1d4e6f7a8b9c0d1e2",
}

PLAIN = {
    "NODE_ENV": "production",
    "PORT": "3000",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
    "PWD": "/srv/app1/releases/20260101",
    "HOME": "/home/app",
    "LOG_LEVEL": "debug",
    "HOST": "postgres.internal",
    "TEST_VARIABLE": "YES",
    "KEYBOARD": "us",
    "MONKEY": "george",
    "VERSION": "1.2.3-rc.1",
    "API_URL": "https://api.example.com/v1",
    "EMPTY_PASSWORD": "",
    "DIR": "/srv/releases/20260101/current",
}


@pytest.mark.parametrize("name", SECRET)
def test_masked(name: str) -> None:
    assert shown(name, SECRET[name]) == MASK


@pytest.mark.parametrize("name", PLAIN)
def test_plain(name: str) -> None:
    assert shown(name, PLAIN[name]) == PLAIN[name]


def test_names_stay_and_are_sorted() -> None:
    assert masked({"B_TOKEN": "x", "A": "y"}) == {"A": "y", "B_TOKEN": MASK}
    assert list(masked({"B": "1", "A": "2"})) == ["A", "B"]


@given(st.text(string.printable, min_size=1, max_size=60))
def test_no_password_in_a_url_is_ever_shown(password: str) -> None:
    quoted = "".join(c if c.isalnum() else f"%{ord(c):02X}" for c in password)

    assert shown("UPSTREAM", f"amqp://user:{quoted}@host:1/v") == MASK


@given(st.text(max_size=20000))
def test_any_value_is_looked_at_in_no_time(value: str) -> None:
    assert shown("ANY", value) in (value, MASK)
