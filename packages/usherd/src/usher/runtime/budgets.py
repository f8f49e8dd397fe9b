"""The connection budget at the gate: what is declared of a database is not exceeded, whoever asks.

The daemon asks no server. It refuses growth only: what runs already may be started again, since an
app that comes back takes what it had.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from usher.guard.database import budget
from usher.guard.database.budget import Budget, Demand
from usher.guard.database.pool import Around
from usher.host.database_url import target_of
from usher.host.libraries import dependencies
from usher.model.finding import Finding
from usher.model.spec import ServerSpec, ServiceSpec


class Defined(Protocol):
    """A definition with the values of its variables."""

    @property
    def spec(self) -> ServiceSpec:
        """Return the definition."""
        ...

    @property
    def env(self) -> Mapping[str, str]:
        """Return the values."""
        ...


class Wanted(NamedTuple):
    """What a service takes of which server."""

    service: str
    key: object
    name: str
    demand: Demand
    server: ServerSpec | None


def refusals(asked: Sequence[Defined], up: Iterable[Defined]) -> list[Finding]:
    """Say which of `asked` do not fit beside what is `up` already."""
    meant = _wanted(asked)
    if not any(each.server for each in meant):
        return []
    running = {each.service: each for each in _wanted(up)}
    found: list[Finding] = []
    for key in dict.fromkeys(each.key for each in meant if each.server):
        before = [each for each in running.values() if each.key == key]
        names = {each.service for each in meant}
        after = [*(each for each in meant if each.key == key)]
        after += [each for each in before if each.service not in names]
        judged = _judge(after)
        if judged.verdict == "over" and judged.need > sum(e.demand.steady or 0 for e in before):
            apps = {each.demand.app for each in meant}
            found += [each for each in budget.findings(judged, apps) if each.severity == "error"]
    return found


def crowded(asked: Sequence[Defined], up: Iterable[Defined]) -> str:
    """Say why these must not be reloaded beside themselves; empty: there is room."""
    names = {each.spec.name for each in asked}
    meant = _wanted(asked)
    if not any(each.server for each in meant):
        return ""
    others = [each for each in _wanted(up) if each.service not in names]
    for each in meant:
        if each.server is None:
            continue
        beside = [one for one in (*meant, *others) if one.key == each.key]
        judged = _judge(beside)
        if not judged.peak_fits and judged.limit is not None:
            took, has = judged.peak, judged.limit.cap
            return f"a reload beside the old ones takes {took} connections of {has} ({each.name})"
    return ""


def _judge(group: Sequence[Wanted]) -> Budget:
    server = next(each.server for each in group if each.server)
    return budget.judge(group[0].name, [each.demand for each in group], budget.declared(server))


def _wanted(defined: Iterable[Defined]) -> list[Wanted]:
    """List those that say something of their pool; nothing is looked up for the others."""
    found: list[Wanted] = []
    for each in defined:
        spec = each.spec
        if spec.pool is None:
            continue
        target = target_of(each.env, spec.pool.variable)
        around = Around(each.env, spec.argv, dependencies(spec.cwd), os.cpu_count() or 1)
        demand = budget.demand_of(spec, target, around)
        name = "the database" if target is None else str(target)
        key = target.server if target else spec.pool.server
        found.append(Wanted(spec.name, key, name, demand, spec.pool.server))
    return found
