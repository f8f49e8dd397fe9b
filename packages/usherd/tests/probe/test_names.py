"""Names and certificates."""

import asyncio
import datetime
import socket
import ssl
from typing import Any

import pytest
import trustme

from usher.model.target import DnsTarget, TlsTarget
from usher.probe.connection import Stopwatch
from usher.probe.names import ask_dns, ask_tls


async def test_a_name_has_an_address() -> None:
    assert (await ask_dns(DnsTarget("localhost", "127.0.0.1"), Stopwatch())).ok
    wrong = await ask_dns(DnsTarget("localhost", "192.0.2.1"), Stopwatch())
    assert not wrong.ok
    assert "expected 192.0.2.1" in wrong.detail


async def test_a_name_that_is_not_there() -> None:
    answer = await ask_dns(DnsTarget("db.invalid"), Stopwatch())
    assert not answer.ok
    assert answer.detail.startswith("cannot find db.invalid")


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.fixture
def ends_soon(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=5, hours=12)
    authority.issue_cert("127.0.0.1", not_after=soon).configure_cert(context)
    return context


async def test_a_certificate_that_ends_soon(serve: Any, ends_soon: ssl.SSLContext) -> None:
    address = f"127.0.0.1:{await serve(silent, ends_soon)}"
    assert (await ask_tls(TlsTarget(address, days=5), 20, Stopwatch())).ok
    answer = await ask_tls(TlsTarget(address), 20, Stopwatch())
    assert not answer.ok
    assert answer.detail == "valid for 5 more days, expected 14"


@pytest.mark.parametrize(
    ("days", "wanted", "certificate"),
    [(20, 14, ""), (13, 14, "warning"), (3.5, 14, "warning"), (2.5, 14, "critical"),
     (2.5, 1, ""), (0.5, 1, "critical"), (-1, 14, "critical")],
)  # fmt: skip
async def test_b4_cert_expiry_has_two_levels(
    serve: Any, authority: trustme.CA, days: float, wanted: float, certificate: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    begin = end - datetime.timedelta(days=90)
    authority.issue_cert("127.0.0.1", not_before=begin, not_after=end).configure_cert(context)
    address = f"127.0.0.1:{await serve(silent, context)}"
    answer = await ask_tls(TlsTarget(address, days=wanted), 20, Stopwatch())
    assert (answer.ok, answer.certificate) == (not certificate, certificate)


async def test_who_is_not_there_has_no_certificate() -> None:
    with socket.socket() as bound:  # and does not listen
        bound.bind(("127.0.0.1", 0))
        answer = await ask_tls(TlsTarget(f"127.0.0.1:{bound.getsockname()[1]}"), 20, Stopwatch())
    assert (answer.ok, answer.certificate) == (False, "")


async def test_a_certificate_of_nobody_we_trust(
    serve: Any, shown: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    address = f"127.0.0.1:{await serve(silent, shown)}"
    answer = await ask_tls(TlsTarget(address), 20, Stopwatch())
    assert not answer.ok
    assert answer.detail.startswith("not trusted: ")
    assert answer.certificate == "critical"
    assert (await ask_tls(TlsTarget(address, verify=False), 20, Stopwatch())).ok
