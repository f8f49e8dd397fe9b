"""Is there memory for a second instance beside the first? What is free, and what the first uses."""

from pathlib import Path
from typing import Final

from usher.model.events import Room
from usher.runtime import processes

_CGROUPS: Final = Path("/sys/fs/cgroup")


def measure(pid: int) -> Room | None:
    """Read both in bytes; None where they cannot be seen, which is no reason to refuse."""
    used = processes.usage(pid)
    free = _available(_read(Path("/proc/meminfo")))
    if used is None or free is None:
        return None
    return Room(free=min(free, *_left_in_cgroups(_CGROUPS)), used=used.memory)


def _available(meminfo: str) -> int | None:
    """MemAvailable: what can be used without swapping, page cache included."""
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return None


def _left_in_cgroups(root: Path) -> list[int]:
    """What our cgroup and each above it may still use, where cgroup v2 sets a limit."""
    groups = _read(Path("/proc/self/cgroup")).splitlines()
    own = next((line for line in groups if line.startswith("0::/")), "0::/")
    path = root / own.removeprefix("0::/")
    left: list[int] = [2**63]
    for folder in (path, *path.parents):
        limit, used = _read(folder / "memory.max").strip(), _read(folder / "memory.current").strip()
        if limit.isdecimal() and used.isdecimal():
            left.append(max(0, int(limit) - int(used)))
        if folder == root:
            break
    return left


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
