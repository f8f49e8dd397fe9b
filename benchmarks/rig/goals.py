"""What usher is to reach, and whether a run shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.rig.figure import Figure

OURS = "usher"


@dataclass(frozen=True, slots=True)
class Goal:
    """Our median of a figure is at most `factor` times a peer's, in the same run."""

    text: str
    key: str
    factor: float
    peer: str
    of: str | None = None
    """The figure of the peer that is meant; the same one if None."""

    def limit(self, figures: Mapping[str, Figure]) -> float | None:
        """Return the largest value that reaches the goal; None if the peer was not measured."""
        figure = figures.get(self.of or self.key)
        theirs = figure.median(self.peer) if figure else None
        return None if theirs is None else theirs * self.factor


@dataclass(frozen=True, slots=True)
class Zero:
    """Our largest sample of a figure is 0."""

    text: str
    key: str

    def limit(self, _figures: Mapping[str, Figure]) -> float | None:
        """Return the largest value that reaches the goal."""
        return 0.0


GOALS: tuple[Goal | Zero, ...] = (
    Goal("`list` takes at most a third of PM2's time", "list", 1 / 3, "pm2"),
    Goal("a crash is over no later than with runit", "restart", 1.0, "runit"),
    Goal(
        "a young service that crashes does not wait for runit's pause",
        "restart-young",
        0.5,
        "runit",
    ),
    Goal("500 services are up in a third of PM2's time", "up-500", 1 / 3, "pm2"),
    Goal(
        "a log flood takes no longer than with supervisor", "log-plain-seconds", 1.0, "supervisor"
    ),
    Zero("no line of it is lost", "log-plain-lost"),
    Zero("with time stamps no line is torn", "log-dated-foreign"),
    Zero("with time stamps no line is lost", "log-dated-lost"),
    Goal(
        "time stamps cost no more CPU than PM2 without",
        "log-dated-cpu",
        1.0,
        "pm2",
        "log-plain-cpu",
    ),
    Goal("three quarters of PM2's RSS with 1 service", "rss-1", 0.75, "pm2"),
    Goal("half of PM2's PSS with 500 services", "pss-500", 0.5, "pm2"),
    Goal("supervisor's PSS with 500 services", "pss-500", 1.0, "supervisor"),
    Zero("no wake-up at rest, 1 service", "wakes-1"),
    Zero("no wake-up at rest, 100 services", "wakes-100"),
    Zero("no wake-up at rest, 500 services", "wakes-500"),
    Zero("no service is lost when the manager is killed", "killed-lost"),
    Zero("none runs twice", "killed-doubled"),
    Zero("none is unknown", "killed-unknown"),
    Zero(
        "a reload of a graceful server loses no request",
        "reload-graceful-new-lost",
    ),
    Zero("no connection hangs after a reload, naive server", "reload-naive-kept-hung"),
)
"""Those that are about one figure."""

BEATEN: dict[str, frozenset[str]] = {
    "pm2": frozenset(),
    "supervisor": frozenset({"rss-1", "pss-1", "uss-1"}),
    "circus": frozenset({"rss-1", "pss-1", "uss-1"}),
}
"""The peers whom we are to be ahead of in every figure, but these."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal beside what was measured; a value of None was not measured."""

    text: str
    ours: float | None
    limit: float | None
    unit: str

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None if that cannot be told from this run."""
        if self.ours is None or self.limit is None:
            return None
        return self.ours <= self.limit


def verdicts(figures: Sequence[Figure]) -> list[Verdict]:
    """Judge every goal whose figure was measured."""
    by_key = {figure.key: figure for figure in figures}
    found: list[Verdict] = []
    for goal in GOALS:
        if figure := by_key.get(goal.key):
            ours = figure.median(OURS) if isinstance(goal, Goal) else _worst(figure)
            found.append(Verdict(goal.text, ours, goal.limit(by_key), figure.unit))
    return found


def behind(figures: Sequence[Figure]) -> list[tuple[str, Figure, float]]:
    """Return the peer, the figure and our ratio to it where we are behind and should be ahead.

    A peer that needs nothing at all makes the ratio infinite.
    """
    found: list[tuple[str, Figure, float]] = []
    for peer, excepted in BEATEN.items():
        for figure in figures:
            ours, theirs = figure.median(OURS), figure.median(peer)
            if not figure.ranked or figure.key in excepted or ours is None or theirs is None:
                continue
            if ours > theirs:
                found.append((peer, figure, ours / theirs if theirs > 0 else float("inf")))
    return found


def _worst(figure: Figure) -> float | None:
    return max(figure.samples.get(OURS, []), default=None)
