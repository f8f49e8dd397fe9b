"""What this host says about itself: role files, variables, its name, its addresses, cloud tags.

Only looked at, nothing concluded (`usher.guard.roles` does that). What is there and cannot be read
is told apart from what is not there.
"""

import os
import socket
import stat
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from usher.model.guard import Evidence, Source

SYSTEM_FOLDER: Final = "/etc/usher"
"""Where root declares what holds for the whole host."""

ROLE_FILE: Final = "role"
"""Name of the file beside the guard's that holds the role of this host."""

_LIMIT: Final = 1024 * 1024
"""Bytes of a file that names a role; instance metadata has a few thousand."""


def guard_folders(home: str) -> tuple[str, ...]:
    """Name the folders in which the guard is declared besides those of configuration files."""
    return (SYSTEM_FOLDER, home)


def role_files(home: str) -> tuple[str, ...]:
    """Name the role files that are looked at in any case."""
    return tuple(f"{folder}/{ROLE_FILE}" for folder in guard_folders(home))


def look(sources: Iterable[Source], env: Mapping[str, str]) -> tuple[Evidence, ...]:
    """Look at every source; `env` is where variables are looked up."""
    return tuple(_look(source, env) for source in sources)


def _look(source: Source, env: Mapping[str, str]) -> Evidence:
    match source.kind:
        case "env":
            value = env.get(source.name, "")
            return Evidence(source, (value,) if value else ())
        case "hostname":
            return Evidence(source, (socket.gethostname(),))
        case "address":
            return Evidence(source, addresses())
        case "file" | "tag":
            return _read(source)


def _read(source: Source) -> Evidence:
    try:
        # Not blocking: a named pipe in its place must not hold up the daemon.
        fd = os.open(source.name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return Evidence(source)
    except OSError as error:
        return Evidence(source, fault=f"cannot be read: {(error.strerror or '').lower()}")
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode):
            return Evidence(source, fault="cannot be read: no regular file")
        text = os.read(fd, _LIMIT).decode()
    except (OSError, UnicodeDecodeError):
        return Evidence(source, fault="cannot be read: no text")
    finally:
        os.close(fd)
    said = _said(text, source.key)
    pinned = source.kind == "file" and _only_ours(about) and _is_safe_folder(source.name)
    return Evidence(source, said, pinned=pinned, fault="" if said else "says nothing")


def _said(text: str, key: str) -> tuple[str, ...]:
    """Return the whole text in one line, or what stands at `key` ("a.b.c") of JSON."""
    if not key:
        word = " ".join(text.split())[:200]
        return (word,) if word else ()
    try:
        value: Any = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return ()
    for part in key.split("."):
        value = cast("dict[str, Any]", value).get(part) if isinstance(value, dict) else None
    if isinstance(value, list):
        return tuple(str(item) for item in cast("list[Any]", value))
    return () if value is None or isinstance(value, dict) else (str(value),)


def _only_ours(about: os.stat_result) -> bool:
    """Whether only root or our own user can have written it."""
    return about.st_uid in (0, os.geteuid()) and not about.st_mode & 0o022


def _is_safe_folder(path: str) -> bool:
    """Whether nobody else can put another file in its place, links followed."""
    try:
        folder = Path(path).resolve().parent.stat()
    except OSError:
        return False
    sticky = bool(folder.st_mode & stat.S_ISVTX)
    return folder.st_uid in (0, os.geteuid()) and (sticky or not folder.st_mode & 0o022)


def addresses() -> tuple[str, ...]:
    """List the addresses of this host, those of loopback left out; IPv4, then IPv6."""
    found = (*_ipv4(), *_ipv6())
    return tuple(dict.fromkeys(one for one in found if not ip_address(one).is_loopback))


def _ipv4() -> list[str]:
    """Read them off the routing table: each is followed by "/32 host LOCAL"."""
    lines = [line.split() for line in _lines("/proc/net/fib_trie")]
    return [
        place[1]
        for place, kind in pairwise(lines)
        if place[:1] == ["|--"] and kind[-2:] == ["host", "LOCAL"]
    ]


def _ipv6() -> list[str]:
    words = [line.split()[0] for line in _lines("/proc/net/if_inet6")]
    return [socket.inet_ntop(socket.AF_INET6, bytes.fromhex(word)) for word in words]


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
