"""Whether what keeps an instance from being started is there: seen, and nothing touched."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Final

from usher.model.fault import FileMissing, FilesUnchanged, Obstacle, PortTaken, Unreachable
from usher.model.spec import ServiceSpec
from usher.runtime import processes

_MADE_OF: Final = (
    *("package.json", "package-lock.json", "node_modules", "node_modules/.package-lock.json"),
    *("yarn.lock", "pnpm-lock.yaml", "dist", "build", ".next", ".env", "pyproject.toml"),
    *("requirements.txt", "prisma/schema.prisma"),
)
"""Files and folders of an app whose change may cure what ended it. Not the app's folder itself:
others may write there all the time."""


async def gone(obstacle: Obstacle, patience: float) -> str:
    """Say what was seen when the obstacle is gone; empty while it is there.

    `patience` is in seconds.
    """
    match obstacle:
        case PortTaken(host=host, port=port):
            taken = await asyncio.to_thread(processes.is_taken, port)
            return "" if taken else f"{host}:{port} is free"
        case Unreachable(host=host, port=port):
            accepts = await _accepts(host, port, patience)
            return f"{host}:{port} accepts connections" if accepts else ""
        case FileMissing(path=path):
            return f"{path} exists" if Path(path).exists() else ""
        case FilesUnchanged(marks=marks):
            changed = sorted(path for path, mark in marks.items() if _mark(path) != mark)
            return f"{', '.join(changed)} changed" if changed else ""


def unchanged(spec: ServiceSpec, place: str) -> FilesUnchanged:
    """Remember what an app is made of; `place` is the "file:line" where it failed, if known."""
    files = {place.rpartition(":")[0], *_files_of(spec)}
    files |= {f"{spec.cwd}/.env", f"{spec.cwd}/node_modules"}
    return FilesUnchanged({path: _mark(path) for path in sorted(files) if path})


def changed_since(spec: ServiceSpec, moment: float) -> list[str]:
    """List what an app is made of and was changed after `moment` (wall clock, seconds)."""
    found: list[str] = []
    for path in sorted(_files_of(spec)):
        with contextlib.suppress(OSError):
            if Path(path).stat().st_mtime > moment:
                found.append(path)
    return found


def _files_of(spec: ServiceSpec) -> set[str]:
    inside = (f"{spec.cwd}/{name}" for name in _MADE_OF)
    named = (word if word.startswith("/") else f"{spec.cwd}/{word}" for word in spec.argv)
    files = {*filter(os.path.isfile, named), *filter(os.path.exists, inside)}
    return files | {source for source in spec.env_sources.values() if source.startswith("/")}


def _mark(path: str) -> str:
    try:
        seen = Path(path).stat()
    except OSError:
        return ""
    return f"{seen.st_mtime_ns}:{seen.st_size}"


async def _accepts(host: str, port: int, patience: float) -> bool:
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
