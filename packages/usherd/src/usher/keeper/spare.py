"""A child that is forked before anybody asks: what has ended is mostly started again.

To fork takes as long as the daemon takes to decide, and both can be done at once. The child knows
nothing of any service: it waits at its gate for whichever program is spawned next. If none is, it
is sent away.
"""

from __future__ import annotations

import os

from usher.keeper import child, errands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from usher.keeper.loop import Loop

PATIENCE: Final = 1.0
"""Seconds for which it waits; a decision takes milliseconds, unless a restart is delayed."""


class Spare:
    """At most one spare child."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._child: child.Child | None = None

    def prepare(self) -> None:
        """Have one when all that is to be done now is done."""
        if self._child is None:
            self._loop.after("spare", 0.0, self._fork)

    def take(self, program: child.Program) -> child.Child | None:
        """Return the child, now with a program and at its gate; None where there is none."""
        made, self._child = self._child, None
        if made is None:
            return None
        self._loop.cancel("spare")
        try:
            made.equip(program)
        except OSError:
            _send_away(made)
            return None
        errands.ALIVE.discard(made.pid)
        return made

    def dismiss(self) -> None:
        """Keep none any longer."""
        self._loop.cancel("spare")
        made, self._child = self._child, None
        if made is not None:
            _send_away(made)

    def _fork(self) -> None:
        try:
            self._child = child.spare()
        except OSError:
            return  # whoever spawns is told why
        errands.ALIVE.add(self._child.pid)
        self._loop.after("spare", PATIENCE, self.dismiss)


def _send_away(made: child.Child) -> None:
    made.gate.close()
    os.close(made.pidfd)
