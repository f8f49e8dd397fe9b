"""usher diagnose: why something failed, from what usher sees of it, or from a log alone."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, NamedTuple

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.api.types import ServiceStatus
from usher.cli import websockets
from usher.cli.collecting import parts_of, takes_collect, tell, write
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.cli.known import Known, around, known_of
from usher.client import Client, UsherError
from usher.diagnosis.close_codes import Row
from usher.diagnosis.lines import LONGEST
from usher.diagnosis.match import Match, Matcher
from usher.diagnosis.next_step import step_for
from usher.diagnosis.ranking import WINDOW, Cause, Diagnosis, diagnose
from usher.diagnosis.service import (
    SEEN_NOW,
    SEEN_THEN,
    FigureSeen,
    ProbeSeen,
    diagnose_service,
)
from usher.diagnosis.signature import Rank, Restart

_MOST_MATCHES: Final = 10_000
"""Kept of a long log: only what stands near its end decides."""
_SHOWN: Final = 3
"""Lines of evidence that people are shown of one cause."""

_RESTART: Final = {
    Restart.NO: "a restart does not help",
    Restart.ONCE: "a restart may help once, for a while",
    Restart.WAIT: "a restart does not help: what it depends on has to come back",
    Restart.AUTO: "a restart helps",
}


def configure(parser: ArgumentParser) -> None:
    """Take apps, or a log: a file, or what is piped in."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="apps (all that are not well)")
    parser.add_argument(
        "--log",
        metavar="FILE",
        help="instead of apps, a log of an app, a proxy or a platform; - reads what is piped in",
    )
    parser.add_argument(
        "--port",
        type=_port,
        action="append",
        default=[],
        metavar="N",
        help="a database listens there (repeatable; usual ports are known)",
    )
    parser.add_argument("--md", action="store_true", help="as Markdown, to paste into a report")
    takes_collect(parser)


def run(options: Namespace, console: Console) -> int:
    """Name the cause, likeliest first. 10: nothing known was found; a person has to look."""
    if options.log is not None and options.names:
        raise UsherError(
            "cannot diagnose apps and a log at once",
            hint="give names of apps, or --log",
            exit_code=ExitCode.USAGE,
        )
    matcher = Matcher(options.port)
    if options.collect is not None:
        return _collect(options, console, matcher)
    if options.log is not None:
        cases = [_of_log(options.log, matcher)]
    else:
        cases = list(_apps(client_of(options), options.names, matcher))
    known = all(case.well or case.found.known for case in cases)
    code = ExitCode.OK if known else ExitCode.NEEDS_PERSON
    if console.json:
        log = {"log": options.log} if options.log is not None else {}
        console.data({"cases": [as_json(case) for case in cases], **log, "exit_code": int(code)})
    elif not cases:
        console.print("every app is well")
    for case in () if console.json else cases:
        for line in _markdown(case) if options.md else _text(case, console):
            console.print(line)
    return code


def _collect(options: Namespace, console: Console, matcher: Matcher) -> int:
    """Write a bundle about apps, or about all, with what the diagnosis says."""
    client = client_of(options)

    def diagnosis() -> Iterator[str]:
        for case in _apps(client, options.names, matcher):
            yield from _markdown(case)

    parts = {"diagnosis.md": diagnosis, **parts_of(client, tuple(options.names))}
    return tell(write(options.collect, parts), options.collect, console)


class Case(NamedTuple):
    """What was found about one app, or in one log."""

    app: str
    """Empty for a log."""
    state: str
    """How the app stands; the name of a log."""
    found: Diagnosis
    well: bool = False
    """It was asked for by name, and nothing is wrong with it now."""
    closed: Sequence[Row] = ()
    """WebSocket connections that were closed, by code."""
    known: Known = Known()
    """What usher knows beside the log."""


def _apps(client: Client, names: Sequence[str], matcher: Matcher) -> Iterator[Case]:
    wanted = set(names)
    services = client.services(names)
    seen = None
    for service in services:
        unwell = _unwell(service)
        if not (wanted or unwell):
            continue
        lines = list(client.logs([service.name], lines=WINDOW))
        matches = list(matcher.matches(line.line for line in lines))
        seen = seen or around(client)
        told = known_of(client, service, seen)
        causes = told.incident.causes if told.incident is not None else ()
        found = diagnose_service(matches, len(lines), _probes(service), _figures(service), causes)
        state = service.status + (f", {service.detail}" if service.detail else "")
        closed = websockets.of_service(client, service, lines)
        name = service.label or service.name
        yield Case(name, state, found, well=not unwell, closed=closed, known=told)


def _unwell(service: ServiceStatus) -> bool:
    if service.want == "down":
        return service.status == "failed"
    if any(probe.failing for probe in _probes(service)):
        return True
    # What is started for the first time may yet become ready.
    begins = service.status == "activating" and not any(e.restarts for e in service.instances)
    return service.ready < service.instances_wanted and not begins


def _probes(service: ServiceStatus) -> list[ProbeSeen]:
    return [
        ProbeSeen(
            probe.name,
            probe.scope,
            failing=probe.failing or (probe.ok is False and not probe.passed_ever),
            ever_passed=probe.passed_ever,
            last=probe.last,
        )
        for instance in service.instances
        for probe in instance.probes
    ]


def _figures(service: ServiceStatus) -> list[FigureSeen]:
    found = [each for instance in service.instances for each in instance.findings]
    return [FigureSeen(each.code, each.message) for each in found]


def as_json(case: Case) -> dict[str, object]:
    """A case for programs; lines count from 1, as in an editor, and 0 is what usher itself saw."""
    return {
        "app": case.app,
        "state": case.state,
        "incident": case.known.incident and case.known.incident.id,
        "facts": [{"about": about, "said": said} for about, said in case.known.facts],
        "lines": case.found.lines,
        "causes": [
            {
                "id": cause.signature.id,
                "rank": cause.signature.rank.name.lower(),
                "severity": cause.signature.severity,
                "confidence": cause.confidence,
                "restart": cause.signature.restart,
                "cause": cause.signature.cause,
                "check": cause.signature.collect,
                "remedy": cause.signature.remedy,
                "count": len(cause.evidence),
                "evidence": [
                    {"line": max(0, each.line + 1), "time": each.time, "text": each.text}
                    for each in cause.evidence[:_SHOWN]
                ],
            }
            for cause in case.found.causes
        ],
        "excluded": list(case.found.excluded),
        "well": list(case.known.excluded),
        "disproof": _disproof(case),
        "next": _next(case),
        "websocket_closings": [row._asdict() for row in case.closed],
    }


def _of_log(name: str, matcher: Matcher) -> Case:
    count, closings = 0, websockets.OfLog()

    def counted(stream: BinaryIO) -> Iterator[str]:
        nonlocal count
        for line in _lines(stream):
            count += 1
            closings.take(line)
            yield line

    if name == "-":
        matches = deque(matcher.matches(counted(sys.stdin.buffer)), _MOST_MATCHES)
    else:
        try:
            with open(name, "rb") as stream:  # noqa: PTH123 (a Path takes 4 ms to import)
                matches = deque(matcher.matches(counted(stream)), _MOST_MATCHES)
        except OSError as error:
            raise UsherError(
                f"cannot read the log {name!r}: {error.strerror}",
                hint="give a file, or - for a pipe",
                exit_code=ExitCode.USAGE,
            ) from error
    return Case("", name, diagnose(matches, count), closed=closings.table())


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of a log, each no longer than is looked at; what follows in it is passed over."""
    begins = True
    while part := stream.readline(LONGEST):
        if begins:
            yield part.decode(errors="replace")
        begins = part.endswith(b"\n")


def _text(case: Case, console: Console) -> Iterator[str]:
    found = case.found
    if case.app:
        yield f"{console.paint(printable(case.app), 'bold')}: {printable(case.state)}"
    if not found.known:
        yield f"no known fault in {found.lines} lines"
    for number, cause in enumerate(_causes(found), 1):
        yield from _cause_text(number, cause, console)
    if after := _consequences(found):
        yield "what followed: " + ", ".join(
            f"{each.signature.id} ({_place(each.evidence[0]._replace(time=''))})" for each in after
        )
    if disproof := _disproof(case):
        yield f"against the first of them speaks, if it is so: {disproof}"
    yield from websockets.lines(case.closed)
    if case.known.facts:
        yield "what usher knows:"
    yield from (f"   {about}: {printable(said)}" for about, said in case.known.facts)
    if case.known.excluded:
        yield "looked at and excluded:"
    yield from (f"   {printable(well)}" for well in case.known.excluded)
    if found.excluded:
        yield console.paint("no line speaks of: " + ", ".join(found.excluded), "dim")
    if commands := _next(case):
        yield "next: " + "; ".join(commands)


def _cause_text(number: int, cause: Cause, console: Console) -> Iterator[str]:
    known = cause.signature
    sure = f"{cause.confidence:.0%} sure"
    yield f"{number}. {console.paint(known.id, 'bold')}  {known.severity}, {sure}"
    yield f"   {known.cause}"
    for match in cause.evidence[:_SHOWN]:
        yield f"   {_place(match)}: {printable(match.text[:300])}"
    if (more := len(cause.evidence) - _SHOWN) > 0:
        yield f"   and {more} more, the last in line {cause.evidence[-1].line + 1}"
    yield f"   to be sure: {known.collect}"
    yield f"   what helps: {known.remedy}; {_RESTART[known.restart]}"


def _markdown(case: Case) -> Iterator[str]:
    found = case.found
    yield f"## Why {printable(case.app) or 'it'} failed"
    yield ""
    if case.app:
        yield f"{printable(case.app)} is {printable(case.state)}."
        yield ""
    if not found.known:
        yield f"No known fault in {found.lines} lines."
    for number, cause in enumerate(_causes(found), 1):
        known = cause.signature
        sure = f"{known.severity}, {cause.confidence:.0%} sure"
        yield f"{number}. **{known.id}** ({sure}): {known.cause}"
        yield ""
        for match in cause.evidence[:_SHOWN]:
            yield f"   - {_place(match)}: `{printable(match.text[:300]).replace('`', chr(39))}`"
        yield f"   - to be sure: {known.collect}"
        yield f"   - what helps: {known.remedy}; {_RESTART[known.restart]}"
        yield ""
    if after := _consequences(found):
        yield f"What followed: {', '.join(each.signature.id for each in after)}."
        yield ""
    if disproof := _disproof(case):
        yield f"Against the first of them speaks, if it is so: {disproof}."
        yield ""
    yield from websockets.markdown(case.closed)
    yield from _list_of("What usher knows:", [f"{about}: {x}" for about, x in case.known.facts])
    yield from _list_of("Looked at and excluded:", case.known.excluded)
    if found.excluded:
        yield f"No line speaks of: {', '.join(found.excluded)}."
        yield ""
    yield from _list_of("Next:", _next(case))


def _list_of(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield title
        yield ""
        yield from (f"- `{printable(item).replace('`', chr(39))}`" for item in items)
        yield ""


def _disproof(case: Case) -> str:
    """What would speak against the first cause; empty where there is none."""
    causes = _causes(case.found)
    return step_for(causes[0].signature.id, case.app).disproof if causes else ""


def _next(case: Case) -> list[str]:
    """The next commands, the most telling first; none for a log, which has no app."""
    if not case.app or (case.well and not case.found.causes):
        return []
    causes, incident = _causes(case.found), case.known.incident
    step = step_for(causes[0].signature.id if causes else "", case.app)
    report = [] if incident is None else [f"usher incident show {incident.id}"]
    return [step.command, *report]


def _place(match: Match) -> str:
    if match.line == SEEN_THEN:
        return "seen then"
    if match.line == SEEN_NOW:
        return "seen now"
    return f"line {match.line + 1}" + (f", {match.time}" if match.time else "")


def _causes(found: Diagnosis) -> list[Cause]:
    """What may be the cause: consequences only when there is nothing else."""
    causes = [cause for cause in found.causes if cause.signature.rank is not Rank.CONSEQUENCE]
    return causes or list(found.causes)


def _consequences(found: Diagnosis) -> list[Cause]:
    shown = {cause.signature.id for cause in _causes(found)}
    return [cause for cause in found.causes if cause.signature.id not in shown]


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f'"{text}" is no port (1 to 65535)')
    return int(text)
