"""What a request shows for itself, and where it counts as coming from: pure."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from starlette.requests import Request

from boxoffice.accounts.credentials import BearerToken, Credential, SessionToken
from boxoffice.http.access import AccountsInForce
from boxoffice.http.identity import cookie_name, credential_of, network
from boxoffice.http.kept_answers import KeptAnswers
from boxoffice.http.services import Services
from boxoffice.http.sign_in import local_path

COOKIE = "boxoffice_session"


def services(public_origin: str | None = None) -> Services:
    return Services(
        Mock(),
        Mock(),
        Mock(),
        KeptAnswers(0),
        clock=Mock(),
        started=Mock(),
        public_origin=public_origin,
    )


@pytest.mark.parametrize(
    ("headers", "cookies", "credential"),
    [
        ({}, {}, None),
        ({}, {COOKIE: "s"}, SessionToken("s")),
        ({}, {COOKIE: ""}, None),
        ({}, {"other": "s"}, None),
        ({"authorization": "Bearer t"}, {}, BearerToken("t")),
        ({"authorization": "bearer  t "}, {}, BearerToken("t")),
        ({"authorization": "Bearer t"}, {COOKIE: "s"}, BearerToken("t")),
        ({"authorization": "Basic t"}, {COOKIE: "s"}, None),
        ({"authorization": ""}, {COOKIE: "s"}, None),
    ],
)
def test_a_token_counts_alone_and_a_cookie_without_one(
    headers: Mapping[str, str], cookies: Mapping[str, str], credential: Credential | None
) -> None:
    assert credential_of(headers, cookies, COOKIE) == credential


@pytest.mark.parametrize(
    ("peer", "forwarded", "public", "counted"),
    [
        ("192.0.2.1", None, None, "192.0.2.1"),
        ("127.0.0.1", "192.0.2.9", None, "127.0.0.1"),
        ("127.0.0.1", "192.0.2.9", "https://x", "192.0.2.9"),
        ("10.0.0.2", "192.0.2.9", "https://x", "192.0.2.9"),
        # What the proxy wrote itself stands last; the rest is anybody's word.
        ("127.0.0.1", "1.2.3.4, 192.0.2.9", "https://x", "192.0.2.9"),
        # From afar nobody is believed.
        ("8.8.8.8", "192.0.2.9", "https://x", "8.8.8.8"),
        (None, "192.0.2.9", "https://x", "192.0.2.9"),
        (None, None, "https://x", "unknown"),
        ("testclient", "192.0.2.9", "https://x", "unknown"),
    ],
)
def test_attempts_are_counted_by_whom_the_proxy_names(
    peer: str | None, forwarded: str | None, public: str | None, counted: str
) -> None:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    scope: dict[str, Any] = {"type": "http", "headers": headers}
    scope["client"] = None if peer is None else (peer, 1)
    assert network(Request(scope), services(public)) == counted


def test_the_cookie_is_bound_to_the_host_where_there_is_tls() -> None:
    assert cookie_name(services()) == COOKIE
    assert cookie_name(services("http://intranet")) == COOKIE
    assert cookie_name(services("https://sales.example")) == f"__Host-{COOKIE}"


@pytest.mark.parametrize("path", ["/", "/?asOf=2026-03-10", "/live", "/a//b"])
def test_a_path_of_ours_is_gone_to(path: str) -> None:
    assert local_path(path) == path


def test_accounts_are_asked_for_until_there_are_any() -> None:
    asked: list[bool] = []
    answers = SimpleNamespace(next=False)

    def exists() -> bool:
        asked.append(answers.next)
        return answers.next

    accounts = AccountsInForce(exists)
    assert (accounts.known, accounts.ask(), accounts.ask()) == (False, False, False)
    answers.next = True
    assert (accounts.known, accounts.ask(), accounts.known) == (False, True, True)
    assert accounts.ask()
    assert len(asked) == 3
