"""The verbs that are run again and again, in little more than Python's own start-up time.

Nothing is imported but what the interpreter has loaded already and `_socket`: `socket`, `json` or
`argparse` would each cost as much as Python's start itself. The daemon renders the table; here
bytes are passed on. Whatever is not plain sailing is left to the full command line.
"""

import os
from _socket import AF_UNIX, SOCK_STREAM, socket

_LIST = ("list", "ls", "status", "l", "ps")
_JSON = {"jlist": "/v1/jlist", "list": "/v1/services", "ping": "/v1/ping"}
_PM2_OF_NAME = {"pid": "pids", "id": "ids"}
_PIPED_COLUMNS = 240
"""Width of a table that no terminal shows: nothing is cut."""
_PATIENCE = 2.0
"""Seconds without a byte after which the daemon may hang; the full command line sees to that."""


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
    if argv[:1] == ["pm2"]:
        return _pm2_target(argv[1:])
    if len(argv) == 1 and argv[0] in _LIST:
        return f"/v1/list.txt?columns={_columns()}&color={int(wants_color())}"
    if argv == ["jlist"]:
        return _JSON["jlist"]
    if len(argv) == 2 and argv[1] == "--json":
        return (
            _JSON["list" if argv[0] in _LIST else argv[0]] if argv[0] in (*_LIST, *_JSON) else None
        )
    return None


def _pm2_target(argv: list[str]) -> str | None:
    """Return the same for `usher pm2 ...` (and for `pm2`, where the shim stands for it)."""
    if os.environ.get("PM2_SILENT"):
        return None
    word = argv[0] if argv else ""
    name = argv[1] if len(argv) == 2 else ""
    if len(argv) == 1 and word in (*_LIST, "jlist", "prettylist"):
        view = "list" if word in _LIST else word
        shape = f"?columns={_columns()}&color={int(wants_color())}" if view == "list" else ""
        return f"/v1/pm2/{view}{shape}"
    # What would have to be written otherwise in a URL is left to the full command line.
    plain = name.replace("-", "").replace("_", "").replace(".", "")
    is_plain = plain.isascii() and plain.isalnum()
    if argv == ["pid"] or (word in _PM2_OF_NAME and is_plain):
        return f"/v1/pm2/{_PM2_OF_NAME[word]}?of={name}"
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


def _home() -> str:
    """The same as usher.client.home, without the price of pathlib (5 ms)."""
    pm2 = os.environ.get("PM2_HOME")
    chosen = os.environ.get("USHER_HOME") or (f"{pm2}/usher" if pm2 else "")
    return chosen or os.path.expanduser("~/.usher")  # noqa: PTH111


def _get(target: str) -> bytes | None:
    """Return the body of a 200; None for everything else."""
    connection = socket(AF_UNIX, SOCK_STREAM)
    connection.settimeout(_PATIENCE)
    try:
        connection.connect(f"{_home()}/usher.sock")
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
