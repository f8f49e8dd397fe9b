"""The verbs that are run again and again, in little more than Python's own start-up time.

Nothing is imported but what the interpreter has loaded already and `_socket`: `socket`, `json` or
`argparse` would each cost as much as Python's start itself. The daemon renders the table; here
bytes are passed on. Whatever is not plain sailing is left to the full command line.
"""

import os
from _socket import AF_UNIX, SOCK_STREAM, socket

_LIST = ("list", "ls", "status", "l", "ps")
_JSON = {"jlist": "/v1/jlist", "list": "/v1/services", "ping": "/v1/ping"}
_PIPED_COLUMNS = 240
"""Width of a table that no terminal shows: nothing is cut."""


def run(argv: list[str]) -> int | None:
    """Print the answer and return 0; None when the full command line has to do it."""
    target = _target(argv)
    if target is None:
        return None
    body = _get(target)
    if body is None:
        return None
    if not body.endswith(b"\n"):
        body += b"\n"
    try:
        while body:
            body = body[os.write(1, body) :]
    except BrokenPipeError:
        pass
    return 0


def _target(argv: list[str]) -> str | None:
    """Return what to ask for, if the words are one of the few that are known here."""
    if len(argv) == 1 and argv[0] in _LIST:
        return f"/v1/list.txt?columns={_columns()}&color={int(wants_color())}"
    if argv == ["jlist"]:
        return _JSON["jlist"]
    if len(argv) == 2 and argv[1] == "--json":
        return (
            _JSON["list" if argv[0] in _LIST else argv[0]] if argv[0] in (*_LIST, *_JSON) else None
        )
    return None


def wants_color() -> bool:
    """Tell whether standard output is a terminal whose user has not asked for plain text."""
    environment = os.environ
    plain = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
    return not plain and os.isatty(1)


def _columns() -> int:
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return _PIPED_COLUMNS


def _get(target: str) -> bytes | None:
    """Return the body of a 200; None for everything else."""
    home = os.environ.get("USHER_HOME") or os.path.expanduser("~/.usher")  # noqa: PTH111 (pathlib costs 5 ms)
    connection = socket(AF_UNIX, SOCK_STREAM)
    try:
        connection.connect(f"{home}/usher.sock")
        connection.sendall(f"GET {target} HTTP/1.0\r\nHost: usher\r\n\r\n".encode())
        parts: list[bytes] = []
        while part := connection.recv(65536):
            parts.append(part)
    except OSError:
        return None
    finally:
        connection.close()
    head, blank, body = b"".join(parts).partition(b"\r\n\r\n")
    whole = blank and f"\r\ncontent-length: {len(body)}\r\n".encode() in head.lower() + b"\r\n"
    return body if whole and head.split(b" ", 2)[1:2] == [b"200"] else None
