"""Collects what is found in a file: where it stands, of which app, and whether it is an error."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from usher.config.app import Written
from usher.config.check import Path
from usher.config.positions import Positions
from usher.model import graph
from usher.model.finding import ADVICE, NOT_HERE, VALUE, Finding
from usher.model.spec import ServiceSpec, TcpAddress


class _Place(NamedTuple):
    """Where an app stands, and how it is called."""

    path: Path
    name: str


class Review:
    """Takes one error for each place, since a second is mostly a consequence."""

    def __init__(self, file: str, positions: Positions, *, elsewhere: bool = False) -> None:
        """Take the name of the file for messages; `elsewhere`: it is for another host."""
        self._elsewhere = elsewhere
        self._file = file
        self._positions = positions
        self._places: list[_Place] = []
        self._seen: set[Path] = set()
        self._findings: list[tuple[Path, Finding]] = []
        self._lines: dict[int, dict[Path, dict[str, int]]] = {}
        """Length of a place -> place of an app -> see `lines_of`; filled when it is asked for."""
        self.written: dict[str, Written] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order of the file."""
        return self.findings_without(())

    def findings_without(self, paths: Iterable[Path]) -> tuple[Finding, ...]:
        """All findings but those about the apps that stand at `paths`."""
        without = tuple(paths)
        kept = [
            finding
            for at, finding in self._findings
            if not any(at[: len(path)] == path for path in without)
        ]
        return tuple(sorted(kept, key=lambda finding: finding.line))

    def enter(self, path: Path, name: str) -> None:
        """Name the app that stands at `path`."""
        self._places.append(_Place(path, name))

    def keep(self, written: Written) -> Written:
        """Remember an app, so that findings about it find its place."""
        self.written[written.name] = written
        return written

    def report(self, path: Path, message: str, hint: str = "", code: str = VALUE, /) -> None:
        """Take an error, unless there is one for the same place or for what is around it."""
        if self._elsewhere and code == NOT_HERE:
            return
        if any(path[:end] in self._seen for end in range(1, len(path) + 1)):
            return
        self._seen.add(path)
        self._add(path, message, hint, "error", code)

    def warn(self, path: Path, message: str, hint: str = "", code: str = ADVICE) -> None:
        """Take a warning."""
        self._add(path, message, hint, "warning", code)

    def failed(self, path: Path) -> bool:
        """Tell whether an error stands at a path or below it."""
        return any(seen[: len(path)] == path for seen in self._seen)

    def judge(self, services: Sequence[ServiceSpec]) -> None:
        """Check what the services say about each other."""
        for finding in (*graph.problems(services), *_shared_addresses(services)):
            key, _, rest = finding.field.partition(".")
            place = self.written[finding.app].place(key)
            self.report((*place, rest) if rest else place, finding.message, finding.hint)

    def line_of(self, path: Path) -> int:
        """Return the line on which a path stands."""
        return self._positions.line_of(path)

    def lines_of(self, name: str) -> dict[str, int]:
        """Return where everything of an app stands, by its key as a person writes it."""
        place = self.written[name].place("")[:-1]
        depth = len(place)
        if depth not in self._lines:
            self._lines[depth] = self._lines_below(depth)
        return {"": self._positions.line_of(place), **self._lines[depth].get(place, {})}

    def _lines_below(self, depth: int) -> dict[Path, dict[str, int]]:
        """Sort all lines, in one pass, by the places of this depth that they belong to."""
        found: dict[Path, dict[str, int]] = {}
        for path, line in self._positions.lines.items():
            if len(path) > depth:
                found.setdefault(path[:depth], {})[_field(path[depth:])] = line
        return found

    def _add(
        self, path: Path, message: str, hint: str, severity: Literal["error", "warning"], code: str
    ) -> None:
        app, rest = self._app_of(path)
        line = self._positions.line_of(path)
        finding = Finding(message, app, _field(rest), self._file, line, hint, severity, code)
        self._findings.append((path, finding))

    def _app_of(self, path: Path) -> tuple[str, Path]:
        for place in self._places:
            if path[: len(place.path)] == place.path:
                return place.name, path[len(place.path) :]
        return "", path


def _field(path: Path) -> str:
    """Write a path as a person would: depends_on.database, sockets[1].listen."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")


def _shared_addresses(services: Iterable[ServiceSpec]) -> Iterator[Finding]:
    """Find addresses that two apps want; port 0 is never the same twice."""
    owners: dict[object, str] = {}
    for service in services:
        for socket in service.sockets:
            address = socket.address
            if isinstance(address, TcpAddress) and address.port == 0:
                continue
            wanted = address if isinstance(address, TcpAddress) else address.path
            owner = owners.setdefault(wanted, service.name)
            if owner != service.name:
                message = f"socket {socket.name!r} wants the address that app {owner!r} has"
                yield Finding(message, app=service.name, field="sockets")
