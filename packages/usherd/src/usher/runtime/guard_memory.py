"""What usher remembers about the guard: files that were in force, and overrides that hold.

One file, `state/guard.json`, written whole. That a guard file is gone can only be told by who
remembers it; without that, a clean-up of the repository would switch the guard off unnoticed.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from usher.config.guard_file import GUARD_FILE
from usher.model.guard import Override
from usher.runtime import files


class _Kept(msgspec.Struct, frozen=True):
    """`services`: where the rules stood by which each was last judged."""

    files: tuple[str, ...] = ()
    services: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    overrides: tuple[Override, ...] = ()


class GuardMemory:
    """Owner of `guard.json` in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "guard.json"
        try:
            self._kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            self._kept = _Kept()

    @property
    def overrides(self) -> tuple[Override, ...]:
        """Everything that was overridden and may still hold."""
        return self._kept.overrides

    def gone(
        self,
        services: Iterable[str],
        folders: Sequence[str],
        here: Iterable[str],
        *,
        guarded: bool,
    ) -> tuple[str, ...]:
        """Name the guard files that once held for services in `folders` and are not `here`.

        Services that moved to where no guard is (not `guarded`) miss that of their last start.
        """
        there = set(here)
        lost = [path for path in self._kept.files if path.rpartition("/")[0] in folders]
        if not guarded:
            lost += [path for name in services for path in self._kept.services.get(name, ())]
        return tuple(path for path in dict.fromkeys(lost) if path not in there)

    def remember(self, services: Iterable[str], sources: Sequence[str]) -> None:
        """Take note of the guard files that hold for these services."""
        if not sources:
            return
        guards = [path for path in sources if path.endswith(f"/{GUARD_FILE}")]
        known = tuple(dict.fromkeys([*self._kept.files, *guards]))
        now_for = {name: tuple(sources) for name in services}
        kept = msgspec.structs.replace(
            self._kept, files=known, services={**self._kept.services, **now_for}
        )
        self._write(kept)

    def forget(self, path: str) -> bool:
        """Miss this guard file no more; tell whether it was known."""
        if not any(path in paths for paths in (self._kept.files, *self._kept.services.values())):
            return False
        services = {
            name: tuple(one for one in paths if one != path)
            for name, paths in self._kept.services.items()
        }
        left = tuple(one for one in self._kept.files if one != path)
        self._write(msgspec.structs.replace(self._kept, files=left, services=services))
        return True

    def grant(self, given: Iterable[Override], now: float) -> None:
        """Add overrides, and drop those whose time is over."""
        standing = tuple(each for each in self._kept.overrides if each.until > now)
        self._write(msgspec.structs.replace(self._kept, overrides=(*standing, *given)))

    def _write(self, kept: _Kept) -> None:
        if kept != self._kept:
            files.write_atomically(self._path, msgspec.json.encode(kept))
            self._kept = kept
