"""The two clocks, read at one place. Everything else takes a `Now`."""

import time
from pathlib import Path

from usher.model.events import Now


def read() -> Now:
    """Read both clocks; the boot clock goes on during suspend."""
    return Now(boot=time.clock_gettime(time.CLOCK_BOOTTIME), wall=time.time())


def wall() -> float:
    """Read the wall clock alone: seconds since 1970."""
    return read().wall


def boot_id() -> str:
    """Identify this boot of the host; deadlines of another boot mean nothing."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
