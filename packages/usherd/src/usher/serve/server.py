"""HTTP/1.1 for a folder: files with validators and ranges, nothing that changes anything."""

import base64
import hmac
import html
import mimetypes
import os
import signal
import socket
import sys
import threading
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote

from usher.serve import ranges, settings, site
from usher.serve.settings import Settings

CONNECTIONS: Final = 256
"""At once; further ones wait in the backlog."""

IDLE_LIMIT: Final = 30.0
"""Seconds a connection may be silent."""

LAST_WORDS: Final = 1.0
"""Seconds that answers under way get at the end: less than PM2's kill_timeout of 1.6."""


class SiteServer(ThreadingHTTPServer):
    """A thread for each connection, bounded; counts answers under way."""

    daemon_threads = True
    request_queue_size = 511

    def __init__(self, chosen: Settings) -> None:
        """Bind and listen. Raises OSError."""
        family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
        self.address_family = family
        self.settings = chosen._replace(root=Path(os.path.realpath(chosen.root)))
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        self._quiet = threading.Condition()
        self._under_way = 0
        super().__init__((chosen.host, chosen.port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Wait for a free place before the thread is started."""
        self._free.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Give the place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away; anything else is a mistake of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def begin(self) -> None:
        """Count an answer."""
        with self._quiet:
            self._under_way += 1

    def end(self) -> None:
        """One answer is done."""
        with self._quiet:
            self._under_way -= 1
            self._quiet.notify_all()

    def finish(self) -> None:
        """Accept no more, and let answers under way end for a moment."""
        self.server_close()
        with self._quiet:
            self._quiet.wait_for(lambda: not self._under_way, LAST_WORDS)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "usher"
    sys_version = ""
    timeout = IDLE_LIMIT
    server: SiteServer  # pyright: ignore[reportIncompatibleVariableOverride] (the only one it has)

    def do_GET(self) -> None:
        """Answer with content."""
        self._counted()

    def do_HEAD(self) -> None:
        """Answer without content."""
        self._counted()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write no line a request."""

    def _counted(self) -> None:
        self.server.begin()
        try:
            self._answer()
        finally:
            self.server.end()

    def _answer(self) -> None:
        chosen = self.server.settings
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body would be read as the next request
        if chosen.user and not _knows(chosen, self.headers.get("Authorization", "")):
            self._page(
                HTTPStatus.UNAUTHORIZED,
                b"Access denied",
                {"WWW-Authenticate": 'Basic realm="pm2"', "Content-Type": "text/plain"},
            )
            return
        match site.find(chosen.root, self.path):
            case site.File(path):
                self._file(path, HTTPStatus.OK)
            case site.Moved(to):
                # Two slashes at the front would name another host.
                location = f"/{to.lstrip('/')}"
                self._page(HTTPStatus.MOVED_PERMANENTLY, b"", {"Location": location})
            case site.Folder(path) if chosen.listing:
                self._listing(path)
            case _:
                self._instead(chosen)

    def _instead(self, chosen: Settings) -> None:
        """Answer for a path that is nothing: the home page, or 404 with a page of the site's."""
        if chosen.homepage:
            home = site.find(chosen.root, chosen.homepage)
            if isinstance(home, site.File):
                self._file(home.path, HTTPStatus.OK)
                return
        page = site.find(chosen.root, "/404.html")
        if isinstance(page, site.File):
            self._file(page.path, HTTPStatus.NOT_FOUND)
        else:
            self._page(HTTPStatus.NOT_FOUND, b"404 Not Found", {"Content-Type": "text/plain"})

    def _listing(self, folder: Path) -> None:
        rows = [
            f'<li><a href="{quote(name)}">{html.escape(name)}</a></li>'
            for name in site.names_in(folder)
        ]
        body = "<!doctype html><meta charset=utf-8><ul>" + "".join(rows) + "</ul>"
        headers = {"Content-Type": "text/html; charset=utf-8"}
        self._page(HTTPStatus.OK, os.fsencode(body), headers)

    def _page(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, {**headers, "Content-Length": str(len(body))})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _file(self, path: Path, status: HTTPStatus) -> None:
        try:
            file = path.open("rb")
        except OSError:
            self._page(HTTPStatus.NOT_FOUND, b"404 Not Found", {"Content-Type": "text/plain"})
            return
        with file:
            self._content(file, path, status)

    def _content(self, file: BinaryIO, path: Path, status: HTTPStatus) -> None:
        seen = os.fstat(file.fileno())
        tag = f'"{seen.st_mtime_ns:x}-{seen.st_size:x}"'
        about = {
            "ETag": tag,
            "Last-Modified": formatdate(seen.st_mtime, usegmt=True),
            "Accept-Ranges": "bytes",
        }
        found = status is HTTPStatus.OK
        if found and self._has_it(tag, int(seen.st_mtime)):
            self._head(HTTPStatus.NOT_MODIFIED, about)
            return
        asked = self.headers.get("Range") if found else None
        if self.headers.get("If-Range", tag) != tag:
            asked = None
        try:
            part = ranges.parse(asked, seen.st_size)
        except ranges.UnsatisfiableError:
            headers = {"Content-Range": f"bytes */{seen.st_size}"}
            self._page(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", headers)
            return
        if len(part) != seen.st_size:
            status = HTTPStatus.PARTIAL_CONTENT
            about["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{seen.st_size}"
        self._head(status, {**about, "Content-Type": _type(path), "Content-Length": str(len(part))})
        if self.command != "HEAD" and part:
            self.connection.sendfile(file, part.start, len(part))

    def _has_it(self, tag: str, changed: int) -> bool:
        """Tell whether the client's copy is the file as it is now."""
        if (known := self.headers.get("If-None-Match")) is not None:
            return known.strip() == "*" or tag in known
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
            return changed <= since.timestamp()
        except ValueError:
            return False

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()


def _knows(chosen: Settings, authorization: str) -> bool:
    """Compare a login in constant time."""
    expected = base64.b64encode(f"{chosen.user}:{chosen.password}".encode())
    kind, _, given = authorization.partition(" ")
    return kind.lower() == "basic" and hmac.compare_digest(given.strip().encode(), expected)


def _type(path: Path) -> str:
    kind, encoding = mimetypes.guess_type(path.name)
    if encoding or kind is None:
        return "application/octet-stream"
    is_text = kind.startswith("text/") or kind in ("application/javascript", "application/json")
    return f"{kind}; charset=utf-8" if is_text else kind


def main() -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code."""
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # before threads, which inherit it
    try:
        chosen = settings.read(os.environ, Path.cwd())
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        server = SiteServer(chosen)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {chosen.host}:{chosen.port}: {error.strerror}\n")
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"Exposing {chosen.root} directory on port {server.server_port}\n")
    sys.stdout.flush()
    signal.sigwait(signals)
    server.finish()
    return 0
