"""Why a run ended: its last words, and the way in which it ended, as ranked causes."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from usher.diagnosis.exits import (
    BY_CODE,
    FAULT,
    KILLED,
    NO_MEMORY,
    SIGNALLED,
    TERMINATED,
    Circumstances,
    Ending,
    ending,
)
from usher.diagnosis.fingerprint import fingerprint, frame_of_app
from usher.diagnosis.lines import plain
from usher.diagnosis.match import Matcher
from usher.diagnosis.memory_kill import NO_EVIDENCE, Verdict
from usher.diagnosis.obstacles import Surroundings, named
from usher.diagnosis.ranking import Cause as Found
from usher.diagnosis.ranking import Diagnosis as Said
from usher.diagnosis.ranking import diagnose
from usher.diagnosis.signature import Rank, Restart
from usher.model.events import Exit, ExitStatus, Killed
from usher.model.fault import Fault, Obstacle, Unreachable
from usher.model.incident import Cause, Diagnosis

SHOWN: Final = 3
"""Causes that are told of one death."""

WIDTH: Final = 300
"""Characters of a line that are quoted."""

_STACK: Final = 40
"""Lines around the one that names the fault in which its stack stands."""

_BY_KILL: Final = (NO_MEMORY.id, KILLED.id)
"""How sure these are says the verdict on the kill."""
_FROM_OUTSIDE: Final = (*_BY_KILL, SIGNALLED.id, TERMINATED.id, FAULT.id)
"""Ends of which a log knows nothing: they go before whatever it says."""
_BY_SIGNAL: Final = {SIGNALLED.id: 0.95, TERMINATED.id: 0.6, FAULT.id: 0.9}
"""Confidence in what a signal means."""

_OF_THE_HOST: Final = {"os.oom_kill": "memory", "fs.no_space": "disk", "fs.read_only": "disk"}
"""What other apps of the host fail of, too."""

_BY_ITSELF: Final = 0.4
"""Confidence in an exit code alone."""
_MEANS_ONE_THING: Final = 0.8
"""The same where the code says it all, as 127 does."""

_SPEAKS_OF_ERROR: Final = re.compile(
    r"^\s*(?:Uncaught )?(?:[\w.]*(?:Error|Exception|panic)\b|\[?(?:ERROR|FATAL|CRITICAL)\b)"
    r"|\b(?:fatal|panic|error):",
)
_REQUEST: Final = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE|OPTIONS|HEAD) (/[^\s\"]*)")


class Death(NamedTuple):
    """What a run left behind."""

    lines: Sequence[str]
    """Its last lines, oldest first, with whatever stands before them."""
    status: ExitStatus
    by_us: bool
    """We had asked it to end."""
    around: Surroundings
    memory: Verdict = NO_EVIDENCE
    """Whether the kernel killed it for lack of memory."""
    signalled: int | None = None
    """Number of a signal that a person had us send it just before."""


class Judgement(NamedTuple):
    """What is told of a death, and what of it counts for a restart."""

    diagnosis: Diagnosis
    fault: Fault | None
    """None: no line names a known fault. An exit code alone is too little to keep an app down."""


def judge(death: Death, matcher: Matcher) -> Judgement:
    """Rank what a run may have ended of."""
    lines = [plain(line) for line in death.lines]
    said = diagnose(list(matcher.matches(lines)), len(lines))
    end = _ending(death, lines)
    request = _last_request(lines)
    known = _named(said, lines, death.around)
    by_end = _by_ending(end, lines, request, death.memory)
    if end.id in _FROM_OUTSIDE:
        causes = [by_end, *known]
    else:
        # What we ended ourselves says nothing by its signal.
        causes = known or ([] if death.by_us else [by_end])
    excluded = (area for area in said.excluded if area != "memory" or death.memory.killed is False)
    diagnosis = Diagnosis(tuple(causes[:SHOWN]), tuple(excluded))
    if end.id in _FROM_OUTSIDE or not known:
        return Judgement(diagnosis, None)
    fault = Fault(
        id=known[0].id,
        restart=known[0].restart,
        evidence=known[0].evidence[0],
        remedy=known[0].remedy,
        obstacle=_obstacle(_direct(said)[0], lines, death.around),
    )
    return Judgement(diagnosis, fault)


def last_words(lines: Sequence[str], around: Surroundings, matcher: Matcher) -> Diagnosis:
    """Say which known faults the lines of a run name, and of which areas no line speaks."""
    bare = [plain(line) for line in lines]
    said = diagnose(list(matcher.matches(bare)), len(bare))
    return Diagnosis(tuple(_named(said, bare, around)[:SHOWN]), said.excluded)


def _named(said: Said, lines: Sequence[str], around: Surroundings) -> list[Cause]:
    if not said.known:
        return []
    request = _last_request(lines)
    return [_told(each, lines, request, around) for each in _direct(said)]


def _ending(death: Death, lines: Sequence[str]) -> Ending:
    heap = any("heap out of memory" in line for line in lines)
    known = Circumstances(death.by_us, death.memory.killed, death.signalled, heap)
    match death.status:
        case Exit(code=code):
            return ending(code, None, known)
        case Killed(signal=signal):
            return ending(None, signal, known)
        case _:
            return ending(None, None, known)


def _direct(said: Said) -> list[Found]:
    """What may be the cause: consequences only when there is nothing else."""
    causes = [each for each in said.causes if each.signature.rank is not Rank.CONSEQUENCE]
    return causes or list(said.causes)


def _told(found: Found, lines: Sequence[str], request: str, around: Surroundings) -> Cause:
    signature, first = found.signature, found.evidence[0]
    stack = _stack(lines, first.line)
    code = signature.rank is Rank.CODE
    return Cause(
        id=signature.id,
        text=signature.cause,
        confidence=found.confidence,
        evidence=(first.text[:WIDTH], *([f"last request: {request}"] if request and code else [])),
        restart=signature.restart.value,
        remedy=signature.remedy,
        check=signature.collect,
        place=frame_of_app(stack),
        fingerprint=fingerprint(signature.id, first.text, stack),
        shared=_shared(found, lines, around),
    )


def _by_ending(end: Ending, lines: Sequence[str], request: str, memory: Verdict) -> Cause:
    """The way in which it ended, with the last line that looks like the reason."""
    speaking = [number for number, line in enumerate(lines) if _SPEAKS_OF_ERROR.search(line)]
    at = speaking[-1] if speaking else len(lines) - 1
    words = lines[at][:WIDTH] if lines and end.id not in _FROM_OUTSIDE else ""
    stack = _stack(lines, at) if words else []
    certain = _MEANS_ONE_THING if end in BY_CODE.values() and end.restart is Restart.NO else 0.0
    sure, seen = _BY_SIGNAL.get(end.id) or certain or _BY_ITSELF, (words,)
    if end.id in _BY_KILL:
        sure, seen = memory.confidence, memory.evidence
    return Cause(
        id=end.id,
        text=end.meaning,
        confidence=sure,
        evidence=tuple(filter(None, (*seen, f"last request: {request}" if request else ""))),
        restart=end.restart.value,
        place=frame_of_app(stack),
        fingerprint=fingerprint(end.id, words, stack),
        shared=_OF_THE_HOST.get(end.id, ""),
    )


def _stack(lines: Sequence[str], at: int) -> list[str]:
    """The lines around: JavaScript's stack follows the message, Python's goes before it."""
    below = [line for line in lines[at : at + _STACK] if line.lstrip().startswith("at ")]
    return below or list(lines[max(0, at - _STACK) : at + 1])


def _last_request(lines: Sequence[str]) -> str:
    for line in reversed(lines):
        if found := _REQUEST.search(line):
            return f"{found[1]} {found[2].partition('?')[0]}"
    return ""


def _obstacle(found: Found, lines: Sequence[str], around: Surroundings) -> Obstacle | None:
    at = found.evidence[0].line
    waits = found.signature.restart is Restart.WAIT
    return named(found.signature.id, waits, lines[at : at + _STACK], around)


def _shared(found: Found, lines: Sequence[str], around: Surroundings) -> str:
    obstacle = _obstacle(found, lines, around)
    if isinstance(obstacle, Unreachable):
        return f"{obstacle.host}:{obstacle.port}"
    return _OF_THE_HOST.get(found.signature.id, "")
