"""A web server that takes its listening socket from usher (LISTEN_FDS: the first one is 3)."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hello(BaseHTTPRequestHandler):
    """Answers every GET."""

    def do_GET(self) -> None:
        """Say hello."""
        body = b"Hello from a service that usher runs.\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("", 0), Hello, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=3)
print("hello: listening", flush=True)
server.serve_forever()
