"""usher diagnose: why something failed, from its log."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, Final

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.cli.console import Console
from usher.client import UsherError
from usher.diagnosis.lines import LONGEST
from usher.diagnosis.match import Match, Matcher
from usher.diagnosis.ranking import Cause, Diagnosis, diagnose
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
    """Take a log: a file, or what is piped in."""
    parser.add_argument(
        "--log",
        metavar="FILE",
        required=True,
        help="a log of an app, a proxy or a platform; - reads what is piped in",
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


def run(options: Namespace, console: Console) -> int:
    """Name the cause, likeliest first. 10: nothing known is in the log; a person has to look."""
    found = _read(options.log, Matcher(options.port))
    code = ExitCode.OK if found.known else ExitCode.NEEDS_PERSON
    if console.json:
        console.data({**as_json(found), "log": options.log, "exit_code": int(code)})
    elif options.md:
        for line in _markdown(found):
            console.print(line)
    else:
        for line in _text(found, console):
            console.print(line)
    return code


def as_json(found: Diagnosis) -> dict[str, object]:
    """The diagnosis for programs; lines count from 1, as in an editor."""
    return {
        "lines": found.lines,
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
                    {"line": each.line + 1, "time": each.time, "text": each.text}
                    for each in cause.evidence[:_SHOWN]
                ],
            }
            for cause in found.causes
        ],
        "excluded": list(found.excluded),
    }


def _read(name: str, matcher: Matcher) -> Diagnosis:
    count = 0

    def counted(stream: BinaryIO) -> Iterator[str]:
        nonlocal count
        for line in _lines(stream):
            count += 1
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
    return diagnose(matches, count)


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of a log, each no longer than is looked at; what follows in it is passed over."""
    begins = True
    while part := stream.readline(LONGEST):
        if begins:
            yield part.decode(errors="replace")
        begins = part.endswith(b"\n")


def _text(found: Diagnosis, console: Console) -> Iterator[str]:
    if not found.known:
        yield f"no known fault in {found.lines} lines"
    for number, cause in enumerate(_causes(found), 1):
        yield from _cause_text(number, cause, console)
    if after := _consequences(found):
        yield "what followed: " + ", ".join(
            f"{each.signature.id} (line {each.evidence[0].line + 1})" for each in after
        )
    if found.excluded:
        yield console.paint("no line speaks of: " + ", ".join(found.excluded), "dim")


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


def _markdown(found: Diagnosis) -> Iterator[str]:
    yield "## Why it failed"
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
    if found.excluded:
        yield f"No line speaks of: {', '.join(found.excluded)}."


def _place(match: Match) -> str:
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
