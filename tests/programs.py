"""Services that tell on their manager: a scribe that numbers its lines, a web server in parts."""

from pathlib import Path

SCRIBE = r"""
import mmap, os, sys, time
# Prints numbered lines; the last number whose write() returned stands in a file. Rests for the
# seconds of the second argument after 50 lines; without one it prints as fast as it can.
rest = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
page = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.ftruncate(page, 4096)
seen = mmap.mmap(page, 4096)
n = int.from_bytes(seen[:8], "little")
while True:
    text = b"".join(b"%012d %s\n" % (i, b"x" * (i % 150)) for i in range(n + 1, n + 51))
    for line in text.splitlines(keepends=True):
        os.write(1, line)
        n += 1
        seen[:8] = n.to_bytes(8, "little")
    if rest:
        time.sleep(rest)
"""

WEB = r"""
import http.server, os, signal, socket, threading
# Answers what it has accepted before it ends, as servers do.

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
    def address_string(self):
        return "-"

def listen(fd):
    server = http.server.ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
    server.socket = socket.socket(fileno=fd)
    server.daemon_threads = False
    return server

def serve(server):
    server.serve_forever(poll_interval=0.05)
    server.server_close()

# A handler would run in the main thread only when that wakes up, which nothing guarantees.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
servers = [listen(3 + n) for n in range(int(os.environ["LISTEN_FDS"]))]
for server in servers:
    threading.Thread(target=serve, args=(server,)).start()
signal.sigwait([signal.SIGTERM])
for server in servers:
    server.shutdown()
"""


def numbers(folder: Path, name: str) -> list[int]:
    """All line numbers in a log and its rotated predecessors, oldest first; torn lines fail."""
    files = sorted(
        folder.glob(f"{name}*"),
        key=lambda path: -int(path.suffix[1:] if path.suffix[1:].isdigit() else 0),
    )
    found: list[int] = []
    for path in files:
        for line in path.read_bytes().split(b"\n"):
            if line:
                number, _, rest = line.partition(b" ")
                assert rest == b"x" * (int(number) % 150), f"torn line {line!r} in {path.name}"
                found.append(int(number))
    return found


def is_alive(pid: int) -> bool:
    """A zombie is dead: that nobody reaps orphans is the host's affair."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
