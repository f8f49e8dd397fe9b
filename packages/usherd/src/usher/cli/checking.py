"""Joins what was seen on the host with the rules about it: every check of a configuration file.

Each part looks and judges by itself, in a thread of its own; together they have `PATIENCE`. What
could not be seen in time is a finding too: unknown is no pass.
"""

import queue
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from msgspec.structs import replace

from usher.cli import check_parts
from usher.cli.check_parts import Asked, Choice
from usher.config.load import Loaded
from usher.guard.checks.unseen import FAILED, TOO_SLOW
from usher.guard.definition import Definition
from usher.model.finding import Finding

__all__ = ["Answer", "Choice", "answers", "check", "found_by"]

PATIENCE: Final = 3.0
"""Seconds for all parts together."""

_ORDER: Final = {"error": 0, "warning": 1}


class Answer(NamedTuple):
    """What one part of a check found; nothing is good."""

    part: str
    findings: tuple[Finding, ...]

    @property
    def is_of_another_host(self) -> bool:
        """Whether these apps belong elsewhere: what else is wrong here then means nothing."""
        return self.part == check_parts.ROLE and any(
            each.severity == "error" for each in self.findings
        )


def check(loaded: Loaded, choice: Choice) -> list[Finding]:
    """Check a file: what it says wrongly by itself first, then by gravity and place."""
    return [*loaded.findings, *found_by(answers(loaded, choice))]


def found_by(given: Iterable[Answer]) -> list[Finding]:
    """Return all findings of the answers, each once, by gravity and place."""
    found = dict.fromkeys(finding for answer in given for finding in answer.findings)
    return sorted(found, key=lambda each: (_ORDER[each.severity], each.app, each.line, each.code))


def answers(loaded: Loaded, choice: Choice, *, hasty: bool = False) -> list[Answer]:
    """Ask every part at once, in the order of the parts.

    A thread that is late is left behind; it ends with the command. `hasty`: nobody is waited for
    any more when the apps belong on another host.
    """
    asked = _asked(loaded, choice)
    parts = check_parts.chosen(asked)
    came: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    for part in parts:
        threading.Thread(target=_one, args=(part, asked, came), daemon=True).start()
    found: dict[str, Answer] = {}
    deadline = time.monotonic() + PATIENCE
    while len(found) < len(parts):
        try:
            answer = came.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[answer.part] = answer
        if hasty and answer.is_of_another_host:
            parts = [part for part in parts if part.name == answer.part]
    apps = {app.name: app for app in asked.apps} | {app.spec.name: app for app in asked.apps}
    came_in = [found.get(part.name) or _late(part.name) for part in parts]
    return [
        Answer(name, tuple(_placed(each, apps) for each in findings)) for name, findings in came_in
    ]


def _placed(finding: Finding, apps: Mapping[str, Definition]) -> Finding:
    """Add where the app stands, if the rule did not know; name files as seen from here."""
    file, line, app = finding.file, finding.line, apps.get(finding.app)
    if app is not None and file in ("", app.file) and not line:
        file, line = app.file, app.line_of(finding.field)
    path = Path(file)
    if file and path.is_relative_to(Path.cwd()):
        file = str(path.relative_to(Path.cwd()))
    return replace(finding, file=file, line=line)


def _asked(loaded: Loaded, choice: Choice) -> Asked:
    names = choice.names or tuple(spec.name for spec in loaded.plan.services)
    apps = tuple(
        Definition(
            spec,
            spec.origin.rpartition(":")[0] or loaded.plan.source,
            loaded.lines.get(spec.name, {}),
            loaded.sources.get(spec.name, {}),
        )
        for spec in loaded.plan.services
    )
    chosen = tuple(app for app in apps if app.spec.name in names)
    return Asked(loaded, apps, chosen, choice)


def _one(part: check_parts.Part, asked: Asked, came: "queue.SimpleQueue[Answer]") -> None:
    try:
        found = part.run(asked)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        found = [FAILED.finding(f"cannot check {part.name}: {reason}")]
    came.put(Answer(part.name, tuple(found)))


def _late(name: str) -> Answer:
    said = f"cannot tell about {name}: no answer within {PATIENCE:.0f} s"
    return Answer(name, (TOO_SLOW.finding(said),))
