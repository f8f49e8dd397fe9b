"""Which command shows more of a fault on any host, by what its lines name: a log has no app.

The lines may come from anybody, so what is read off them is quoted for a shell, and what cannot be
an address, a name or a path is no part of a command.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from usher.diagnosis import obstacles
from usher.diagnosis.signature import Restart, Signature
from usher.model.fault import FileMissing, PortTaken, Unreachable

_HOST: Final = r"(?P<it>[A-Za-z0-9_](?:[\w-]*\.)*[\w-]+)"
_PATH: Final = r"(?P<it>/[\w./@+-]+)"
_NAME: Final = r"(?P<it>[A-Za-z_][A-Za-z0-9_]*)"
_MODULE: Final = r"(?P<it>@?[A-Za-z0-9_][\w./-]*)"

_NAMED: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("dns.", rf"(?:ENOTFOUND|EAI_AGAIN) {_HOST}", ("getent hosts {it}",)),
    ("dns.", rf"(?:host name|hostname|host) ['\"]{_HOST}['\"]", ("getent hosts {it}",)),
    ("upstream.host_not_found", rf"upstream ['\"]{_HOST}['\"]", ("getent hosts {it}",)),
    ("tls.", rf"Host: {_HOST}\. is not", ("usher probe tls://{it}:443",)),
    ("fs.no_space", rf"['\"]{_PATH}['\"]", ("df -h {it}", "df -i {it}")),
    ("fs.read_only", rf"['\"]{_PATH}['\"]", ("findmnt --target {it}",)),
    ("fs.", rf"['\"]{_PATH}['\"]", ("namei -l {it}",)),
    ("exec.", rf"spawn {_MODULE} ENOENT", ("command -v {it}",)),
    ("exec.", rf"{_MODULE}: (?:command )?not found", ("command -v {it}",)),
    ("node.module_missing", rf"Cannot find (?:module|package) '{_MODULE}'", ("npm ls {it}",)),
    ("py.module_missing", rf"No module named '{_MODULE}'", ("python3 -c 'import {it}'",)),
    ("env.", rf"\b{_NAME} is not set", ('test -n "${it}" && echo set',)),
    ("py.missing_env", rf"KeyError: '{_NAME}'", ('test -n "${it}" && echo set',)),
)
"""Begin of an id, what is read off a line of it, and the commands for that; the first counts."""

_USUAL: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("fs.watch_limit", ("sysctl fs.inotify.max_user_watches",)),
    ("fs.no_space", ("df -h", "df -i")),
    ("fs.too_many_open", ("ulimit -n",)),
    ("os.cannot_fork", ("ulimit -u",)),
    ("os.", ("dmesg --ctime | tail -n 50", "free -m")),
    ("node.heap_oom", ("node -p 'v8.getHeapStatistics().heap_size_limit / 2 ** 20'",)),
)
"""The same where nothing has to be read off a line."""

_AROUND: Final = 5
"""Lines before and after the first one that names a fault."""


def commands(fault: Signature, lines: Sequence[str], log: str, line: int) -> list[str]:
    """Return commands about a fault that `lines` name, the most telling first.

    `log` is the file in which the first of them is number `line`, counted from 1; empty for what
    was piped in.
    """
    found = [*_of_obstacle(fault, lines)] or [*_of_names(fault, lines)] or _usual(fault)
    return [*found, *([_look(log, line)] if log else [])]


def search(log: str) -> list[str]:
    """Return commands for a log in which nothing is known; empty for what was piped in."""
    return [f"grep -inE 'error|fatal|exception' {shlex.quote(log)} | tail"] if log else []


def _of_obstacle(fault: Signature, lines: Sequence[str]) -> Iterator[str]:
    around = obstacles.Surroundings(cwd="")
    waits = fault.restart is Restart.WAIT or fault.id.startswith("net.")
    match obstacles.named(fault.id, waits, lines, around):
        case Unreachable(host=host, port=port) if re.fullmatch(r"[\w.:-]+", host):
            yield f"usher probe tcp://{f'[{host}]' if ':' in host else host}:{port}"
        case PortTaken(port=port):
            yield f"ss -ltnp 'sport = :{port}'"
        case FileMissing(path=path):
            yield f"namei -l {shlex.quote(path)}"
        case _:
            pass


def _of_names(fault: Signature, lines: Sequence[str]) -> Iterator[str]:
    for begin, pattern, wanted in _NAMED:
        found = (re.search(pattern, line) for line in lines if fault.id.startswith(begin))
        it = next((each["it"] for each in found if each is not None), None)
        if it is not None:
            yield from (each.replace("{it}", it) for each in wanted)
            return


def _usual(fault: Signature) -> list[str]:
    found = (wanted for begin, wanted in _USUAL if fault.id.startswith(begin))
    return [*next(found, ())]


def _look(log: str, line: int) -> str:
    first, last = max(1, line - _AROUND), line + _AROUND
    return f"sed -n {first},{last}p {shlex.quote(log)}"
