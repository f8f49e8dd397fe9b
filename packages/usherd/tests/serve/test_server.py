"""The server as a client meets it."""

import base64
import http.client
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from usher.serve.server import SiteServer
from usher.serve.settings import Settings


class Got(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    headers: http.client.HTTPMessage


class Site:
    """A server that listens."""

    def __init__(self, chosen: Settings) -> None:
        self.server = SiteServer(chosen)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __call__(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Got:
        """Ask it."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return Got(answer.status, answer.read(), answer.headers)
        finally:
            connection.close()


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """A small site on any free port."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text("home")
    (tmp_path / "a.txt").write_text("0123456789")
    (tmp_path / "sub" / "<b>.txt").write_text("x")
    return Settings(tmp_path, port=0)


@pytest.fixture
def serve() -> Iterator[Callable[[Settings], Site]]:
    """Start servers, and end them."""
    started: list[Site] = []

    def start(chosen: Settings) -> Site:
        started.append(Site(chosen))
        return started[-1]

    yield start
    for site in started:
        site.server.shutdown()
        site.server.finish()


def test_files(here: Settings, serve: Callable[[Settings], Site]) -> None:
    ask = serve(here)
    home = ask("/")
    assert (home.status, home.body) == (200, b"home")
    assert home.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Access-Control-Allow-Origin" not in home.headers
    head = ask("/a.txt", "HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", "10")
    assert ask("/nothing").status == 404
    moved = ask("/sub")
    assert (moved.status, moved.headers["Location"]) == (301, "/sub/")
    assert ask("//evil.example/%2e%2e/sub").headers.get("Location") is None
    assert ask("/sub/").status == 404
    assert ask("/a.txt", "POST", b"x").status == 501


def test_a_page_for_what_is_missing(
    here: Settings, serve: Callable[[Settings], Site], tmp_path: Path
) -> None:
    (tmp_path / "404.html").write_text("nope")
    assert serve(here)("/nothing")[:2] == (404, b"nope")


def test_copies_and_parts(here: Settings, serve: Callable[[Settings], Site]) -> None:
    ask = serve(here)
    first = ask("/a.txt")
    tag, changed = first.headers["ETag"], first.headers["Last-Modified"]
    assert ask("/a.txt", If_None_Match=tag).status == 304
    assert ask("/a.txt", If_None_Match='"other"').status == 200
    assert ask("/a.txt", If_Modified_Since=changed).status == 304
    part = ask("/a.txt", Range="bytes=2-4")
    assert (part.status, part.body) == (206, b"234")
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    assert ask("/a.txt", Range="bytes=2-4", If_Range='"other"').body == b"0123456789"
    beyond = ask("/a.txt", Range="bytes=10-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, "bytes */10")


def test_a_page_that_routes_by_itself(here: Settings, serve: Callable[[Settings], Site]) -> None:
    ask = serve(here._replace(homepage="/index.html"))
    assert ask("/any/where")[:2] == (200, b"home")
    assert ask("/a.txt").body == b"0123456789"


def test_a_listing(here: Settings, serve: Callable[[Settings], Site]) -> None:
    body = serve(here._replace(listing=True))("/sub/").body
    assert b'<a href="%3Cb%3E.txt">&lt;b&gt;.txt</a>' in body


def test_a_login(here: Settings, serve: Callable[[Settings], Site]) -> None:
    ask = serve(here._replace(user="ann", password="x:y"))
    refused = ask("/")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="pm2"')
    right, wrong = (base64.b64encode(word).decode() for word in (b"ann:x:y", b"ann:x"))
    assert ask("/", Authorization=f"Basic {wrong}").status == 401
    assert ask("/", Authorization="nonsense").status == 401
    assert ask("/", Authorization=f"Basic {right}").status == 200
