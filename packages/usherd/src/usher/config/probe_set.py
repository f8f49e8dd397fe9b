"""A set of questions in a file of their own, for any host: `usher probe FILE`."""

from pathlib import Path as FilePath
from typing import Final, NamedTuple

from usher.config.app import Surroundings
from usher.config.check import read_table
from usher.config.document import parse
from usher.config.review import Review
from usher.config.schema import Asking, Name, Table
from usher.config.targets import build_target
from usher.config.units import Interval
from usher.model.finding import Finding
from usher.model.target import Target

TIMEOUT: Final = 10.0
"""Seconds that an answer may take, unless the file says otherwise: it may come from far away."""


class SetQuestion(Asking, frozen=True):
    """`probes.NAME` of a set."""

    timeout: Interval | None = None


class ProbeSet(Table, frozen=True):
    """The file."""

    probes: dict[Name, SetQuestion]
    timeout: Interval | None = None


class Question(NamedTuple):
    """One question of a set."""

    name: str
    target: Target
    timeout: float
    """Seconds."""


def read_probe_set(
    path: FilePath, data: bytes, around: Surroundings
) -> tuple[list[Question], tuple[Finding, ...]]:
    """Read a set: its questions, and everything that is wrong with it."""
    document = parse(str(path), data, around)
    if isinstance(document, Finding):
        return [], (document,)
    review = Review(str(path), document.positions)
    written = read_table(ProbeSet, document.tree, (), review.report)
    questions: list[Question] = []
    for name, asked in (written.probes if written else {}).items():
        try:
            target = build_target(asked)
        except ValueError as error:
            review.report(("probes", name), str(error))
            continue
        timeout = asked.timeout or (written.timeout if written else None) or TIMEOUT
        questions.append(Question(name, target, float(timeout)))
    if written is not None and not written.probes and not review.findings:
        review.report(("probes",), "there is no question in it", "add [probes.NAME]")
    return questions, review.findings
