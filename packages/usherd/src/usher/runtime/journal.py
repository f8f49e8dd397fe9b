"""The memory of the daemon: a snapshot of the world and a journal of what changed it since.

Because `step` is pure, (snapshot, events after it) is the world. Each event that changes the
world is appended before its actions are performed, so a daemon killed at any instant finds at
its next start either the decision and not its effect (the effect is then found missing and
reported as Lost) or both. Appending is one write and no fsync: it survives the death of the
process; a power cut ends all services anyway, and what people asked for is synced by `sync`.

A full disk must not stop supervision. What cannot be appended is kept in memory only, and nothing
is appended behind the gap: from time to time a snapshot is tried, which makes the memory whole.

A line is ``<crc32, 8 hex digits> <json>``. A torn or damaged tail is dropped, and the dropped
bytes are kept beside the journal for a look.
"""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from usher.model.events import Event, Now
from usher.model.world import World
from usher.runtime import files, lines

log = logging.getLogger(__name__)

COMPACT_AT: Final = 4 * 1024 * 1024
"""Bytes of journal after which a snapshot replaces it: about 0.2 s of replay."""

TRY_AGAIN: Final = 5.0
"""Seconds between two snapshots that are tried while the disk refuses."""

Step = Callable[[World, Event, Now], tuple[World, object]]


class Entry(msgspec.Struct, frozen=True):
    """One event that changed the world."""

    n: int
    now: Now
    event: Event


class Snapshot(msgspec.Struct, frozen=True):
    """The world after entry `n`. Boot-clock times in it mean something in boot `boot_id` only."""

    n: int
    boot_id: str
    world: World


_encode = msgspec.json.Encoder().encode
_decode_entry = msgspec.json.Decoder(Entry).decode


class Journal:
    """Owner of `snapshot.json` and `journal` in `folder`; one daemon at a time has it open."""

    def __init__(self, folder: Path, boot_id: str) -> None:
        self._folder = files.private_folder(folder)
        self._boot_id = boot_id
        self._path = folder / "journal"
        self._n = 0
        self._fd = -1
        self._frozen = False
        self._gap: float | None = None
        """The disk refused: when it was tried last (boot clock). None: all is on it."""
        self._closes_gap = False
        """A snapshot is due that would make it whole."""
        self.ended: Now | None = None
        """When the daemon before wrote its last entry, as far as `load` has found one."""

    def load(self, step: Step) -> Snapshot | None:
        """Read the world back and open the journal for appending; None in a new home.

        The answer's `boot_id` tells whether its deadlines still mean anything.
        """
        snapshot = self._read_snapshot()
        if snapshot is not None:
            self._n = snapshot.n
            world = snapshot.world
            for entry in self._read_entries():
                self.ended = entry.now
                if entry.n > self._n:
                    world, _ = step(world, entry.event, entry.now)
                    self._n = entry.n
            snapshot = msgspec.structs.replace(snapshot, n=self._n, world=world)
        self._fd = os.open(
            self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        return snapshot

    def append(self, event: Event, now: Now) -> None:
        """Record one event before its actions are performed, if the disk takes it."""
        if self._frozen:
            return
        self._n += 1
        if self._gap is not None:
            self._closes_gap = now.boot - self._gap >= TRY_AGAIN
            self._gap = now.boot if self._closes_gap else self._gap
            return
        line = lines.seal(_encode(Entry(self._n, now, event)))
        try:
            written = os.write(self._fd, line)
            if written < len(line):
                os.ftruncate(self._fd, os.fstat(self._fd).st_size - written)
                self._refused(now.boot, "no space left")
        except OSError as error:
            self._refused(now.boot, error.strerror)

    def _refused(self, at: float, why: str | None) -> None:
        if self._gap is None:
            log.warning("cannot keep the state in %s: %s; going on without", self._folder, why)
        self._gap, self._closes_gap = at, False

    def sync(self) -> None:
        """Make all that was appended survive a power cut, if the disk does."""
        try:
            os.fsync(self._fd)
        except OSError as error:
            log.warning("cannot keep the state in %s: %s", self._folder, error.strerror)

    def freeze(self) -> None:
        """Remember nothing from now on: what follows is not to be found at the next start."""
        self._frozen = True

    @property
    def wants_snapshot(self) -> bool:
        """Whether the journal is to be replaced by a snapshot: it is large, or misses something."""
        return self._closes_gap or os.fstat(self._fd).st_size > COMPACT_AT

    def snapshot(self, world: World) -> None:
        """Replace snapshot and journal by the present world, if the disk takes it."""
        if self._frozen:
            return
        body = _encode(Snapshot(self._n, self._boot_id, world))
        try:
            files.write_atomically(self._folder / "snapshot.json", lines.seal(body))
        except OSError as error:
            self._refused(self._gap or 0.0, error.strerror)
            return
        # Entries up to `n` are skipped by `load`, so a kill between these two lines is harmless.
        os.ftruncate(self._fd, 0)
        self._gap, self._closes_gap = None, False

    def _read_snapshot(self) -> Snapshot | None:
        try:
            line = (self._folder / "snapshot.json").read_bytes()
        except FileNotFoundError:
            return None
        body = lines.unseal(line)
        if body is None:
            raise ValueError(
                f"cannot read {self._folder / 'snapshot.json'}: checksum does not match; "
                "move the file aside to start with an empty list"
            )
        return msgspec.json.decode(body, type=Snapshot)

    def _read_entries(self) -> Iterator[Entry]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return
        good = 0
        for line in content.splitlines(keepends=True):
            body = lines.unseal(line)
            if body is None:
                break
            yield _decode_entry(body)
            good += len(line)
        if good < len(content):
            files.write_atomically(self._path.with_suffix(".torn"), content[good:])
            os.truncate(self._path, good)
