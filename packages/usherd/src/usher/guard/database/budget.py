"""Whether the connections that apps may open fit into what their database server has.

An app takes `instances x processes x pools x size`, twice that where it initialises its pool twice,
and while a reload runs beside it, that of the surge too. The server has `max_connections` less what
it reserves and less what others use; a database or a role may have a limit of its own. Four fifths
of that are well used, more is tight, and what does not fit is not started.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from usher.guard.code import Code
from usher.guard.database.pool import Around, Sizing, size_of
from usher.model.database import ConnectionUse, DatabaseServer, Target
from usher.model.finding import Finding
from usher.model.spec import ServerSpec, ServiceSpec
from usher.model.value import Value

WELL_USED: Final = 0.8
"""The share of what there is up to which all is well."""

POOLER: Final = "pooler: server cap not visible"

Verdict: TypeAlias = Literal["ok", "warn", "over", "unknown"]

OVER = Code(
    "budget.over",
    "error",
    "More database connections than the server has",
    "The pools of all instances together may open more connections than the database gives. The "
    "last ones are refused ('too many clients already'), at the worst moment: under load.",
    "Run fewer instances, make the pool smaller, or put a pooler (PgBouncer) in front.",
    forceable=True,
)
TIGHT = Code(
    "budget.tight",
    "warning",
    "Nearly all connections of the database are spoken for",
    "Little is left for migrations, backups, monitoring and people.",
    "Make the pool smaller, or put a pooler in front.",
)
PEAK = Code(
    "budget.peak",
    "warning",
    "A reload needs more connections than the server has",
    "While a reload runs, old and new instances hold their pools side by side.",
    "Reload in place (`usher reload --in-place`, `rollout.in_place`), or with a smaller "
    "`rollout.max_surge`.",
)
UNKNOWN = Code(
    "budget.unknown",
    "warning",
    "Whether the database has enough connections is not known",
    "The size of the pool is not written down where usher looks, the server cannot be asked, or a "
    "pooler stands in front of it.",
    "Declare `pool.max`; where the server cannot be asked, `pool.server.max_connections` too.",
)
CODES = (OVER, TIGHT, PEAK, UNKNOWN)


class Demand(Value, frozen=True):
    """What one app may take."""

    app: str
    instances: int
    sizing: Sizing
    surge: int = 0
    """Instances that a reload runs beside them."""
    role: str = ""
    database: str = ""

    @property
    def steady(self) -> int | None:
        """Connections in daily work; None: unknown."""
        one = self.sizing.per_instance
        return None if one is None else self.instances * one

    @property
    def peak(self) -> int | None:
        """Connections while a reload runs; None: unknown."""
        one = self.sizing.per_instance
        return None if one is None else (self.instances + self.surge) * one

    @property
    def sum(self) -> str:
        """The steady demand as a sum: "2 instances x pool 20"."""
        sizing = self.sizing
        words = [f"{self.instances} instance{'s' * (self.instances != 1)}"]
        words += [f"{sizing.processes} processes"] if sizing.processes > 1 else []
        words += [f"{sizing.pools} pools of {sizing.size}"] if sizing.pools > 1 else []
        words += [f"pool {sizing.size}"] if sizing.pools == 1 else []
        words += ["2 (initialised twice)"] if sizing.doubled else []
        return " x ".join(words)


class Limit(Value, frozen=True):
    """One of the limits, and what it leaves for us."""

    cap: int
    words: str
    """How it comes about: "max_connections 30, 3 reserved, 2 used by others"."""


class Budget(Value, frozen=True):
    """The demands on one server, held against the limit that they come nearest to."""

    server: str
    demands: tuple[Demand, ...]
    need: int
    """What is known of the demand, together ..."""
    peak: int
    """... and while a reload of the app that takes most runs."""
    limit: Limit | None
    """None: nothing is known of the server."""
    verdict: Verdict
    note: str = ""
    """Why something is unknown."""

    @property
    def peak_fits(self) -> bool:
        """Whether a reload beside the running instances has room."""
        return self.limit is None or self.peak <= self.limit.cap


def demand_of(spec: ServiceSpec, target: Target | None, around: Around) -> Demand:
    """Say what an app may take, by its definition and what is known around it."""
    rollout = spec.rollout
    return Demand(
        app=spec.label or spec.name,
        instances=spec.instances,
        sizing=size_of(spec.pool, target, around),
        surge=0 if rollout.in_place else min(rollout.max_surge, spec.instances),
        role=target.user if target else "",
        database=target.database if target else "",
    )


def declared(server: ServerSpec) -> DatabaseServer:
    """Write declared figures as a server would say them."""
    others = (ConnectionUse("(others)", "", server.others),) if server.others else ()
    return DatabaseServer(server.max_connections, server.reserved, uses=others)


def judge(
    server: str,
    demands: Sequence[Demand],
    facts: DatabaseServer | None,
    note: str = "",
) -> Budget:
    """Hold the demands on one server against its limits.

    `note`: why there are no facts, or why these are not of now.
    """
    if facts is None:
        need, peak = _need(demands), _peak(demands)
        return Budget(server, (*demands,), need, peak, None, "unknown", note)
    budgets = [
        _held_against(limit, server, concerned, note)
        for limit, concerned in _limits(demands, facts)
    ]
    return max(budgets, key=_tightness)


def findings(budget: Budget, asked: Collection[str] = ()) -> list[Finding]:
    """Say what is wrong, once for each app that is meant (`asked`; none: every one)."""
    found: list[Finding] = []
    for demand in budget.demands:
        if not asked or demand.app in asked:
            found += _findings(budget, demand)
    return found


def one_pool_that_fits(budget: Budget) -> int:
    """Return the size of pool at which the demand would fit; 0: at none."""
    each = sum(
        demand.steady // demand.sizing.size
        for demand in budget.demands
        if demand.steady and demand.sizing.size
    )
    return budget.limit.cap // each if budget.limit and each else 0


# -- the sum ---------------------------------------------------------------------------------------


def _need(demands: Sequence[Demand]) -> int:
    return sum(demand.steady or 0 for demand in demands)


def _peak(demands: Sequence[Demand]) -> int:
    """One app is reloaded at a time; the one that takes most beside itself decides."""
    return _need(demands) + max(
        ((each.peak or 0) - (each.steady or 0) for each in demands), default=0
    )


def _limits(
    demands: Sequence[Demand], facts: DatabaseServer
) -> Iterator[tuple[Limit, Sequence[Demand]]]:
    """Yield every limit with those whom it concerns."""
    roles = {demand.role for demand in demands}
    others = sum(use.count for use in facts.uses if use.role not in roles)
    words = f"max_connections {facts.max_connections}, {facts.reserved} reserved"
    words += f", {others} used by others" if others else ""
    yield Limit(max(0, facts.max_connections - facts.reserved - others), words), demands
    for name, most in facts.database_limits.items():
        concerned = [demand for demand in demands if demand.database == name]
        uses = [use for use in facts.uses if use.database == name and use.role not in roles]
        used = sum(use.count for use in uses)
        words = f"database {name!r} may have {most}" + (f", {used} used by others" if used else "")
        yield Limit(max(0, most - used), words), concerned
    for name, most in facts.role_limits.items():
        concerned = [demand for demand in demands if demand.role == name]
        yield Limit(most, f"role {name!r} may have {most}"), concerned


def _held_against(limit: Limit, server: str, concerned: Sequence[Demand], note: str) -> Budget:
    need, peak = _need(concerned), _peak(concerned)
    unknown = [demand.app for demand in concerned if demand.steady is None]
    if need > limit.cap:
        verdict: Verdict = "over"
    elif unknown:
        verdict, note = "unknown", f"the pool size of {', '.join(map(repr, unknown))} is not known"
    else:
        verdict = "ok" if need <= WELL_USED * limit.cap else "warn"
    return Budget(server, (*concerned,), need, peak, limit, verdict, note)


def _tightness(budget: Budget) -> tuple[int, float]:
    """Order budgets: the worst verdict, then the greatest share."""
    cap = budget.limit.cap if budget.limit else 0
    rank = ("ok", "warn", "unknown", "over").index(budget.verdict)
    return rank, budget.need / cap if cap else float(budget.need)


# -- words -----------------------------------------------------------------------------------------


def _findings(budget: Budget, demand: Demand) -> Iterator[Finding]:
    if budget.verdict == "unknown":
        message = (
            f"the connections of {demand.app!r} to {budget.server} are not known: {budget.note}"
        )
        yield UNKNOWN.finding(message, app=demand.app, field="pool", hint=UNKNOWN.fix)
        return
    if budget.limit is None:
        return
    needs = " + ".join(f"{each.sum} of {each.app!r}" for each in budget.demands)
    if len(budget.demands) == 1:
        needs = budget.demands[0].sum
    told = f"{budget.need} connections needed ({needs}), {budget.limit.cap} there"
    where = f"{budget.server}: {budget.limit.words}" + (f"; {budget.note}" if budget.note else "")
    if budget.verdict == "over":
        message = f"cannot start {demand.app!r}: {told} ({where})"
        yield OVER.finding(message, app=demand.app, field="pool", hint=_remedies(budget))
    elif budget.verdict == "warn":
        yield TIGHT.finding(f"{told} ({where})", app=demand.app, field="pool", hint=TIGHT.fix)
    if budget.verdict != "over" and demand.surge and not budget.peak_fits:
        message = f"a reload needs {budget.peak} connections, {budget.limit.cap} there ({where})"
        yield PEAK.finding(message, app=demand.app, field="rollout", hint=PEAK.fix)


def _remedies(budget: Budget) -> str:
    fits = one_pool_that_fits(budget)
    smaller = f"a pool of at most {fits}" if fits else "a smaller pool"
    return f"fewer instances, {smaller}, or a pooler (PgBouncer) in front of the database"
