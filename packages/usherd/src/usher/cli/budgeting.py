"""The connection budget as a command sees it: definitions joined with what their servers say."""

import os
import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from usher.cli import parallel
from usher.client import UsherError, connect
from usher.guard.database import budget, reach, signs
from usher.guard.database.budget import Budget, Demand
from usher.guard.database.pool import Around
from usher.host import database
from usher.host.database_url import target_of
from usher.host.libraries import dependencies
from usher.host.server_memory import ServerMemory
from usher.model.database import Target
from usher.model.finding import Finding
from usher.model.spec import ServerSpec, ServiceSpec


class Held(NamedTuple):
    """The apps of one server, held against it."""

    apps: tuple[str, ...]
    budget: Budget
    target: Target | None = None
    fault: str = ""
    """Why the server could not be asked, in the driver's words."""


class Wanted(NamedTuple):
    """What an app takes, and of which database."""

    demand: Demand
    target: Target | None
    server: ServerSpec | None
    """What is declared of the server, which then is not asked."""


def wanted(spec: ServiceSpec, *, doubled: bool = False) -> Wanted | None:
    """Find what an app takes; None where nothing says that it uses a database at all."""
    declared = spec.pool
    target = target_of(spec.env, declared.variable if declared else "")
    if declared is None and target is None:
        return None
    around = Around(spec.env, spec.argv, dependencies(spec.cwd), os.cpu_count() or 1)
    demand = budget.demand_of(spec, target, around)
    if doubled:
        demand = replace(demand, sizing=replace(demand.sizing, doubled=True))
    return Wanted(demand, target, declared.server if declared else None)


def budgets(
    specs: Sequence[ServiceSpec],
    home: Path,
    *,
    doubled: Collection[str] = (),
    server: ServerSpec | None = None,
    offline: bool = False,
) -> list[Held]:
    """Hold the apps of each server against it, all servers asked at once.

    `home`: of the usher that remembers what servers said. `doubled`: apps known to initialise
    twice. `server`: figures for it, so that nobody is asked. `offline`: nobody is asked at all.
    """
    found = [wanted(spec, doubled=spec.name in doubled) for spec in specs]
    groups: dict[object, list[Wanted]] = {}
    for each in found:
        if each is not None:
            key = each.target.server if each.target else each.server
            groups.setdefault(key, []).append(each)
    judged = partial(_judged, home=home, given=server, offline=offline)
    return parallel.each(judged, groups.values())


def doubled(home: Path) -> frozenset[str]:
    """Name the services that were seen to initialise their pools twice; nothing is started."""
    try:
        services = connect(str(home)).services()
    except UsherError:
        return frozenset()
    return frozenset(
        service.name
        for service in services
        for instance in service.instances
        if any(finding.code in signs.DOUBLED for finding in instance.findings)
    )


def findings(
    specs: Sequence[ServiceSpec],
    home: Path,
    *,
    doubled: Collection[str] = (),
    offline: bool = False,
) -> list[Finding]:
    """Judge apps before a start: whether their databases take them, and whether all have room.

    That something is unknown is said where a pool is declared: nobody asked for the others.
    """
    declared = {spec.label or spec.name for spec in specs if spec.pool is not None}
    found: list[Finding] = []
    for held in budgets(specs, home, doubled=doubled, offline=offline):
        if held.target is not None:
            found += reach.judge(str(held.target), held.target.user, held.fault, held.apps)
        found += [
            finding
            for finding in budget.findings(held.budget)
            if finding.code != budget.UNKNOWN.code or finding.app in declared
        ]
    return found


def _judged(
    group: Sequence[Wanted], *, home: Path, given: ServerSpec | None, offline: bool
) -> Held:
    target = next((each.target for each in group if each.target), None)
    name = "the database" if target is None else str(target)
    demands = [each.demand for each in group]
    apps = tuple(demand.app for demand in demands)
    declared = given or next((each.server for each in group if each.server), None)
    if declared is not None:
        return Held(apps, budget.judge(name, demands, budget.declared(declared)))
    if target is None:
        return Held(apps, budget.judge(name, demands, None, "no variable names it"))
    if target.is_pooler:
        return Held(apps, budget.judge(name, demands, None, budget.POOLER))
    if offline:
        return Held(apps, budget.judge(name, demands, None, "nobody is asked from here"))
    asked, memory = database.ask(target), ServerMemory(home)
    if asked.facts is not None:
        memory.keep(target, asked.facts)
        return Held(apps, budget.judge(name, demands, asked.facts), target)
    note = f"it cannot be asked: {asked.fault}"
    if (last := memory.last(target)) is None:
        return Held(apps, budget.judge(name, demands, None, note), target, asked.fault)
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(last.asked_at))
    return Held(
        apps,
        budget.judge(name, demands, last, f"as it said at {at}; now {note}"),
        target,
        asked.fault,
    )


def as_json(found: Budget) -> Mapping[str, object]:
    """Write a budget for programs."""
    return {
        "server": found.server,
        "verdict": found.verdict,
        "need": found.need,
        "peak": found.peak,
        "cap": found.limit.cap if found.limit else None,
        "limit": found.limit.words if found.limit else None,
        "peak_fits": found.peak_fits,
        "note": found.note,
        "apps": [
            {
                "app": each.app,
                "instances": each.instances,
                "processes": each.sizing.processes,
                "pools": each.sizing.pools,
                "pool": each.sizing.size,
                "source": each.sizing.source,
                "doubled": each.sizing.doubled,
                "surge": each.surge,
                "need": each.steady,
                "peak": each.peak,
            }
            for each in found.demands
        ],
    }
