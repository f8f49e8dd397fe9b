"""Incidents, folded from the event stream and kept in SQLite.

It only follows the stream, so it delays nothing and nothing depends on it. What happened while no
daemon ran, or before it could be written, is read again from the events that are kept: `seq` says
up to which one the book is true.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from usher.api.types import EventRecord
from usher.incidents import care, fold, steady
from usher.model.care import Care
from usher.model.events import Now
from usher.model.incident import Book, Happening, Incident
from usher.runtime.history import Follower, History

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

KEPT: Final = 1000
"""Incidents that are kept; the oldest closed ones go first."""

WRITE_AFTER: Final = 0.5
"""Seconds in which changes are gathered: a crash makes five events, and one row."""

_TABLES: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS incident (number INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS care (number INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS book (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER, data BLOB);
"""

_encode = msgspec.json.Encoder().encode


class IncidentLog:
    """One a daemon. Nothing is loaded or written before the first incident."""

    def __init__(
        self,
        home: Path,
        history: History,
        needs: Callable[[str], Iterable[str]],
        clock: Callable[[], Now],
        tell: Callable[[Sequence[Incident]], None],
    ) -> None:
        """`needs` names the services that one depends on.

        `tell` gets incidents that are new or have changed, also when they close by time alone.
        """
        self._path = home / "state" / "incidents.db"
        self._history = history
        self._needs = needs
        self._clock = clock
        self._tell = tell
        self._database: sqlite3.Connection | None = None
        self._book = Book()
        self._seq = 0
        self._before = history.recent()[-1:]
        """The last event of the daemon before, if there was one."""
        self._follower: asyncio.Task[None] | None = None
        self._unwritten: dict[int, Incident] = {}
        self._writing: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None

    def begin(self, ended: Now | None = None) -> None:
        """Catch up with the stream and follow it.

        `ended` is when the daemon before remembered its last, if that was in this boot.
        """
        if self._path.exists():
            self._load()
            self._keep(self._book, self._book.open)
        self._take(self._history.recent(since=self._seq))
        last = [*map(_moment_of, self._before), *([] if ended is None else [self._moment(ended)])]
        watched = max((steady.time_of(self._book, each) for each in last), default=None)
        self._book = msgspec.structs.replace(self._book, watched=watched)
        self._follower = asyncio.create_task(self._follow())

    def close(self) -> None:
        """Write what is not written."""
        if self._follower is not None:
            self._follower.cancel()
        self._write_now()
        if self._closing is not None:
            self._closing.cancel()
        if self._database is not None:
            self._database.close()
            self._database = None

    def now(self) -> float:
        """The present on the time line of incidents, which nobody sets."""
        return steady.time_of(self._book, self._moment(self._clock()))

    def _moment(self, now: Now) -> steady.Moment:
        return steady.Moment(now.wall, now.boot, self._history.boot_id)

    @property
    def open(self) -> tuple[Incident, ...]:
        """What is not closed."""
        return self._book.open

    def all(self) -> list[Incident]:
        """Every incident that is kept, the newest first."""
        self._settle()
        self._write_now()
        every = {each.number: each for each in self._kept()}
        for number, each in self._unwritten.items():  # the disk refuses
            cared = every[number].care if number in every else each.care
            every[number] = msgspec.structs.replace(each, care=cared)
        newest = sorted(every.values(), key=lambda each: -each.number)
        return [incident for incident in newest if incident.part_of is None]

    def _kept(self) -> Iterator[Incident]:
        if self._database is not None:
            rows = self._database.execute(
                "SELECT incident.data, care.data FROM incident LEFT JOIN care USING (number)"
            )
            yield from (_read(*row) for row in rows)

    def keep_care(self, number: int, kept: Care) -> None:
        """Keep what people did about an incident. Raises OSError."""
        import sqlite3

        try:
            with self._database or self._open() as database:
                _write_care(database, number, kept)
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    async def _follow(self) -> None:
        while True:
            with self._history.follow() as follower:
                self._take(self._history.recent(since=self._seq))
                while batch := await _batch(follower):
                    self._take(batch)
            log.info("events came faster than incidents could be told; reading them again")

    def _take(self, records: Iterable[EventRecord]) -> None:
        book, told = self._book, dict[int, Incident]()
        for record in records:
            if record.seq <= self._seq:
                continue  # said to followers and kept nowhere
            self._seq = record.seq
            moment = _moment_of(record)
            book = steady.anchored(book, moment)
            happening = steady.placed(book, _happening(record, moment.wall), moment)
            book, changed = fold.advance(book, happening, self._needs)
            told |= {incident.number: incident for incident in changed}
        self._keep(book, tuple(told.values()))

    def _keep(self, book: Book, changed: tuple[Incident, ...]) -> None:
        self._book = book
        self._unwritten |= {incident.number: incident for incident in changed}
        if self._unwritten and self._writing is None:
            loop = asyncio.get_running_loop()
            self._writing = loop.call_later(WRITE_AFTER, self._write_now)

    def _close_in_time(self) -> None:
        """Close what stays well although no event says so."""
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        ends = [e.recovered + fold.STABLE for e in self._book.open if e.recovered is not None]
        if ends:
            wait = max(min(ends) - self.now(), 0.0) + WRITE_AFTER
            self._closing = asyncio.get_running_loop().call_later(wait, self._settle)

    def _settle(self) -> None:
        self._keep(*fold.settle(self._book, self.now()))

    def _write_now(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        if not self._unwritten:
            return
        changed = tuple(self._unwritten.values())
        self._tell(changed)
        self._close_in_time()
        try:
            self._write(changed)
            self._unwritten = {}
        except OSError as error:
            log.warning("cannot keep incidents in %s: %s", self._path, error)

    def _write(self, changed: tuple[Incident, ...]) -> None:
        import sqlite3  # a megabyte that a host without incidents does without

        try:
            database = self._database or self._open()
            with database:
                for incident in changed:
                    row = (incident.number, _encode(incident))
                    database.execute("INSERT OR REPLACE INTO incident VALUES (?, ?)", row)
                    if incident.part_of is not None:
                        _hand_over(database, incident.number, incident.part_of)
                oldest = (self._book.number - KEPT,)
                database.execute("DELETE FROM incident WHERE number <= ?", oldest)
                database.execute("DELETE FROM care WHERE number <= ?", oldest)
                state = (self._seq, _encode(self._book))
                database.execute("INSERT OR REPLACE INTO book VALUES (1, ?, ?)", state)
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    def _load(self) -> None:
        """Go on where the last daemon ended; a file that cannot be read is put aside."""
        import sqlite3

        try:
            row = self._open().execute("SELECT seq, data FROM book").fetchone()
            if row is not None:
                self._seq, self._book = row[0], msgspec.json.decode(row[1], type=Book)
        except (sqlite3.Error, OSError, msgspec.DecodeError) as error:
            aside = self._path.with_suffix(".unreadable")
            log.warning("cannot read incidents: %s; the file is kept as %s", error, aside)
            self.close()
            self._path.replace(aside)

    def _open(self) -> "sqlite3.Connection":
        import sqlite3

        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        database = sqlite3.connect(self._path, timeout=1)
        database.executescript(_TABLES)
        self._database = database
        return database


def _read(data: bytes, cared: bytes | None) -> Incident:
    incident = msgspec.json.decode(data, type=Incident)
    if cared is None:
        return incident
    found = care.in_force(incident, msgspec.json.decode(cared, type=Care))
    return msgspec.structs.replace(incident, care=found)


def _care_of(database: "sqlite3.Connection", number: int) -> Care:
    row = database.execute("SELECT data FROM care WHERE number = ?", (number,)).fetchone()
    return Care() if row is None else msgspec.json.decode(row[0], type=Care)


def _write_care(database: "sqlite3.Connection", number: int, kept: Care) -> None:
    database.execute("INSERT OR REPLACE INTO care VALUES (?, ?)", (number, _encode(kept)))


def _hand_over(database: "sqlite3.Connection", part: int, whole: int) -> None:
    """What people did about a part, they did about the whole."""
    both = care.merged(_care_of(database, whole), _care_of(database, part))
    if both != Care():
        _write_care(database, whole, both)
        database.execute("DELETE FROM care WHERE number = ?", (part,))


async def _batch(follower: Follower) -> list[EventRecord]:
    """What has come, at least one event; empty when the follower was cut off."""
    record = await follower.get()
    batch: list[EventRecord] = []
    while record is not None:
        batch.append(record)
        if follower.empty():
            return batch
        record = follower.get_nowait()
    return []


def _moment_of(record: EventRecord) -> steady.Moment:
    wall = datetime.fromisoformat(record.time).timestamp()
    return steady.Moment(wall, record.since_boot, record.boot_id)


def _happening(record: EventRecord, at: float) -> Happening:
    return Happening(
        at=at,
        service=record.service,
        event=record.event,
        detail=record.detail,
        slot=record.slot,
        diagnosis=record.diagnosis,
        lasted=record.lasted,
    )
