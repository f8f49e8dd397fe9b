"""What can be seen of a live process within three seconds, before anything is done to it.

Everything is read, nothing is touched. The one exception is asked for by the app: `stack_signal`,
upon which Python's faulthandler or Node (`--report-on-signal`) writes its stacks.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from usher import __version__
from usher.host import program_version
from usher.model.events import Diagnosed, Key
from usher.model.evidence import ENDED, Evidence, Measured, Thread
from usher.runtime import connections, log_files, processes

LOOK: Final = 0.4
"""Seconds over which the use of the processor is measured."""

GLANCES: Final = 8
"""Looks at its threads in that time."""

LIMIT: Final = 2.5
"""Seconds after which what is not there yet is missing; the policy waits 3 (design 2.3)."""

VERSION_WITHIN: Final = 1.5
"""Seconds that its program has to tell its version."""

THREADS: Final = 64
KERNEL_FRAMES: Final = 12
"""Innermost functions of a thread that are kept."""
LINES: Final = 200
"""Lines of its log that are kept (operations.md A.2.2)."""
WIDTH: Final = 300
"""Characters of each."""

STACKS_WITHIN: Final = 1.0
"""Seconds that a process has to write its stacks."""
GLANCE: Final = 0.1
"""Seconds from one look at its log to the next."""
COARSE: Final = 20_000_000
"""Nanoseconds by which the time of a file may be behind the clock."""
STACK_LINES: Final = 100
REPORT_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of a report of Node that are read."""

_NODE_REPORT: Final = "Node.js report to file: "
_ERROR_WORDS: Final = ("error", "exception", "fatal", "panic", "traceback", "timeout", "refused")


class Asked(NamedTuple):
    """Which process, and what is known of it beside /proc."""

    key: Key
    run: int
    pid: int
    cwd: str
    logs: tuple[str, ...]
    stack_signal: int | None
    """Upon which it writes its stacks."""
    environment: tuple[str, ...]
    probe: str
    """The one that failed ..."""
    status: int | None
    """... and what HTTP said in the answer to it."""
    probes: tuple[str, ...]
    changed: Callable[[], Iterable[str]]
    """Reads what differs from when it was well; may block."""
    recognise: Callable[[Sequence[str]], Iterable[str]]
    """Names the known faults that lines speak of; takes a while."""
    figures: tuple[Measured, ...]
    """Its last minutes, oldest first."""
    redact: Callable[[str], str]
    since: float
    """From when on its lines count; seconds since 1970."""


class Versions(NamedTuple):
    """Of what is involved, by name, and what is not known of them."""

    known: dict[str, str]
    missing: str = ""


async def collect(asked: Asked) -> Evidence:
    """Look at a process; what takes too long is missing."""
    before, began = processes.usage(asked.pid), time.monotonic()
    look = asyncio.create_task(asyncio.to_thread(_look, asked))
    told = asyncio.create_task(asyncio.to_thread(_versions, asked.pid))
    runnable: Counter[str] = Counter()
    for _ in range(GLANCES):
        await asyncio.sleep(LOOK / GLANCES)
        runnable.update(_runnable(asked.pid))
    after, took = processes.usage(asked.pid), time.monotonic() - began
    await asyncio.wait((look, told), timeout=LIMIT - LOOK)
    seen = _joined(
        asked, look.result() if look.done() else None, told.result() if told.done() else None
    )
    if before is None or after is None:
        return seen
    return msgspec.structs.replace(
        seen,
        cpu=round(max(0.0, after.cpu - before.cpu) / took, 3),
        runnable=max(runnable.values(), default=0) / GLANCES,
        memory=after.memory,
    )


def _joined(asked: Asked, seen: Evidence | None, versions: Versions | None) -> Evidence:
    """Put together what came in time. Threads that are late end by themselves, unheard."""
    if seen is None:
        late = f"all but the state: looking took longer than {LIMIT:g} s"
        seen = _bare(asked, missing=(late,))
    if versions is None:
        versions = Versions({}, f"versions: asking took longer than {LIMIT:g} s")
    missing = (*seen.missing, *([versions.missing] if versions.missing else []))
    return msgspec.structs.replace(seen, versions=versions.known, missing=missing)


def _runnable(pid: int) -> Iterator[str]:
    """The threads that compute, or wait for a processor, at this moment."""
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task")[:THREADS]:  # noqa: PTH208 (names only)
            with contextlib.suppress(OSError, ValueError):
                content = Path(f"/proc/{pid}/task/{thread}/stat").read_bytes()
                if content[content.rindex(b")") + 2 :].startswith(b"R"):
                    yield thread


def diagnosed(key: Key, seen: Evidence, cause: str) -> Diagnosed:
    """Say what the evidence means for the policy, which decides what follows."""
    match seen.state:
        case state if state in ENDED:
            return Diagnosed(key, seen.run, "gone", "the process has ended")
        case "T":
            return Diagnosed(key, seen.run, "stopped", cause)
        case "t":
            return Diagnosed(key, seen.run, "traced", cause)
        case _:
            return Diagnosed(key, seen.run, "running", cause)


def _bare(asked: Asked, missing: tuple[str, ...] = ()) -> Evidence:
    found = processes.stat(asked.pid)
    return Evidence(
        at=time.time(),
        service=asked.key.service,
        slot=asked.key.slot,
        run=asked.run,
        pid=asked.pid,
        state="X" if found is None else found.state,
        environment=asked.environment,
        figures=asked.figures,
        probe=asked.probe,
        status=asked.status,
        probes=tuple(map(asked.redact, asked.probes)),
        missing=missing,
    )


def _versions(pid: int) -> Versions:
    """Ask for versions; called in a thread."""
    known = {"usher": __version__, "kernel": os.uname().release}
    try:
        return Versions(known | {"program": program_version.of_process(pid, VERSION_WITHIN)})
    except program_version.UnknownVersionError as error:
        return Versions(known, f"version of its program: {error}")


def _look(asked: Asked) -> Evidence:
    """Read what there is; called in a thread."""
    missing: list[str] = []
    descriptors, inodes = _descriptors(asked.pid)
    if not descriptors:
        missing.append("descriptors: the kernel does not show them")
    threads = tuple(_threads(asked.pid, missing))
    sockets = _sockets(asked.pid, inodes, missing)
    lines = _last_lines(asked, missing)
    stacks = tuple(_stacks(asked, missing))
    return msgspec.structs.replace(
        _bare(asked),
        threads=threads,
        connections=tuple(sockets.begun),
        sockets=sockets.states,
        descriptors=descriptors,
        changed=tuple(asked.changed()),
        log=tuple(asked.redact(line[:WIDTH]) for line in lines),
        error=asked.redact(next(filter(_speaks_of_error, lines), "")[:WIDTH]),
        matches=tuple(asked.redact(line[:WIDTH]) for line in asked.recognise(lines)),
        stacks=stacks,
        missing=tuple(missing),
    )


def _threads(pid: int, missing: list[str]) -> Iterator[Thread]:
    """Every thread, the main one first."""
    try:
        Path(f"/proc/{pid}/stack").read_bytes()
    except OSError as error:
        missing.append(f"stacks in the kernel: {error.strerror} (only root may see them)")
    try:
        names = sorted(map(int, os.listdir(f"/proc/{pid}/task")))  # noqa: PTH208 (names only)
    except OSError:
        return
    for thread in names[:THREADS]:
        path = Path(f"/proc/{pid}/task/{thread}")
        with contextlib.suppress(OSError):
            content = (path / "stat").read_text()
            name = content[content.index("(") + 1 : content.rindex(")")]
            state = content[content.rindex(")") + 2]
            waits_in = (path / "wchan").read_text()
            kernel = tuple(_kernel_stack(path))
            yield Thread(thread, name, state, "" if waits_in == "0" else waits_in, kernel)


def _kernel_stack(thread: Path) -> Iterator[str]:
    """Name the functions of `[<0>] ep_poll+0x2f1/0x390`, without addresses."""
    with contextlib.suppress(OSError):
        for line in (thread / "stack").read_text().splitlines()[:KERNEL_FRAMES]:
            yield line.rpartition("] ")[2].partition("+")[0]


def _descriptors(pid: int) -> tuple[dict[str, int], set[str]]:
    """Count by kind, of the whole tree, and list the inodes of sockets."""
    kinds: Counter[str] = Counter()
    inodes: set[str] = set()
    for each in processes.descendants(pid):
        for target in _targets(each):
            kind, _, rest = target.partition(":[")
            kinds["file" if kind.startswith("/") else kind] += 1
            if kind == "socket":
                inodes.add(rest.removesuffix("]"))
    return dict(kinds), inodes


def _targets(pid: int) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 (a Path for each descriptor costs more)
            with contextlib.suppress(OSError):
                yield os.readlink(f"{folder}/{name}")  # noqa: PTH115


def _sockets(pid: int, inodes: set[str], missing: list[str]) -> connections.Sockets:
    try:
        return connections.look(pid, inodes)
    except OSError as error:
        missing.append(f"sockets: {error.strerror}")
        return connections.Sockets([], {})


def _stacks(asked: Asked, missing: list[str]) -> list[str]:
    """Have the process write its stacks, where it says upon which signal it does."""
    number = asked.stack_signal
    if number is None:
        missing.append("stacks: the app has no `stack_signal`")
        return []
    name = signal.Signals(number).name
    if not _catches(asked.pid, number):
        missing.append(f"stacks: it does not catch {name}, which would end it")
        return []
    asked_at = time.time_ns() - COARSE
    try:
        with _opened(asked.pid) as process:
            signal.pidfd_send_signal(process, number)
    except OSError as error:
        missing.append(f"stacks: {name} cannot be sent: {error.strerror}")
        return []
    said = _said_since(asked.logs, asked_at)
    if not said:
        missing.append(f"stacks: nothing was written within {STACKS_WITHIN:g} s of {name}")
    report = next((line.rpartition(": ")[2] for line in said if _NODE_REPORT in line), None)
    lines = said if report is None else _node_stack(Path(asked.cwd) / report)
    return [asked.redact(line[:WIDTH]) for line in lines[:STACK_LINES]]


class _Stack(msgspec.Struct):
    """Of a report of Node what is asked for here; it holds all variables besides."""

    message: str = ""
    stack: list[str] = []


class _End(msgspec.Struct):
    """One end of a connection."""

    ip4: str = ""
    ip6: str = ""
    port: int = 0

    def __str__(self) -> str:
        return f"{self.ip4 or f'[{self.ip6}]'}:{self.port}"


class _Handle(msgspec.Struct):
    """Something that an event loop waits for."""

    type: str
    is_referenced: bool = False
    remote: _End | None = msgspec.field(name="remoteEndpoint", default=None)


class _Report(msgspec.Struct, rename="camel"):
    javascript_stack: _Stack
    libuv: list[_Handle] = []


def _node_stack(path: Path) -> list[str]:
    """Return the stack of JavaScript, and what the event loop waits for where there is none."""
    try:
        with path.open("rb") as file:
            told = msgspec.json.decode(file.read(REPORT_LIMIT), type=_Report)
    except (OSError, msgspec.DecodeError):
        return [f"a report of Node that cannot be read: {path}"]
    handles = Counter(
        each.type + (f" to {each.remote}" if each.remote else "")
        for each in told.libuv
        if each.is_referenced
    )
    waits = [f"the event loop waits for {n} x {what}" for what, n in handles.most_common()]
    stack = told.javascript_stack
    return [*filter(None, (stack.message, *stack.stack)), *waits]


def _catches(pid: int, number: int) -> bool:
    """Whether the process has a handler: without one the signal would end it."""
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        caught = next(line for line in lines if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) >> (number - 1) & 1)
    return False


@contextlib.contextmanager
def _opened(pid: int) -> Generator[int]:
    process = os.pidfd_open(pid)
    try:
        yield process
    finally:
        os.close(process)


def _said_since(logs: Iterable[str], since_ns: int) -> list[str]:
    """What was written since then, as soon as nothing is added any more."""
    until = time.monotonic() + STACKS_WITHIN
    said: list[str] = []
    while time.monotonic() < until:
        time.sleep(GLANCE)
        now = _written_since(logs, since_ns)
        if now and now == said:
            break
        said = now
    return said


def _written_since(logs: Iterable[str], since_ns: int) -> list[str]:
    said: list[str] = []
    for path in logs:
        with contextlib.suppress(OSError), log_files.Log(path) as log:
            window = log_files.Window(LINES, since_ns)
            said += [log_files.text_of(line.text) for line in log.read(window)]
    return said


def _last_lines(asked: Asked, missing: list[str]) -> list[str]:
    """Read what it has said of late; what it said before does not tell of now."""
    window = log_files.Window(LINES, int(asked.since * 1e9))
    lines = [log_files.text_of(each.text) for each in log_files.read_together(asked.logs, window)]
    if not lines:
        quiet = time.time() - asked.since
        missing.append(f"log: nothing was written in the last {quiet:.0f} s")
    return lines


def _speaks_of_error(line: str) -> bool:
    lower = line.lower()
    return any(word in lower for word in _ERROR_WORDS)
