"""usher incidents: what went wrong, and how long each took."""

from argparse import ArgumentParser, Namespace
from datetime import datetime

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console
from usher.incidents.measures import Totals, durations, totals
from usher.incidents.report import duration_in
from usher.incidents.wording import WORDS
from usher.model.incident import Incident

_COLORS = {"open": "red", "recovered": "yellow", "closed": "dim"}


def configure(parser: ArgumentParser) -> None:
    """Take nothing."""
    takes_nothing(parser)


def run(options: Namespace, console: Console) -> int:
    """Print one line an incident, the newest first, and the means."""
    found = client_of(options).incidents()
    counted = totals(found)
    if console.json:
        measured = [{**_as_json(each), "durations": durations(each)._asdict()} for each in found]
        console.data({"incidents": measured, "totals": counted._asdict(), "exit_code": 0})
        return ExitCode.OK
    for incident in found:
        console.print(_line(incident, console))
    if not found:
        console.print("no incident so far")
        return ExitCode.OK
    console.print(_means(counted))
    return ExitCode.OK


def _means(counted: Totals) -> str:
    noticed = duration_in(WORDS["en"], counted.mean_detect)
    told = f"{counted.incidents} in all, {counted.open} open; on average noticed after {noticed}"
    if counted.mean_mitigate is None:
        return f"{told}; none is over so far"
    mended = duration_in(WORDS["en"], counted.mean_mitigate)
    return f"{told}, over {mended} later; {counted.by_itself} ended without a person"


def _line(incident: Incident, console: Console) -> str:
    words = WORDS["en"]
    began = datetime.fromtimestamp(incident.occurred.at).astimezone()
    state = console.paint(f"{incident.state:<9}", _COLORS[incident.state])
    whole = duration_in(words, durations(incident).whole)
    lasted = "goes on" if incident.recovered is None else f"lasted {whole}"
    names = printable(", ".join(incident.services))
    kind = words[f"kind.{incident.kind}"]
    return f"{incident.id:<8}  {state}  {began:%Y-%m-%d %H:%M:%S}  {names}: {kind}, {lasted}"


def _as_json(incident: Incident) -> dict[str, object]:
    return {"id": incident.id, "state": incident.state, "kind": incident.kind,
            "severity": incident.severity, "services": incident.services,
            "occurred": incident.occurred.at, "detected": incident.detected,
            "recovered": incident.recovered, "closed": incident.closed}  # fmt: skip
