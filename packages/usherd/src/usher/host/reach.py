"""Whether what an app's variables name can be reached from here: a TCP connection, no word said."""

import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

PATIENCE: Final = 2.0
"""Seconds for one connection."""

_PORTS: Final = {
    "postgres": 5432, "postgresql": 5432, "mysql": 3306, "mariadb": 3306, "redis": 6379,
    "rediss": 6379, "amqp": 5672, "mongodb": 27017, "http": 80, "https": 443, "ws": 80, "wss": 443,
}  # fmt: skip


def endpoints(env: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Find what URLs of an environment name: variable -> (host, port)."""
    found: dict[str, tuple[str, int]] = {}
    for name, value in env.items():
        try:
            parts = urlsplit(value.strip())
            port = parts.port or _PORTS.get(parts.scheme.partition("+")[0])
        except ValueError:
            continue
        if parts.hostname and port and parts.scheme:
            found[name] = (parts.hostname, port)
    return found


def reaches(env: Mapping[str, str]) -> dict[str, str]:
    """Try every endpoint at once; variable -> "yes" or why not."""
    found = endpoints(env)
    with ThreadPoolExecutor(max_workers=16) as pool:
        return dict(zip(found, pool.map(_try, found.values()), strict=True))


def _try(endpoint: tuple[str, int]) -> str:
    try:
        with socket.create_connection(endpoint, timeout=PATIENCE):
            return "yes"
    except TimeoutError:
        return "no answer"
    except OSError as error:
        return (error.strerror or str(error)).lower()
