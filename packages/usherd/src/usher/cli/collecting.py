"""A bundle of everything that somebody needs who looks into a fault later, in one file.

Each part is gathered in a thread of its own and waited for only so long; what did not come, was
cut or may not be seen is listed in the bundle itself. Everything is redacted, whoever gave it.
"""

import gzip
import io
import os
import tarfile
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import msgspec
from msgspec.structs import astuple

from usher import __version__
from usher.api.exit_codes import ExitCode
from usher.api.metrics import SeriesPoint
from usher.api.text import printable
from usher.api.types import ServiceStatus
from usher.cli.console import Console
from usher.client import Client, UsherError
from usher.host import daemon_hang, scene
from usher.redaction.redactor import Redactor
from usher.redaction.stream import Stream

MOST: Final = 4_500_000
"""Bytes of all parts together, before they are compressed: the bundle stays under 5 MB."""
LARGEST: Final = 500_000
"""Bytes of a part; of a longer one the end is kept."""
PATIENCE: Final = 4.0
"""Seconds in which all parts must have come: the bundle is there within 5."""
LAST: Final = 200
"""Lines of each output, the last ones ..."""
FIRST: Final = 50
"""... and the first ones of the present process."""
EVENTS: Final = 500
MINUTE: Final = 60.0
HOUR: Final = 3600.0

Part: TypeAlias = Callable[[], Iterable[str]]
"""Gathers the lines of one file."""


class Made(NamedTuple):
    """A bundle that was written."""

    size: int
    missing: tuple[str, ...]
    """Parts and why they are not there, or not whole."""


def takes_collect(parser: ArgumentParser) -> None:
    """Take where the bundle goes."""
    parser.add_argument(
        "--collect",
        metavar="FILE",
        help="instead, write everything about it into one file (.tar.gz), without secrets",
    )


def tell(made: Made, path: str, console: Console) -> int:
    """Say what was written, and what it lacks."""
    if console.json:
        console.data({"file": path, "bytes": made.size, "missing": made.missing, "exit_code": 0})
        return ExitCode.OK
    console.print(f"wrote {printable(path)} ({made.size / 1000:.0f} kB)")
    for each in made.missing:
        console.print(f"missing: {printable(each)}")
    return ExitCode.OK


def parts_of(client: Client, names: tuple[str, ...]) -> Mapping[str, Part]:
    """List the parts about services (all when none is named), by the name of their file."""
    found: list[ServiceStatus] = []
    asked = threading.Lock()

    def services() -> list[ServiceStatus]:
        """Ask once for all the parts, which are gathered at the same time."""
        with asked:
            if not found:
                found.extend(client.services(names))
            return found

    def pids() -> list[int]:
        return [each.pid for one in services() for each in one.instances if each.pid is not None]

    return {
        "services.json": lambda: _json(services()),
        "env-names.txt": lambda: _variables(services()),
        "events.jsonl": lambda: _events(client, names),
        "logs-last.txt": lambda: _last_lines(client, names),
        "logs-start.txt": lambda: _first_lines(client, services()),
        "processes.txt": lambda: scene.tree(pids()),
        "sockets.txt": lambda: scene.connections(scene.family(pids())),
        "host.txt": lambda: scene.host([client.ping().home, *(one.cwd for one in services())]),
        "versions.json": lambda: _json(client.ping()),
        "daemon-hang.txt": lambda: _last_hang(client),
        "configuration.json": lambda: _json(client.audit(at=time.time(), lines=EVENTS)),
        "metrics.txt": lambda: client.metrics().splitlines(),
        "series.csv": lambda: _series(client, names),
    }


def write(path: str, parts: Mapping[str, Part]) -> Made:
    """Gather the parts and write them to `path` (0600), as .tar.gz. Raises UsherError."""
    gathered, missing = _gathered(parts, time.monotonic() + PATIENCE)
    files, cut = _fitting(gathered)
    missing = (*missing, *cut)
    content = _packed({"README.txt": _readme(files, missing), **files})
    try:
        temporary = Path(f"{path}.{os.getpid()}")
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(content)
        temporary.replace(path)
    except OSError as error:
        raise UsherError(
            f"cannot write the bundle {path!r}: {error.strerror}",
            hint="choose another file",
            exit_code=ExitCode.USAGE,
        ) from error
    return Made(len(content), missing)


# -- gathering -------------------------------------------------------------------------------------


class _Gathering:
    """One part on its way: its lines are redacted as they come."""

    def __init__(self, part: Part) -> None:
        self.lines: list[str] = []
        self.why = "it did not come in time"
        """Why it is not whole; empty: it is."""
        self._part = part
        self.thread = threading.Thread(target=self._gather, daemon=True)
        self.thread.start()

    def _gather(self) -> None:
        stream = Stream()
        try:
            for line in self._part():
                self.lines.append(stream.line(line))
            self.why = ""
        except (UsherError, OSError, ValueError, msgspec.MsgspecError) as error:
            self.why = str(error)


def _gathered(
    parts: Mapping[str, Part], until: float
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Gather all at once; a part that hangs costs only itself, or its last lines."""
    begun = {name: _Gathering(part) for name, part in parts.items()}
    for each in begun.values():
        each.thread.join(max(0.0, until - time.monotonic()))
    missing = tuple(f"{name}: {each.why}" for name, each in begun.items() if each.why)
    return {name: [*each.lines] for name, each in begun.items() if each.lines}, missing


def _fitting(parts: Mapping[str, list[str]]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Cut what is too long, with a word on each cut."""
    files: dict[str, bytes] = {}
    cut: list[str] = []
    left = MOST
    for name, lines in parts.items():
        content = "".join(f"{line}\n" for line in lines).encode(errors="replace")
        room = min(LARGEST, left)
        if len(content) > room:
            cut.append(f"{name}: only its last {room} bytes of {len(content)}")
            content = content[len(content) - room :]
        left -= len(content)
        files[name] = content
    return files, tuple(cut)


def _readme(files: Mapping[str, bytes], missing: Iterable[str]) -> bytes:
    lines = [
        f"usher {__version__}, collected {time.strftime('%Y-%m-%dT%H:%M:%S%z')}",
        "Secrets are replaced by [redacted:...]; variables stand with their names only.",
        "",
        *(f"{name}: {len(content)} bytes" for name, content in files.items()),
        "",
        "Missing:",
        *(missing or ("nothing",)),
    ]
    return ("\n".join(map(Redactor().line, lines)) + "\n").encode()


def _packed(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(f"usher-bundle/{name}")
            about.size, about.mode, about.mtime = len(content), 0o600, int(time.time())
            archive.addfile(about, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), compresslevel=6)


# -- parts -----------------------------------------------------------------------------------------


def _json(value: object) -> list[str]:
    shown = Redactor().tree(msgspec.to_builtins(value))
    return msgspec.json.format(msgspec.json.encode(shown)).decode().splitlines()


def _variables(services: Iterable[ServiceStatus]) -> Iterator[str]:
    for service in services:
        yield f"{service.name}: {' '.join(sorted(service.env))}"


def _last_hang(client: Client) -> list[str]:
    hang = daemon_hang.last(Path(client.ping().home))
    return hang.stacks.splitlines() if hang else []


def _events(client: Client, names: tuple[str, ...]) -> Iterator[str]:
    for event in client.events(lines=EVENTS):
        if not names or event.service in ("", *names):
            yield msgspec.json.encode(event).decode()


def _series(client: Client, names: tuple[str, ...]) -> Iterator[str]:
    """What was measured in the last hour."""
    yield ",".join(("service", "slot", *SeriesPoint.__struct_fields__))
    for series in client.series(names, since=time.time() - HOUR):
        for point in series.points:
            yield ",".join(map(str, (series.service, series.slot, *astuple(point))))


def _last_lines(client: Client, names: tuple[str, ...]) -> Iterator[str]:
    for line in client.logs(names, lines=LAST):
        yield f"{_when(line.time_ns)} {line.service}:{line.slot} {line.stream}: {line.line}"


def _first_lines(client: Client, services: Iterable[ServiceStatus]) -> Iterator[str]:
    """What each app said first after its last start."""
    now = time.time()
    for service in services:
        begins = [now - each.uptime for each in service.instances if each.uptime is not None]
        if not begins:
            continue
        said = client.logs([service.name], since=min(begins), until=min(begins) + MINUTE)
        for line in islice(said, FIRST):
            yield f"{_when(line.time_ns)} {line.service}:{line.slot} {line.stream}: {line.line}"


def _when(nanoseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(nanoseconds / 1e9))
