"""Reads a configuration file into a Plan, or says everything that is wrong with it."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import NamedTuple, cast

from usher.config.app import Surroundings, Written
from usher.config.build import build_service
from usher.config.check import Path, read_table, read_value
from usher.config.document import SIZE_LIMIT, Document, parse
from usher.config.schema import App, ListedApp, Name, Native
from usher.model import graph
from usher.model.finding import Finding
from usher.model.spec import Plan, ServiceSpec, TcpAddress


class ConfigError(Exception):
    """A file cannot be used: all findings, in the order of the file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Take at least one finding."""
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


def load(path: FilePath) -> Plan:
    """Read a file with the environment of this process. Raises ConfigError."""
    absolute = FilePath(os.path.normpath(FilePath.cwd() / path))
    try:
        with absolute.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        finding = Finding(f"cannot read the file: {reason}", file=str(path))
        raise ConfigError([finding]) from None
    around = Surroundings(absolute.parent, os.environ, os.cpu_count() or 1)
    plan = read_plan(str(path), data, around)
    if isinstance(plan, Plan):
        return plan
    raise ConfigError(plan)


def read_plan(name: str, data: bytes, around: Surroundings) -> Plan | list[Finding]:
    """Read the bytes of a file called `name` (for its format and for messages)."""
    document = parse(name, data)
    if isinstance(document, Finding):
        return [document]
    review = _Review(name, document)
    source = str(around.folder / FilePath(name).name)
    services = [
        build_service(written, around, f"{source}:{review.line_of(written.place('')[:2])}")
        for written in _apps(document.tree, review)
    ]
    review.judge(services)
    if review.findings:
        return sorted(review.findings, key=lambda finding: finding.line)
    digest = hashlib.sha256(data).hexdigest()
    return Plan(services=tuple(services), source=source, digest=digest)


class _Place(NamedTuple):
    """Where an app stands, and how it is called."""

    path: Path
    name: str


class _Review:
    """Collects findings; one for each place, since a second is mostly a consequence."""

    def __init__(self, file: str, document: Document) -> None:
        self._file = file
        self._positions = document.positions
        self._places: list[_Place] = []
        self._seen: set[Path] = set()
        self.findings: list[Finding] = []
        self.written: dict[str, Written] = {}

    def enter(self, path: Path, name: str) -> None:
        """Name the app that stands at `path`."""
        self._places.append(_Place(path, name))

    def keep(self, written: Written) -> Written:
        """Remember an app, so that findings about it find its place."""
        self.written[written.name] = written
        return written

    def report(self, path: Path, message: str, hint: str = "") -> None:
        """Take a finding, unless there is one for the same place or for what is around it."""
        if any(path[:end] in self._seen for end in range(1, len(path) + 1)):
            return
        self._seen.add(path)
        app, rest = self._app_of(path)
        line = self._positions.line_of(path)
        self.findings.append(Finding(message, app, _field(rest), self._file, line, hint))

    def judge(self, services: Sequence[ServiceSpec]) -> None:
        """Check what the services say about each other."""
        for finding in (*graph.problems(services), *_shared_addresses(services)):
            key, _, rest = finding.field.partition(".")
            place = self.written[finding.app].place(key)
            self.report((*place, rest) if rest else place, finding.message, finding.hint)

    def line_of(self, path: Path) -> int:
        """Return the line on which a path stands."""
        return self._positions.line_of(path)

    def _app_of(self, path: Path) -> tuple[str, Path]:
        for place in self._places:
            if path[: len(place.path)] == place.path:
                return place.name, path[len(place.path) :]
        return "", path


def _field(path: Path) -> str:
    """Write a path as a person would: depends_on.database, sockets[1].listen."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")


def _apps(tree: object, review: _Review) -> Iterator[Written]:
    """Yield every app that can be read at all, from a table or a list of apps."""
    top = cast("dict[str, object]", tree) if isinstance(tree, dict) else {}
    for key in top.keys() - {"apps"}:
        hint = graph.closest(key, ["apps"]) or "apps stand under 'apps'"
        review.report((key,), f"unknown key {key[:60]!r}", hint)
    found = top.get("apps")
    if isinstance(found, dict):
        table = cast("dict[str, object]", found)
        apps = [_named(name, value, review) for name, value in table.items()]
    else:
        items = cast("list[object]", found) if isinstance(found, list) else []
        apps = [_listed(position, item, review) for position, item in enumerate(items)]
    if not apps:
        review.report(("apps",), "there are no apps", "write a table [apps.NAME] for each")
    for written in apps:
        if written is not None:
            yield written


def _named(name: str, value: object, review: _Review) -> Written:
    path: Path = ("apps", name)
    review.enter(path, name[:64])
    read_value(Name, name, path, review.report)
    _refuse_all(name, path, review)
    app = read_table(App, value, path, review.report) or App()

    def place(key: str) -> Path:
        return (*path, key)

    return review.keep(Written(name, app, place, review.report))


def _listed(position: int, value: object, review: _Review) -> Written | None:
    path: Path = ("apps", position)
    native = frozenset(Native.__struct_encode_fields__)
    name = _name_of(value) or f"#{position + 1}"
    review.enter(path, name[:64])

    def report(at: Path, message: str, hint: str) -> None:
        misplaced = at[:-1] == path and at[-1] in native
        review.report(at, message, "usher's own keys stand under 'usher'" if misplaced else hint)

    listed = read_table(ListedApp, value, path, report) or ListedApp()
    _refuse_all(name, (*path, "name"), review)
    if name in review.written:
        review.report((*path, "name"), f"the name {name!r} is defined twice")
        return None

    def place(key: str) -> Path:
        return (*path, "usher", key) if key in native else (*path, key)

    return review.keep(Written(name, listed.as_app(), place, review.report))


def _name_of(value: object) -> str:
    """Return the name of a listed app: as given, else its script's without the suffix."""
    table = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    name, script = table.get("name"), table.get("script")
    if isinstance(name, str):
        return name
    return FilePath(script).stem if isinstance(script, str) else ""


def _refuse_all(name: str, path: Path, review: _Review) -> None:
    if name == "all":
        review.report(path, "the name 'all' stands for every app in commands", "choose another")


def _shared_addresses(services: Sequence[ServiceSpec]) -> Iterator[Finding]:
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
