"""GET /v1/logs: the output of services, merged by time; emptying and reopening the files."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, Literal, NamedTuple, Self, TypeAlias, TypeVar

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.types import Frame, LogLine, Names, Problem, Report
from usher.daemon import selectors
from usher.daemon.server import Answer, Call, Frames, HttpError, reply
from usher.redaction.stream import Stream as Redacted
from usher.runtime.log_files import Log, Position, TimedLine, Window, text_of
from usher.runtime.log_follow import LogFollower
from usher.runtime.log_paths import NOWHERE, log_paths
from usher.runtime.supervisor import Supervisor

LINES: Final = 15
"""Lines of each file to begin with when nobody says otherwise."""

POLL: Final = 0.1
"""Seconds between looks at followed files; nothing looks while nobody follows."""

LOOK_AROUND: Final = 1.0
"""Seconds between looks for files of instances that are new."""

BATCH: Final = 500

Stream: TypeAlias = Literal["out", "err"]
Sources: TypeAlias = Callable[[], "list[Source]"]
ValueT = TypeVar("ValueT")


class Source(NamedTuple):
    """One log file and whose it is."""

    service: str
    label: str
    id: int
    slot: int
    stream: Stream
    path: str


Sourced: TypeAlias = tuple[Source, TimedLine]


async def logs(supervisor: Supervisor, call: Call) -> Answer:
    """Show what was printed, and with `follow=1` what is printed from now on."""
    names = [name for name in call.query.get("services", "").split(",") if name] or ["all"]
    selectors.find(supervisor.world, names)  # what is wrong is said before the answer begins
    streams = call.query.get("streams", "out,err").split(",")
    window = _window(call)

    def sources() -> list[Source]:
        target = selectors.find(supervisor.world, names)
        found = [each for name in target.services for each in _of(supervisor, name, target.slots)]
        wanted = [each for each in found if each.stream in streams]
        return list({each.path: each for each in reversed(wanted)}.values())[::-1]

    return _answer(supervisor, sources, window, follow=call.query.get("follow") == "1")


def _of(supervisor: Supervisor, name: str, slots: dict[str, tuple[int, ...]]) -> Iterator[Source]:
    """Yield the files of a service's instances, or of the chosen slots."""
    spec = supervisor.spec(name)
    for slot, instance in supervisor.world.services[name].current.instances.items():
        if slot in slots.get(name, (slot,)):
            paths = log_paths(supervisor.home, spec, slot, instance.id)
            whose = (name, spec.label, instance.id, slot)
            if paths.out == paths.err == NOWHERE and paths.combined:
                yield Source(*whose, "out", paths.combined)
            if paths.out != NOWHERE:
                yield Source(*whose, "out", paths.out)
            if paths.err != NOWHERE:
                yield Source(*whose, "err", paths.err)


async def _answer(
    supervisor: Supervisor, sources: Sources, window: Window, *, follow: bool
) -> AsyncIterator[Frames]:
    """Read in a thread of its own: a disk that hangs, or a long log, holds up nobody else."""
    streams: dict[str, Redacted] = {}

    def frames(lines: list[Sourced], *, replayed: bool) -> list[Frame]:
        return [
            _frame(_stream(supervisor, streams, each[0]), *each, replayed=replayed)
            for each in lines
        ]

    with _Thread() as thread:
        reader = _Reader(sources(), window)
        thread.finally_(reader.close)
        while lines := await thread.call(reader.history):
            yield frames(lines, replayed=True)
        looked = 0.0
        while follow:
            if (now := asyncio.get_running_loop().time()) > looked + LOOK_AROUND:
                looked = now
                reader.sources = _still_there(sources)
            if lines := await thread.call(reader.news):
                yield frames(lines, replayed=False)
            else:
                await asyncio.sleep(POLL)


class _Reader:
    """Reads sources: first what there is, then what comes. Everything may block on a disk."""

    def __init__(self, sources: list[Source], window: Window) -> None:
        self.sources = sources
        self._window = window
        self._lines: Iterator[Sourced] | None = None
        self._positions: dict[str, Position | None] = {}
        self._followers: dict[str, LogFollower] = {}
        self._open: list[Log] = []

    def history(self) -> list[Sourced]:
        """Return the next lines by time; none when all were returned."""
        if self._lines is None:
            self._lines = self._begin()
        return list(islice(self._lines, BATCH))

    def _begin(self) -> Iterator[Sourced]:
        readers: list[Iterator[tuple[int, int, Sourced]]] = []
        for number, source in enumerate(self.sources):
            log = Log(source.path)
            self._positions[source.path] = log.position()
            lines = log.read(self._window)
            if self._window.lines is not None:
                # Few lines: taken now, so that not all files are open at once.
                lines = iter(list(lines))
                log.close()
            else:
                self._open.append(log)
            readers.append(_keyed(number, source, lines))
        return (sourced for _, _, sourced in heapq.merge(*readers, key=_when))

    def news(self) -> list[Sourced]:
        """Return the lines that came since the last call, by time."""
        self._close_logs()
        found: list[Sourced] = []
        for source in self.sources:
            if source.path not in self._followers:
                position = self._positions.pop(source.path, None)
                self._followers[source.path] = LogFollower(source.path, position)
            found += [(source, line) for line in self._followers[source.path].poll()]
        return sorted(found, key=lambda each: each[1].time_ns)

    def close(self) -> None:
        """Close every file."""
        self._close_logs()
        for position in self._positions.values():
            LogFollower("", position).close()
        for follower in self._followers.values():
            follower.close()

    def _close_logs(self) -> None:
        for log in self._open:
            log.close()
        self._open = []


class _Thread:
    """One thread for one answer; when the answer ends, `finally_` is called in it, last."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="read-logs")
        self._last: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._last is not None:
            self._executor.submit(self._last)
        self._executor.shutdown(wait=False)

    def finally_(self, call: Callable[[], None]) -> None:
        self._last = call

    async def call(self, work: Callable[[], ValueT]) -> ValueT:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _keyed(
    number: int, source: Source, lines: Iterator[TimedLine]
) -> Iterator[tuple[int, int, Sourced]]:
    for line in lines:
        yield line.time_ns, number, (source, line)


def _when(keyed: tuple[int, int, Sourced]) -> tuple[int, int]:
    return keyed[:2]


def _still_there(sources: Sources) -> list[Source]:
    try:
        return sources()
    except HttpError:
        return []  # deleted meanwhile; it may come back under the same name


def _stream(supervisor: Supervisor, streams: dict[str, Redacted], source: Source) -> Redacted:
    """Return what redacts the lines of a file: each has blocks of its own."""
    stream = streams.setdefault(source.path, Redacted())
    # Values may have become known since the last line.
    stream.redactor = supervisor.redacting.redactor
    return stream


def _frame(redacted: Redacted, source: Source, line: TimedLine, *, replayed: bool) -> Frame:
    return Frame(
        log=LogLine(
            service=source.service,
            label=source.label,
            id=source.id,
            slot=source.slot,
            stream=source.stream,
            line=redacted.line(text_of(line.text)),
            time_ns=line.time_ns,
            replayed=replayed,
        )
    )


def _window(call: Call) -> Window:
    since, until = _seconds(call, "since"), _seconds(call, "until")
    if "lines" in call.query:
        lines = int(_seconds(call, "lines") or 0)
    else:
        lines = LINES if since is None else None
    end = None if until is None else int(until * 1e9)
    return Window(lines, int((since or 0) * 1e9), end)


def _seconds(call: Call, name: str) -> float | None:
    text = call.query.get(name)
    if not text:
        return None
    try:
        number = float(text)
        if 0 <= number < 1e11:
            return number
    except ValueError:
        pass
    problem = Problem(error=f"cannot read {name}={text!r}: not a number", exit_code=1)
    raise HttpError(400, problem)


# -- acting on files -----------------------------------------------------------------------------


async def flush(supervisor: Supervisor, call: Call) -> Answer:
    """Empty the present log files; what was rotated stays."""
    body = msgspec.json.decode(call.body, type=Names)
    target = selectors.find(supervisor.world, body.services)
    paths = {each.path for name in target.services for each in _of(supervisor, name, target.slots)}
    count = await supervisor.logkeeper.flush(paths)
    return reply(_done(f"{count} files emptied"))


async def reload_logs(supervisor: Supervisor, call: Call) -> Answer:
    """Open every log file anew at its path."""
    del call
    await supervisor.logkeeper.reopen()
    return reply(_done("all files are opened anew"))


def _done(detail: str) -> Report:
    return Report(
        outcome="done", exit_code=ExitCode.OK, result="", detail=detail, services=[], tails=[]
    )
