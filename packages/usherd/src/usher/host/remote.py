"""Looks at the hosts that variables name: their addresses, and the certificates that they show.

One connection a host, no word of an application said, and no trust needed: when a certificate runs
out can be read whoever signed it.
"""

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Final

from usher.host import certificates, reach
from usher.model.facts import Remote

PATIENCE: Final = 2.0
"""Seconds for all hosts together: a check has three for everything."""

_MOST: Final = 32
"""Hosts of one app that are looked at."""

_TLS_SCHEMES: Final = ("https", "wss", "rediss", "amqps", "ldaps", "imaps", "smtps")


def look(env: Mapping[str, str]) -> list[Remote]:
    """Look at every host that a URL among the variables names, all at once."""
    found = list(reach.endpoints(env).items())[:_MOST]
    seen = {
        name: Remote(name, *place, f"no name server answers within {PATIENCE:g} s")
        for name, place in found
    }
    threads = [
        # A name server that hangs is left behind; it must not hold up the end of the command.
        threading.Thread(target=_see, args=(name, *place, env[name], seen), daemon=True)
        for name, place in found
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [seen[name] for name, _ in found]


def _see(variable: str, host: str, port: int, url: str, seen: dict[str, Remote]) -> None:
    unresolved = _unresolved(host)
    seen[variable] = Remote(variable, host, port, unresolved)
    scheme = url.strip().partition(":")[0].lower()
    if not unresolved and scheme.partition("+")[0] in _TLS_SCHEMES:
        seen[variable] = Remote(variable, host, port, "", _not_after(host, port))


def _unresolved(host: str) -> str:
    """Say why a name has no address; empty where it has one."""
    try:
        socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "no name of a host"
        return (said or "no address").lower()
    return ""


def _not_after(host: str, port: int) -> float | None:
    """Return when the certificate of a host runs out (s since the epoch); None: it showed none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=host) as channel,
        ):
            der = channel.getpeercert(binary_form=True)
        return None if der is None else certificates.not_after(der)
    except (OSError, ValueError, IndexError):
        return None
