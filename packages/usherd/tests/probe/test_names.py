"""Names and certificates."""

import asyncio
import datetime
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


async def test_a_certificate_of_nobody_we_trust(
    serve: Any, shown: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    address = f"127.0.0.1:{await serve(silent, shown)}"
    answer = await ask_tls(TlsTarget(address), 20, Stopwatch())
    assert not answer.ok
    assert answer.detail.startswith("not trusted: ")
    assert (await ask_tls(TlsTarget(address, verify=False), 20, Stopwatch())).ok
