"""The stream of events: kept on disk for people, in memory for those who follow it.

Lines are EventRecord as JSON in `events.jsonl`; at 8 MiB the file becomes `events.jsonl.1`.
A follower that reads slower than events come is cut off rather than kept waiting for ever.
"""

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from usher.api.types import EventRecord
from usher.model.actions import Changed, RemoteChanged
from usher.model.events import Key, Now
from usher.model.fault import USEFUL
from usher.model.incident import Cause, Diagnosis

log = logging.getLogger(__name__)

ROTATE_AT: Final = 8 * 1024 * 1024
REMEMBERED: Final = 2000
FOLLOWER_BACKLOG: Final = 1000

Follower = asyncio.Queue[EventRecord | None]
"""None means: you were too slow, read again from the file."""

NOTES: Final = {
    "diagnosed": "Why a run ended, from what it left behind, or why a process does not answer: the "
    "likeliest cause. For programs all of them stand in `diagnosis`.",
    "stray": "A process is left of it that cannot be ended, or that hides whose it is; its pid and "
    "command are in the detail. It is not touched.",
    "log-lost": "Daemon and keeper died together: the output since then is lost.",
    "log-trouble": "A log cannot be written; the app goes on, its output waits or is dropped.",
    "log-works": "It can be written again; how much was lost.",
    "daemon-hung": "usher's own daemon hung and was replaced: in which function, and the file with "
    "its stacks. Apps were not touched; probes stood still meanwhile.",
    "booted": "The host was restarted (or both of us ended with all apps): what comes back.",
    "boot-done": "What is back after that, and how long it took.",
    "message": "A program said something over its Node channel (`process.send`): the detail, as "
    "JSON. Only told to those who follow, and kept nowhere; its seq is that of the event before.",
    "alert": "People are told of trouble, that it goes on, or that it is over.",
    "alert-delivered": "A channel took a message: its kind, what it is about, and the channel.",
    "alert-late": "An alert could not be delivered to a channel; it is tried again.",
    "alert-lost": "An alert was never delivered, and is given up.",
    "alert-faulty": "A file that says who is told of trouble cannot be used; what it said before "
    "stays in force.",
    "alert-muted": "Somebody has alerts held back, of a service or of all, or no longer.",
    "alert-acknowledged": "Somebody looks after an alert: no more reminders of it.",
    "env-checked": "What was found when the variables of an instance in trouble were compared with "
    "their sources (`env-check`): names that differ, or that none does.",
    "env-revealed": "Somebody asked for the value of a variable; who, and which.",
    "finding": "Something is wrong with a running app: its code (docs/reference/checks), and what.",
    "finding-over": "It is not seen any more: its code, and why.",
    "in-place": "A reload replaces one instance after the other, because the database has no "
    "connections for old and new ones side by side.",
    "forced": "It was started in spite of a finding: the code, for how long, who, and why.",
}
"""Words of the stream that do not come from the policy, with their meaning."""

_encode = msgspec.json.Encoder().encode


class History:
    """Owner of the event file; `seq` continues where the last daemon ended."""

    def __init__(
        self, path: Path, redact: Callable[[str], str] = str, *, boot_id: str = ""
    ) -> None:
        """`boot_id` names this boot of the host."""
        self.boot_id = boot_id
        self._redact = redact
        self._path = path
        self._recent: deque[EventRecord] = deque(_read(path), maxlen=REMEMBERED)
        self._seq = self._recent[-1].seq if self._recent else 0
        self._fd = _open(path)
        self._faults: dict[tuple[str, int | None], EventRecord] = {}
        """The last diagnosis of an instance."""
        for record in self._recent:
            self._remember(record)
        self._torn = False
        """The disk took a part of the last line."""
        self._followers: set[Follower] = set()

    @property
    def last_seq(self) -> int:
        """Number of the newest event."""
        return self._seq

    def record(self, changed: Changed | RemoteChanged, now: Now) -> None:
        """Append what happened to an instance or a remote, and tell the followers."""
        remote = isinstance(changed, RemoteChanged)
        self._append(
            EventRecord(
                seq=self._seq + 1,
                time=_shown(now),
                service=changed.remote if remote else changed.key.service,
                slot=None if remote else changed.key.slot,
                run=None if remote else changed.run,
                event=changed.event,
                phase=changed.state if remote else changed.phase,
                ready=changed.ok if remote else changed.ready,
                detail=changed.detail,
                lasted=0.0 if remote else changed.lasted,
            ),
            now,
        )

    def explain(self, key: Key, run: int, found: Diagnosis, now: Now) -> None:
        """Append why a run ended or does not answer, in words and for programs."""
        found = self._redacted(found)
        first = found.causes[0]
        words = (
            f"{first.id} ({first.confidence:.0%} sure): {first.text}",
            *first.evidence[:1],
            *([first.place] if first.place else []),
            USEFUL[first.restart],
        )
        self._append(
            EventRecord(
                seq=self._seq + 1,
                time=_shown(now),
                service=key.service,
                slot=key.slot,
                run=run,
                event="diagnosed",
                phase="",
                ready=False,
                detail="; ".join(words),
                diagnosis=found,
            ),
            now,
        )

    def note(
        self,
        event: str,
        detail: str,
        now: Now,
        service: str = "",
        slot: int | None = None,
        cause: Cause | None = None,
    ) -> None:
        """Append what happened to usher as a whole, or concerns a service or an instance.

        `cause`: it may be why they are in trouble.
        """
        self._append(
            EventRecord(
                seq=self._seq + 1,
                time=_shown(now),
                service=service,
                slot=slot,
                run=None,
                event=event,
                phase="",
                ready=False,
                detail=detail,
                diagnosis=None if cause is None else self._redacted(Diagnosis((cause,))),
            ),
            now,
        )

    def _redacted(self, found: Diagnosis) -> Diagnosis:
        """Whatever quotes a log or a command line; it goes into incidents and their reports."""
        causes = tuple(
            msgspec.structs.replace(
                cause,
                text=self._redact(cause.text),
                evidence=tuple(map(self._redact, cause.evidence)),
                remedy=self._redact(cause.remedy),
                place=self._redact(cause.place),
                shared=self._redact(cause.shared),
            )
            for cause in found.causes
        )
        return Diagnosis(causes, tuple(map(self._redact, found.excluded)), found.file)

    def pass_on(self, key: Key, run: int, event: str, detail: str, now: Now) -> None:
        """Tell only those who follow: what a program says is not ours to keep."""
        said = EventRecord(
            seq=self._seq,
            time=_shown(now),
            service=key.service,
            slot=key.slot,
            run=run,
            event=event,
            phase="",
            ready=False,
            detail=self._redact(detail),
        )
        for follower in list(self._followers):
            self._tell(follower, said)

    def _append(self, record: EventRecord, now: Now) -> None:
        record = msgspec.structs.replace(
            record,
            detail=self._redact(record.detail),
            since_boot=round(now.boot, 3),
            boot_id=self.boot_id,
        )
        self._seq = record.seq
        self._recent.append(record)
        self._remember(record)
        self._write(_encode(record) + b"\n")
        for follower in list(self._followers):
            self._tell(follower, record)

    def _write(self, line: bytes) -> None:
        """Keep a line. Where the disk refuses, those who follow are told all the same."""
        try:
            if self._torn:
                line = b"\n" + line
            self._torn = os.write(self._fd, line) < len(line)
            if os.fstat(self._fd).st_size > ROTATE_AT:
                self._rotate()
        except OSError as error:
            log.warning("cannot keep an event in %s: %s", self._path, error.strerror)

    def last_fault(self, service: str, slot: int) -> tuple[str, str]:
        """Return what the last diagnosis of an instance named first, and when; or two empty."""
        record = self._faults.get((service, slot))
        if record is None or record.diagnosis is None:
            return "", ""
        return record.diagnosis.causes[0].id, record.time

    def _remember(self, record: EventRecord) -> None:
        if record.event == "diagnosed" and record.diagnosis and record.diagnosis.causes:
            self._faults[record.service, record.slot] = record
        elif record.event == "deleted":
            self._faults.pop((record.service, record.slot), None)

    def recent(self, since: int = 0, service: str | None = None) -> list[EventRecord]:
        """List remembered events after `since`, oldest first."""
        return [
            record
            for record in self._recent
            if record.seq > since and service in (None, record.service)
        ]

    @contextlib.contextmanager
    def follow(self) -> Generator[Follower]:
        """Get every event from now on."""
        follower: Follower = asyncio.Queue(FOLLOWER_BACKLOG)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _tell(self, follower: Follower, record: EventRecord) -> None:
        try:
            follower.put_nowait(record)
        except asyncio.QueueFull:
            self._followers.discard(follower)
            follower.get_nowait()
            follower.put_nowait(None)

    def _rotate(self) -> None:
        os.close(self._fd)
        self._path.replace(self._path.with_name(self._path.name + ".1"))
        self._fd = _open(self._path)


def _shown(now: Now) -> str:
    return datetime.fromtimestamp(now.wall).astimezone().isoformat("T", "milliseconds")


def _open(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(path, flags, 0o600)


def _read(path: Path) -> Iterator[EventRecord]:
    """Read what is whole; a torn last line is nobody's loss."""
    for file in (path.with_name(path.name + ".1"), path):
        try:
            lines = file.read_bytes().splitlines()[-REMEMBERED:]
        except FileNotFoundError:
            continue
        for line in lines:
            with contextlib.suppress(msgspec.DecodeError):
                yield msgspec.json.decode(line, type=EventRecord)
