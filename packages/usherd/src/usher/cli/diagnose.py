"""usher diagnose: why something failed, from what usher sees of it, or from a log alone."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from usher.api.exit_codes import ExitCode
from usher.api.types import ServiceStatus
from usher.cli import diagnosing_remotes, websockets
from usher.cli.collecting import parts_of, takes_collect, tell, write
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.cli.diagnosing import Case, Teller, as_json
from usher.cli.known import Around, around, known_of
from usher.cli.language import language_of, takes_language
from usher.client import Client, UsherError
from usher.diagnosis.lines import LONGEST
from usher.diagnosis.match import Matcher
from usher.diagnosis.ranking import WINDOW, diagnose
from usher.diagnosis.service import FigureSeen, ProbeSeen, diagnose_service

_MOST_MATCHES: Final = 10_000
"""Kept of a long log: only what stands near its end decides."""


def configure(parser: ArgumentParser) -> None:
    """Take apps, or a log: a file, or what is piped in."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="apps and remotes (all that are not well)"
    )
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
    takes_language(parser)


def run(options: Namespace, console: Console) -> int:
    """Name the cause, likeliest first. 10: nothing known was found; a person has to look."""
    if options.log is not None and options.names:
        raise UsherError(
            "cannot diagnose apps and a log at once",
            hint="give names of apps, or --log",
            exit_code=ExitCode.USAGE,
        )
    matcher, teller = Matcher(options.port), Teller(language_of(options))
    if options.collect is not None:
        return _collect(options, console, matcher, teller)
    if options.log is not None:
        cases = [_of_log(options.log, matcher)]
    else:
        cases = list(_cases(client_of(options), options.names, matcher))
    known = all(case.well or case.found.known for case in cases)
    code = ExitCode.OK if known else ExitCode.NEEDS_PERSON
    if console.json:
        log = {"log": options.log} if options.log is not None else {}
        console.data({"cases": [as_json(case) for case in cases], **log, "exit_code": int(code)})
    elif not cases:
        console.print(teller.word("all_well"))
    for case in () if console.json else cases:
        for line in teller.markdown(case) if options.md else teller.text(case, console):
            console.print(line)
    return code


def _collect(options: Namespace, console: Console, matcher: Matcher, teller: Teller) -> int:
    """Write a bundle about apps, or about all, with what the diagnosis says."""
    client = client_of(options)

    def diagnosis() -> Iterator[str]:
        for case in _cases(client, options.names, matcher):
            yield from teller.markdown(case)

    parts = {"diagnosis.md": diagnosis, **parts_of(client, tuple(options.names))}
    return tell(write(options.collect, parts), options.collect, console)


def _cases(client: Client, names: Sequence[str], matcher: Matcher) -> Iterator[Case]:
    """Diagnose apps and remotes: all that are named, or all that are not well."""
    found = client.overview(names)
    apps = [each for each in found.services if names or _unwell(each)]
    if not (apps or found.remotes):
        return
    seen = around(client)
    yield from _apps(client, apps, seen, matcher)
    yield from diagnosing_remotes.cases(found.remotes, seen, named=bool(names))


def _apps(
    client: Client, services: Sequence[ServiceStatus], seen: Around, matcher: Matcher
) -> Iterator[Case]:
    for service in services:
        lines = list(client.logs([service.name], lines=WINDOW))
        matches = list(matcher.matches(line.line for line in lines))
        told = known_of(client, service, seen)
        causes = told.incident.causes if told.incident is not None else ()
        found = diagnose_service(matches, len(lines), _probes(service), _figures(service), causes)
        state = service.status + (f", {service.detail}" if service.detail else "")
        closed = websockets.of_service(client, service, lines)
        name = service.label or service.name
        yield Case(name, state, found, well=not _unwell(service), closed=closed, known=told)


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
            answered=probe.status is not None,
        )
        for instance in service.instances
        for probe in instance.probes
    ]


def _figures(service: ServiceStatus) -> list[FigureSeen]:
    found = [each for instance in service.instances for each in instance.findings]
    return [FigureSeen(each.code, each.message) for each in found]


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


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f'"{text}" is no port (1 to 65535)')
    return int(text)
