"""Words to a service manager that started us with NOTIFY_SOCKET (sd_notify's protocol)."""

from __future__ import annotations

import os
import socket


def is_there() -> bool:
    """Whether a service manager wants to hear from us."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def tell(*words: str) -> None:
    """Say `words` (READY=1, STOPPING=1 ...); a manager that does not listen is no fault of ours."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.setblocking(False)
        try:
            channel.sendto("\n".join(words).encode(), address)
        except OSError:
            pass
