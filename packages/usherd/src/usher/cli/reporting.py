"""Puts together what the report of an incident needs, and writes it in the form asked for."""

import hashlib
import socket
import time
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from usher import __version__
from usher.api.exit_codes import ExitCode
from usher.cli.collecting import parts_of, tell, write
from usher.cli.console import Console
from usher.cli.language import language_of, sentences_in
from usher.client import Client, ProblemError, UsherError, usher_home
from usher.drill.records import drills
from usher.incidents.document import Facts, File, document
from usher.incidents.figures import Compared, compared, window
from usher.incidents.markdown import markdown
from usher.incidents.page import page
from usher.incidents.plain import plain
from usher.incidents.report import Beside, Report, Shown, report
from usher.model.care import Proposal
from usher.model.drill import Drill
from usher.model.incident import Incident
from usher.model.language import Language

WIDEST: Final = 120
"""Columns of a report: longer lines are hard to read."""

DRILLS: Final = 3
"""Of the same kind of trouble, the latest."""

LARGEST: Final = 64 * 2**20
"""Bytes of a file of evidence that are read for its digest."""


def named(incidents: list[Incident], wanted: str, verb: str) -> Incident:
    """Find an incident: "INC-7", "7" or "latest". Raises UsherError."""
    number = wanted.upper().removeprefix("INC-")
    for incident in incidents:
        if wanted == "latest" or number == str(incident.number):
            return incident
    known = ", ".join(incident.id for incident in incidents[:5]) or "none so far"
    raise UsherError(
        f"cannot {verb} incident {wanted!r}: there is none of this number",
        hint=f"usher incidents (the newest: {known})",
        exit_code=ExitCode.USAGE,
    )


def show(options: Namespace, console: Console, client: Client, incident: Incident) -> int:
    """Write the report to standard output."""
    beside = _beside(options, client, incident)
    if console.json:
        console.data(document(incident, beside, _facts(client, incident), _iso))
        return ExitCode.OK
    language = language_of(options)
    written = _written(incident, language, beside)
    if options.html or options.md:
        lines = (page(written, language) if options.html else markdown(written)).splitlines()
    else:
        lines = plain(written, min(console.columns, WIDEST))
    for line in lines:
        console.print(line)
    return ExitCode.OK


def collect(options: Namespace, console: Console, client: Client, incident: Incident) -> int:
    """Write a bundle about the services that it reached."""
    beside = _beside(options, client, incident)

    def told() -> list[str]:
        return markdown(_written(incident, language_of(options), beside)).splitlines()

    def whole() -> list[str]:
        found = document(incident, beside, _facts(client, incident), _iso)
        return msgspec.json.format(msgspec.json.encode(found)).decode().splitlines()

    parts = {"incident.md": told, "incident.json": whole, **parts_of(client, incident.services)}
    for number, path in enumerate(incident.evidence):
        parts[f"evidence-{number}.json"] = lambda path=path: Path(path).read_text().splitlines()
    return tell(write(options.collect, parts), options.collect, console)


def _written(incident: Incident, language: Language, beside: Beside) -> Report:
    return report(incident, language, _local, sentences_in(language), beside)


def _beside(options: Namespace, client: Client, incident: Incident) -> Beside:
    return Beside(
        _figures(client, incident), _proposals(client, incident), _drills(options, incident)
    )


def _proposals(client: Client, incident: Incident) -> list[Proposal]:
    try:
        return client.prevention(incident.id).proposals
    except ProblemError:
        return []  # the daemon is of a version that proposes nothing


def _figures(client: Client, incident: Incident) -> list[Compared]:
    """What was measured around it, as long as that is kept."""
    now = time.time()
    since, until = window(incident, now)
    try:
        return compared(incident, client.series(incident.services, since=since, until=until), now)
    except ProblemError:
        return []  # a service was deleted since, or is none of ours


def _drills(options: Namespace, incident: Incident) -> list[Drill]:
    """Drills of the same kind since it happened: what the measures against it are worth."""
    try:
        every = drills(usher_home(options.home))
    except OSError:
        return []
    return [e for e in every if e.kind == incident.kind and e.at > incident.detected][-DRILLS:]


def _facts(client: Client, incident: Incident) -> Facts:
    audit = client.audit(at=incident.detected, lines=1)
    applied = {each.service: (each.config, each.digest) for each in audit.in_force}
    return Facts(
        host=socket.gethostname(),
        version=__version__,
        role=client.role().role,
        applied={name: applied[name] for name in incident.services if name in applied},
        files=tuple(_files(incident)),
    )


def _files(incident: Incident) -> Iterator[File]:
    """Files of evidence that are still there."""
    for path in map(Path, incident.evidence):
        try:
            with path.open("rb") as file:
                digest = hashlib.sha256(file.read(LARGEST)).hexdigest()
            yield File(str(path), digest, bool(path.stat().st_mode & 0o004))
        except OSError:
            continue


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _local(at: float) -> Shown:
    local = datetime.fromtimestamp(at).astimezone()
    return Shown(f"{local:%Y-%m-%d}", f"{local:%H:%M:%S}", f"UTC{local.isoformat()[-6:]}")
