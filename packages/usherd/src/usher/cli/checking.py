"""Joins what was seen on the host with the rules about it: every check of a configuration file.

Each part looks and judges by itself, in a thread of its own; together they have `PATIENCE`. What
could not be seen in time is a finding too: unknown is no pass.
"""

import queue
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Final

from usher.cli import check_parts
from usher.cli.check_parts import Asked, Choice
from usher.config.load import Loaded
from usher.guard.checks.unseen import FAILED, TOO_SLOW
from usher.guard.definition import Definition
from usher.model.finding import Finding

__all__ = ["Choice", "check"]

PATIENCE: Final = 3.0
"""Seconds for all parts together."""

_ORDER: Final = {"error": 0, "warning": 1}


def check(loaded: Loaded, choice: Choice) -> list[Finding]:
    """Check a file: what it says wrongly by itself first, then by gravity and place."""
    asked = _asked(loaded, choice)
    found = _all(check_parts.chosen(asked), asked)
    found.sort(key=lambda each: (_ORDER[each.severity], each.app, each.line, each.code))
    return [*loaded.findings, *dict.fromkeys(found)]


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


def _all(parts: Sequence[check_parts.Part], asked: Asked) -> list[Finding]:
    """Run all parts at once. A thread that is late is left behind; it ends with the command."""
    answers: queue.SimpleQueue[tuple[str, list[Finding]]] = queue.SimpleQueue()
    for part in parts:
        threading.Thread(target=_one, args=(part, asked, answers), daemon=True).start()
    missing = {part.name for part in parts}
    found: list[Finding] = []
    deadline = time.monotonic() + PATIENCE
    while missing:
        try:
            name, findings = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        missing.discard(name)
        found += findings
    return [*found, *_late(missing)]


def _one(
    part: check_parts.Part,
    asked: Asked,
    answers: "queue.SimpleQueue[tuple[str, list[Finding]]]",
) -> None:
    try:
        found = part.run(asked)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        found = [FAILED.finding(f"cannot check {part.name}: {reason}")]
    answers.put((part.name, found))


def _late(names: Iterable[str]) -> list[Finding]:
    return [
        TOO_SLOW.finding(f"cannot tell about {name}: no answer within {PATIENCE:.0f} s")
        for name in sorted(names)
    ]
