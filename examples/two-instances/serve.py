"""A web server with two sockets from usher: one for clients, one through which it is judged."""

import os
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIRST = 3
"""Number of the first passed descriptor (the convention of LISTEN_FDS)."""


class Handler(BaseHTTPRequestHandler):
    """Says which instance answers."""

    def do_GET(self) -> None:
        """Answer on both sockets alike: what judges us must see what clients see."""
        body = f"instance {os.environ.get('NODE_APP_INSTANCE', '?')}, pid {os.getpid()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """Name the client; a Unix socket has none."""
        return str(self.client_address[0]) if self.client_address else "probe"


def main() -> None:
    """Serve every passed socket until SIGTERM, then finish what is under way."""
    servers: list[ThreadingHTTPServer] = []
    for fd in range(FIRST, FIRST + int(os.environ["LISTEN_FDS"])):
        server = ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = socket.socket(fileno=fd)
        server.daemon_threads = False
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    for server in servers:
        server.shutdown()
        server.server_close()


# Before any thread starts, so that none of them takes the signal instead of sigwait.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
main()
