"""usher incident show: the report of one incident."""

import time
from argparse import ArgumentParser, Namespace
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from usher.api.exit_codes import ExitCode
from usher.cli.collecting import parts_of, takes_collect, tell, write
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.cli.language import language_of, sentences_in, takes_language
from usher.client import Client, ProblemError, UsherError
from usher.incidents.figures import Compared, compared, window
from usher.incidents.impact import reached
from usher.incidents.markdown import markdown
from usher.incidents.measures import durations
from usher.incidents.page import page
from usher.incidents.plain import plain
from usher.incidents.report import SCHEMA, Report, Shown, report
from usher.model.incident import Incident
from usher.model.language import Language

WIDEST: Final = 120
"""Columns of a report: longer lines are hard to read."""


def configure(parser: ArgumentParser) -> None:
    """Take what to do, which incident, and how to write it."""
    parser.add_argument("action", choices=("show",), help="write its report")
    parser.add_argument("number", metavar="ID", help="as in `usher incidents`: INC-7, 7, or latest")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--md", action="store_true", help="as Markdown, to paste")
    form.add_argument("--html", action="store_true", help="as one HTML page")
    takes_collect(parser)
    takes_language(parser)


def run(options: Namespace, console: Console) -> int:
    """Write the report to standard output."""
    client = client_of(options)
    incident = _find(client.incidents(), options.number)
    if options.collect is not None:
        return _collect(options, console, client, incident)
    figures = _figures(client, incident)
    if console.json:
        document = msgspec.to_builtins(incident)
        console.data(
            {"schema": SCHEMA, "id": incident.id, **document,
             "durations": durations(incident)._asdict(),
             "impact": [each._asdict() for each in reached(incident)],
             "figures": [each._asdict() for each in figures]}
        )  # fmt: skip
        return ExitCode.OK
    language = language_of(options)
    written = _written(incident, language, figures)
    if options.html or options.md:
        lines = (page(written, language) if options.html else markdown(written)).splitlines()
    else:
        lines = plain(written, min(console.columns, WIDEST))
    for line in lines:
        console.print(line)
    return ExitCode.OK


def _figures(client: Client, incident: Incident) -> list[Compared]:
    """What was measured around it, as long as that is kept."""
    now = time.time()
    since, until = window(incident, now)
    try:
        return compared(incident, client.series(incident.services, since=since, until=until), now)
    except ProblemError:
        return []  # a service was deleted since, or is none of ours


def _collect(options: Namespace, console: Console, client: Client, incident: Incident) -> int:
    """Write a bundle about the services that it reached."""

    def told() -> list[str]:
        written = _written(incident, language_of(options), _figures(client, incident))
        return markdown(written).splitlines()

    def whole() -> list[str]:
        return msgspec.json.format(msgspec.json.encode(incident)).decode().splitlines()

    parts = {"incident.md": told, "incident.json": whole, **parts_of(client, incident.services)}
    for number, path in enumerate(incident.evidence):
        parts[f"evidence-{number}.json"] = lambda path=path: Path(path).read_text().splitlines()
    return tell(write(options.collect, parts), options.collect, console)


def _find(incidents: list[Incident], wanted: str) -> Incident:
    number = wanted.upper().removeprefix("INC-")
    for incident in incidents:
        if wanted == "latest" or number == str(incident.number):
            return incident
    known = ", ".join(incident.id for incident in incidents[:5]) or "none so far"
    raise UsherError(
        f"cannot show incident {wanted!r}: there is none of this number",
        hint=f"usher incidents (the newest: {known})",
        exit_code=ExitCode.USAGE,
    )


def _written(incident: Incident, language: Language, figures: list[Compared]) -> Report:
    return report(incident, language, _local, sentences_in(language), figures)


def _local(at: float) -> Shown:
    local = datetime.fromtimestamp(at).astimezone()
    return Shown(f"{local:%Y-%m-%d}", f"{local:%H:%M:%S}", f"UTC{local.isoformat()[-6:]}")
