"""Hosts that variables name: their names, and the certificates that they show."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from usher.host import reach, remote


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    """Serve a self-signed certificate that is good for ten days."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"),
            *("-days", "10", "-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # the test is over
            with client:
                client.settimeout(5)
                try:
                    context.wrap_socket(client, server_side=True).close()
                except OSError:
                    continue  # no TLS: a name that was only looked up

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_certificate_is_read_whoever_signed_it(tls_port: int) -> None:
    (found,) = remote.look({"HOOK_URL": f"https://127.0.0.1:{tls_port}/x"})
    assert (found.variable, found.host, found.port) == ("HOOK_URL", "127.0.0.1", tls_port)
    assert found.not_after is not None
    assert abs(found.not_after - time.time() - 10 * 86400) < 3600


def test_without_tls_only_the_name_is_looked_up(tls_port: int) -> None:
    (found,) = remote.look({"HOOK_URL": f"http://localhost:{tls_port}/x", "LEVEL": "info"})
    assert (found.unresolved, found.not_after) == ("", None)


def test_a_name_that_nobody_knows() -> None:
    (found,) = remote.look({"DATABASE_URL": "postgres://app:secret@no-such-host.invalid/shop"})
    assert found.host == "no-such-host.invalid"
    assert found.unresolved
    assert "secret" not in repr(found)


def test_nobody_waits_for_a_name_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hangs(*_: object, **__: object) -> None:
        over.wait(30)
        raise OSError

    monkeypatch.setattr(remote, "PATIENCE", 0.05)
    monkeypatch.setattr(remote.socket, "getaddrinfo", hangs)
    (found,) = remote.look({"HOOK_URL": "https://slow.example/x"})
    over.set()
    assert "no name server answers" in found.unresolved


def test_what_names_a_host() -> None:
    env = {
        "A": "https://a.example", "B": "redis://b.example:7000/0", "C": "postgres://u:p@c/x",
        "D": "not a url", "E": "file:///etc/passwd", "F": "https://[::1/", "G": "https://h:99999/",
    }  # fmt: skip
    assert reach.endpoints(env) == {
        "A": ("a.example", 443), "B": ("b.example", 7000), "C": ("c", 5432),
    }  # fmt: skip
