"""Who may ask while there are no accounts."""

import pytest

from boxoffice.http.access import reason_to_refuse

LOCAL = {"host": "127.0.0.1:8000"}


@pytest.mark.parametrize(
    ("peer", "headers", "reason"),
    [
        ("127.0.0.1", LOCAL, None),
        ("127.5.5.5", {"host": "localhost"}, None),
        ("::1", {"host": "[::1]:8000"}, None),
        (None, LOCAL, None),
        ("127.0.0.1", {**LOCAL, "origin": "http://127.0.0.1:8000"}, None),
        ("192.168.0.7", LOCAL, "not_from_this_machine"),
        ("::ffff:10.0.0.1", LOCAL, "not_from_this_machine"),
        ("nonsense", LOCAL, "not_from_this_machine"),
        ("127.0.0.1", {}, "host_not_loopback"),
        ("127.0.0.1", {"host": ""}, "host_not_loopback"),
        ("127.0.0.1", {"host": "rebound.example:8000"}, "host_not_loopback"),
        ("127.0.0.1", {"host": "127.0.0.1.example"}, "host_not_loopback"),
        ("127.0.0.1", {"host": "localhost.example"}, "host_not_loopback"),
        ("127.0.0.1", {"host": "10.0.0.1"}, "host_not_loopback"),
        ("127.0.0.1", {**LOCAL, "x-forwarded-for": "127.0.0.1"}, "forwarded"),
        ("127.0.0.1", {**LOCAL, "forwarded": "for=127.0.0.1"}, "forwarded"),
        ("127.0.0.1", {**LOCAL, "x-real-ip": "127.0.0.1"}, "forwarded"),
        ("127.0.0.1", {**LOCAL, "via": "1.1 proxy"}, "forwarded"),
        ("127.0.0.1", {**LOCAL, "origin": "https://evil.example"}, "foreign_origin"),
        ("127.0.0.1", {**LOCAL, "origin": "http://127.0.0.1:9"}, "foreign_origin"),
        ("127.0.0.1", {**LOCAL, "origin": "null"}, "foreign_origin"),
    ],
)
def test_only_this_machine_may_ask(
    peer: str | None, headers: dict[str, str], reason: str | None
) -> None:
    assert reason_to_refuse(peer, headers) == reason
