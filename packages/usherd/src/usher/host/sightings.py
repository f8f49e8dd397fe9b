"""Processes that may be apps which somebody knows: by script, by port, or because PM2 runs them."""

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec.structs import replace

from usher.host import beside, processes
from usher.host.processes import PROC
from usher.model.facts import Running
from usher.model.guard import App, Rules


def sightings(known: Iterable[App], rules: Iterable[Rules], proc: Path = PROC) -> list[Running]:
    """Look for processes of the apps, and for those that the rules describe; each once."""
    apps = list(known)
    described = [rule for each in rules for rule in each.apps if rule.describes]
    ports = {port for app in apps for port in app.ports} | {rule.port for rule in described} - {0}
    found = [
        *processes.running({app.script for app in apps if "/" in app.script}, proc),
        *_like({rule.script for rule in described if rule.script}, proc),
        *(holder for each in processes.listeners(ports, proc) for holder in each.holders),
        *_of_pm2(proc),
    ]
    return list({each.pid: each for each in found}.values())


def _like(patterns: Collection[str], proc: Path) -> list[Running]:
    """Find processes whose script fits a pattern; only those that may are looked at closely."""
    last = {pattern.rpartition("/")[2] for pattern in patterns}
    return [
        seen
        for process in processes.processes(proc)
        if any(
            fnmatchcase(word.rpartition("/")[2], name) for word in process.words for name in last
        )
        for seen in [processes.describe(process, proc=proc)]
        if any(fnmatchcase(seen.script, pattern) for pattern in patterns)
    ]


def _of_pm2(proc: Path) -> list[Running]:
    """Describe every app of a living PM2; what a cluster worker runs, PM2's own words tell."""
    found: list[Running] = []
    words = {each.pid: each for each in processes.processes(proc)}
    for pm2 in beside.find(proc):
        for app in pm2.apps:
            if app.pid in words:
                seen = processes.describe(words[app.pid], proc=proc)
                script = str(app.script) if app.script else seen.script
                found.append(replace(seen, script=script, ports=tuple(sorted(app.ports))))
    return found
