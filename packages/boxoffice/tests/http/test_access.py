"""Which requests are heard at all."""

import pytest

from boxoffice.http.access import is_cross_site, reason_to_refuse

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


ORIGIN = "https://sales.example"


@pytest.mark.parametrize(
    ("method", "headers", "refused"),
    [
        ("POST", {}, False),
        ("GET", {"sec-fetch-site": "cross-site"}, False),
        ("HEAD", {"origin": "https://evil.example"}, False),
        ("POST", {"sec-fetch-site": "same-origin"}, False),
        ("POST", {"sec-fetch-site": "none"}, False),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("POST", {"sec-fetch-site": "cross-site"}, True),
        ("DELETE", {"sec-fetch-site": "cross-site", "origin": ORIGIN}, True),
        ("POST", {"origin": "http://127.0.0.1:8000"}, False),
        ("PATCH", {"origin": ORIGIN}, False),
        ("POST", {"origin": "https://evil.example"}, True),
        ("PUT", {"origin": "http://127.0.0.1:9"}, True),
        ("POST", {"origin": "null"}, True),
        ("POST", {"origin": "https://sales.example.evil"}, True),
    ],
)
def test_s5_no_page_of_another_site_changes_anything(
    method: str, headers: dict[str, str], refused: bool
) -> None:
    assert is_cross_site(method, {**LOCAL, **headers}, ORIGIN) is refused
