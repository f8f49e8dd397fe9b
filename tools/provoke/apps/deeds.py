"""What every Python app can be made to do."""

import os
import time
from pathlib import Path

KEPT: list[bytearray] = []


def upload() -> str:
    """Write a file where there may be no room for it."""
    folder = Path(os.environ.get("UPLOAD_DIR", "/srv/app/uploads"))
    (folder / "poster.png").write_bytes(bytes(4 << 20))
    return "ok"


def leak() -> str:
    """Keep more than the process may have."""
    while True:
        KEPT.append(bytearray(16 << 20))


def hang() -> str:
    """Never come back."""
    while True:
        time.sleep(1)


def total(orders: list[dict[str, int]]) -> int:
    """Add what may be missing."""
    return sum(order.get("seats") for order in orders)
