"""Telling the supervisor how far we are (systemd's notification protocol)."""

import socket
from collections.abc import Mapping


def notify(environ: Mapping[str, str], *assignments: str) -> None:
    """Send `READY=1` and the like to NOTIFY_SOCKET; nobody listens, nothing happens."""
    address = environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.connect(address)
            sender.send("\n".join(assignments).encode())
        except OSError:
            return  # a supervisor that went away is no reason not to serve
