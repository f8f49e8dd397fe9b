"""Client library of usher's HTTP interface: what the command line uses, and your scripts may.

from usher.client import connect

for service in connect().services():
    print(service.name, service.status)
"""

from usher.client.client import Client, connect
from usher.client.errors import LostError, NotRunningError, ProblemError, UsherError
from usher.client.home import usher_home
from usher.client.launch import ensure_running, is_held, was_killed
from usher.client.silence import SilentError

__all__ = [
    "Client",
    "LostError",
    "NotRunningError",
    "ProblemError",
    "SilentError",
    "UsherError",
    "connect",
    "ensure_running",
    "is_held",
    "usher_home",
    "was_killed",
]
