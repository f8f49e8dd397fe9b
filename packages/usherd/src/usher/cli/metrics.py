"""usher metrics: everything that is measured and counted, once or for a collector."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socket import AF_INET, AF_INET6
from typing import Final, NamedTuple

from usher.api.exit_codes import ExitCode
from usher.api.openmetrics import CONTENT_TYPE
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.client import Client, UsherError

_PATIENCE: Final = 10.0
"""Seconds that a connection may be silent."""


class Place(NamedTuple):
    """Where collectors ask."""

    host: str
    port: int


def configure(parser: ArgumentParser) -> None:
    """Take whether to go on answering a collector."""
    parser.add_argument(
        "--listen",
        type=place_of,
        metavar="[ADDRESS:]PORT",
        help="answer GET /metrics there until Ctrl-C; loopback addresses only (127.0.0.1)",
    )


def run(options: Namespace, console: Console) -> int:
    """Write text of OpenMetrics, or JSON; or answer a collector with the former."""
    client = client_of(options)
    if options.listen is not None:
        return _serve(client, options.listen, console)
    if console.json:
        console.data({"metrics": client.metric_list(), "exit_code": 0})
    else:
        console.raw(client.metrics())
    return ExitCode.OK


def place_of(text: str) -> Place:
    """Read where to listen. Raises ArgumentTypeError unless that is the loopback."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (port.isascii() and port.isdecimal() and int(port[:6]) <= 65535):
        raise ArgumentTypeError(f"{text!r} names no port (9464, 127.0.0.1:9464)")
    try:
        is_ours = ip_address(host).is_loopback
    except ValueError:
        raise ArgumentTypeError(f"{host!r} is no address (127.0.0.1, ::1)") from None
    if not is_ours:
        raise ArgumentTypeError(
            f"{host!r} can be reached from other hosts, and nobody is asked who they are:"
            " listen on 127.0.0.1 and put a proxy with authentication before it"
        )
    return Place(host, int(port))


def _serve(client: Client, place: Place, console: Console) -> int:
    try:
        server = server_of(client, place)
    except OSError as error:
        raise UsherError(
            f"cannot listen on {place.host}:{place.port}: {error.strerror}",
            hint="choose another port",
            exit_code=ExitCode.USAGE,
        ) from error
    with server:
        shown = f"[{place.host}]" if ":" in place.host else place.host
        console.note(f"serving http://{shown}:{server.server_port}/metrics; Ctrl-C ends it")
        server.serve_forever()
    return ExitCode.OK


def server_of(client: Client, place: Place) -> ThreadingHTTPServer:
    """Make a server that answers one question, /metrics. Raises OSError."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE
        server_version = "usher"
        sys_version = ""

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404, explain="GET /metrics is all there is")
                return
            try:
                body = client.metrics().encode()
            except UsherError as error:
                self.send_error(503, explain=str(error))
                return
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its base's name)
            """A collector asks every few seconds: nothing worth a line."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = AF_INET6 if ":" in place.host else AF_INET

    return Server(place, Handler)
