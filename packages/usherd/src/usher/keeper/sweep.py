"""After the main process of a run: end what it left behind, before anybody hears that it ended.

So a new run never lives beside remains of the old one, which may hold its port. What is left gets
SIGTERM, and SIGKILL a second later (at once when the run was being killed). What cannot be killed
within the limit, and orphans nobody can name, are told with the exit and never touched again.
"""

from __future__ import annotations

import os
import signal
import time

from usher.keeper import cgroup, family

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, TypeAlias

    from usher.keeper.family import Mark, Member
    from usher.keeper.loop import Loop

    Stray: TypeAlias = tuple[int, str]
    Then: TypeAlias = Callable[[list[Stray]], None]

PATIENCE: Final = 1.0
"""Seconds between SIGTERM and SIGKILL to what the main process left behind."""

LIMIT: Final = 5.0
"""Seconds after which what the kernel does not kill is named and given up."""

_LOOK_AGAIN: Final = 0.01


class Remains:
    """Finds the processes of one run; `ours` tells whether orphans of it come to us."""

    __slots__ = ("_known", "group", "mark", "ours", "pid")

    def __init__(
        self, pid: int, mark: Mark, group: str | None, known: Callable[[], set[int]]
    ) -> None:
        self.pid = pid
        self.mark = mark
        self.group = group
        self.ours = True
        self._known = known

    def left(self, orphans: list[Member] | None = None) -> tuple[list[Member], list[Member]]:
        """What lives besides the main process: that of this run, and orphans of no known run.

        `orphans` are those that were just seen; without, they are looked for.
        """
        if self.group:
            members = [pid for pid in cgroup.members(self.group) if pid != self.pid]
            return family.members(members), []
        if orphans is None:
            orphans = family.orphans(self._known())
        marked = [each for each in orphans if self._is_its_own(each.pid)]
        found = family.below([*family.children(self.pid), *marked])
        seen = {each.pid for each in found}
        if not self.ours:
            known = self._known() | {os.getpid(), self.pid}
            found += family.everywhere(self.mark, seen | known)
        return found, [each for each in orphans if each.pid not in seen]

    def _is_its_own(self, orphan: int) -> bool:
        return self.mark.is_on(orphan) or self.mark.is_printed_to_by(orphan)

    def kill(self) -> None:
        """SIGKILL everything but the main process, as far as it can be seen now."""
        if not self.group or not cgroup.kill(self.group):
            for member in self.left()[0]:
                member.send(signal.SIGKILL)


class _Case:
    """One run being swept."""

    __slots__ = ("asked", "kill", "name", "remains", "since", "then")

    def __init__(self, name: str, remains: Remains, then: Then, *, kill: bool) -> None:
        self.name = name
        self.remains = remains
        self.then = then
        self.kill = kill
        self.asked = False
        """SIGTERM was sent."""
        self.since = time.monotonic()

    def waited(self) -> float:
        return time.monotonic() - self.since


class Sweep:
    """Ends what runs leave behind."""

    def __init__(self, loop: Loop, known: Callable[[], set[int]]) -> None:
        """`known` are children of ours that are no orphans."""
        self._loop = loop
        self._known = known
        self._new: dict[str, _Case] = {}
        self._named: set[tuple[int, int]] = set()
        """Strays that were told already: pid and start time."""

    def begin(self, name: str, remains: Remains, then: Then, *, kill: bool) -> None:
        """End what is left of a run whose main process has ended.

        `then` gets what could not be ended, and strays not named before, as [pid, command].
        """
        self._new[name] = _Case(name, remains, then, kill=kill)
        self._loop.after("sweep", 0.0, self._look_at_new)

    def cancel(self, name: str) -> None:
        """Leave the rest alone: the run is to be forgotten."""
        self._new.pop(name, None)
        self._loop.cancel(("sweep", name))

    def _look_at_new(self) -> None:
        """Look for orphans once for all that ended together: a look is at every child of ours."""
        new, self._new = self._new, {}
        orphans = family.orphans(self._known())
        for case in new.values():
            self._look(case, orphans)

    def _look(self, case: _Case, orphans: list[Member] | None = None) -> None:
        left, strays = case.remains.left(orphans)
        if not left or case.waited() > LIMIT:
            case.then(self._tell([*left, *strays]))
            return
        if case.kill or case.waited() > PATIENCE:
            case.remains.kill()
        elif not case.asked:
            case.asked = True
            for member in left:
                member.send(signal.SIGTERM)
        self._loop.after(("sweep", case.name), _LOOK_AGAIN, lambda: self._look(case))

    def _tell(self, strays: list[Member]) -> list[Stray]:
        new = [each for each in strays if (each.pid, each.started) not in self._named]
        self._named |= {(each.pid, each.started) for each in new}
        return [(each.pid, family.command(each.pid)) for each in new]
