"""Whether the kernel killed a process for lack of memory: what tells of it, and how surely.

Signal 9 is the same from the kernel and from `kill -9` (operations.md A.2.14). From the most exact
to the least: the kernel's log names the process; the run's own control group counts its kills; a
counter of more processes than this one moved just when it ended. An old kill, or somebody else's,
must not explain a later `kill -9`.
"""

from typing import Final, NamedTuple

NEAR: Final = 30.0
"""Seconds between two looks at a counter within which its kill may well be the one in question."""


class Moved(NamedTuple):
    """What a counter of kills did around the end of the process."""

    kills: int
    window: float
    """Seconds from the last look before the end to the first after it."""
    group: str = ""
    """Path of our control group, if it is counted there; empty: on the whole host."""
    short: bool = False
    """The host has little memory left, or all work waits for it."""


class Signs(NamedTuple):
    """What was found about a process that ended by signal 9, or a shell that says so of its child.

    Each is None where it cannot be seen.
    """

    logged: str | None
    """Line of the kernel's log on this process (of a shell: on any, just then); empty: none."""
    in_group: int | None
    """Kills that were counted in the run's own control group."""
    moved: Moved | None


class Verdict(NamedTuple):
    """Whether it was (None: perhaps), how sure that is, and what says so."""

    killed: bool | None
    confidence: float
    evidence: tuple[str, ...] = ()


NO_EVIDENCE: Final = Verdict(killed=False, confidence=0.7)


def verdict(signs: Signs, *, by_shell: bool = False) -> Verdict:
    """Weigh the signs: the most exact one that there is decides.

    `by_shell`: the process exited with 137, because a child of it that we do not know was killed.
    """
    if signs.logged:
        return Verdict(killed=True, confidence=0.6 if by_shell else 0.95, evidence=(signs.logged,))
    if signs.in_group is not None:
        counted = f"its control group counts {_kills(signs.in_group)}"
        if signs.in_group:
            return Verdict(killed=True, confidence=0.85, evidence=(counted,))
        return NO_EVIDENCE._replace(evidence=(counted,))
    if signs.logged is not None:
        return NO_EVIDENCE._replace(evidence=("the kernel's log names no kill of it",))
    return _by_counter(signs.moved)


def _by_counter(moved: Moved | None) -> Verdict:
    if moved is None or moved.kills == 0:
        return NO_EVIDENCE
    where = f"the control group {moved.group}" if moved.group else "the host"
    counted = (
        f"{where} counted {_kills(moved.kills)} in the {moved.window:.0f} s before;"
        " of which process is not told to us"
    )
    if moved.window <= NEAR and (moved.group or moved.short):
        return Verdict(True, confidence=0.75 if moved.group else 0.6, evidence=(counted,))
    return Verdict(killed=None, confidence=0.5, evidence=(counted,))


def _kills(number: int) -> str:
    many = {0: "no kill", 1: "1 kill"}.get(number, f"{number} kills")
    return f"{many} for lack of memory"
