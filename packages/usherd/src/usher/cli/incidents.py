"""usher incidents: what went wrong, and how long each took."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from usher.api.exit_codes import ExitCode
from usher.api.text import fit, printable, width
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.cli.language import language_of, takes_language
from usher.incidents.measures import Totals, durations, totals
from usher.incidents.plain import wrapped
from usher.incidents.report import duration_in
from usher.incidents.wording import WORDS
from usher.model.incident import Incident

_COLORS: Final = {"open": "red", "recovered": "yellow", "closed": "dim"}
_GAP: Final = "  "
_SERVICES: Final = 32
"""Columns of names at most; the report has all of them."""


class Row(NamedTuple):
    """What is shown of an incident, in this order."""

    id: str
    state: str
    occurred: str
    whole: str
    services: str
    kind: str


def configure(parser: ArgumentParser) -> None:
    """Take the language."""
    takes_language(parser)


def run(options: Namespace, console: Console) -> int:
    """Print one line an incident, the newest first, and the means."""
    found = client_of(options).incidents()
    counted = totals(found)
    if console.json:
        measured = [{**_as_json(each), "durations": durations(each)._asdict()} for each in found]
        console.data({"incidents": measured, "totals": counted._asdict(), "exit_code": 0})
        return ExitCode.OK
    words = WORDS[language_of(options)]
    if not found:
        console.print(words["list.none"])
        console.print(words["list.instead"])
        return ExitCode.OK
    for line in _table(found, words, console):
        console.print(line)
    console.print()
    console.print(_means(counted, words))
    console.print(words["list.report"].format(command=f"usher incident show {found[0].id}"))
    return ExitCode.OK


def _means(counted: Totals, words: Mapping[str, str]) -> str:
    is_one_over = counted.mean_mitigate is not None
    return words["totals.over" if is_one_over else "totals.open"].format(
        incidents=counted.incidents,
        open=counted.open,
        noticed=duration_in(words, counted.mean_detect),
        mended=duration_in(words, counted.mean_mitigate),
        alone=counted.by_itself,
    )


def _table(found: Sequence[Incident], words: Mapping[str, str], console: Console) -> Iterator[str]:
    """Columns in line; the last one takes what room is left, on further lines if need be."""
    head = Row(*(words[name].upper() for name in Row._fields))
    rows = [_row(incident, words) for incident in found]
    sizes = [max(map(width, column)) for column in zip(head, *rows, strict=True)]
    yield console.paint(_begin(head, sizes) + head.kind, "bold")
    for incident, row in zip(found, rows, strict=True):
        begin = _begin(row, sizes)
        line, *more = wrapped(row.kind, console.columns, " " * width(begin), begin=begin)
        state = len(fit(row.id, sizes[0]) + _GAP)
        painted = console.paint(row.state, _COLORS[incident.state])
        yield line[:state] + painted + line[state + len(row.state) :]
        yield from more


def _begin(row: Row, sizes: Sequence[int]) -> str:
    """Every column but the last."""
    return "".join(fit(cell, size) + _GAP for cell, size in zip(row[:-1], sizes[:-1], strict=True))


def _row(incident: Incident, words: Mapping[str, str]) -> Row:
    whole = durations(incident).whole
    names = printable(", ".join(incident.services))
    return Row(
        id=incident.id,
        state=words[f"brief.{incident.state}"],
        occurred=f"{datetime.fromtimestamp(incident.occurred.at).astimezone():%Y-%m-%d %H:%M:%S}",
        whole=words["goes_on"] if whole is None else duration_in(words, whole),
        services=fit(names, min(width(names), _SERVICES)),
        kind=words[f"kind.{incident.kind}"],
    )


def _as_json(incident: Incident) -> dict[str, object]:
    return {"id": incident.id, "state": incident.state, "kind": incident.kind,
            "severity": incident.severity, "services": incident.services,
            "occurred": incident.occurred.at, "detected": incident.detected,
            "recovered": incident.recovered, "closed": incident.closed}  # fmt: skip
