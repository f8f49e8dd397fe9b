"""Apps that run already: under another name, under another supervisor, or started by hand.

An app is recognised by what it runs (script, folder, ports), never by its name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from usher.guard.checks.ports import wanted
from usher.guard.code import Code
from usher.guard.definition import Definition
from usher.model.facts import Running
from usher.model.finding import Finding
from usher.model.guard import App

DUPLICATE: Final = Code(
    "app.duplicate",
    "error",
    "The same app is defined twice",
    "Two definitions run the same script in the same folder on the same port, under two names.",
    "Remove one of them; for several processes use `instances`.",
)
UNDER_OTHER_NAME: Final = Code(
    "app.running_under_other_name",
    "error",
    "The same app runs already under another name",
    "A service that usher runs has the same script, folder and port.",
    "Use that name, or delete that service first.",
)
BY_PM2: Final = Code(
    "app.run_by_pm2",
    "error",
    "A living PM2 runs the same app already",
    "PM2 has the same script, the same name in the same folder, or the same port. Both would start "
    "the app again and again, against each other.",
    "`usher adopt` shows how usher takes over what PM2 runs, one app after the other.",
)
ELSEWHERE: Final = Code(
    "app.running_elsewhere",
    "error",
    "Somebody else runs the same app already",
    "A process with the same script and folder listens on the app's port, or belongs to another "
    "supervisor (systemd, a container): two of them would work on the same data.",
    "Stop it where it was started.",
    forceable=True,
)
BY_HAND: Final = Code(
    "app.running_by_hand",
    "warning",
    "A process with the same script runs already",
    "It was started by hand, or by what cannot be seen, with the same words in the same folder.",
    "End it if it is the same app, forgotten from a trial.",
)

CODES: Final = (DUPLICATE, UNDER_OTHER_NAME, BY_PM2, ELSEWHERE, BY_HAND)

_SUPERVISORS: Final = ("PM2", "systemd unit", "container")
_PROGRAM_FOLDERS: Final = ("bin", "sbin")
"""What lies there is run by many: interpreters, shells, tools. Only a port tells the app."""


def judge_definitions(apps: Sequence[Definition], programs: Mapping[str, App]) -> list[Finding]:
    """Find definitions of the same app; `programs` say by name what each runs."""
    found: list[Finding] = []
    seen: dict[tuple[str, str, frozenset[int]], Definition] = {}
    for app in apps:
        program, ports = programs[app.spec.name], _ports(app)
        if not program.script or not ports:
            continue
        first = seen.setdefault((program.script, program.cwd, ports), app)
        if first is not app:
            listed = ", ".join(map(str, sorted(ports)))
            message = f"app {first.name!r} runs the same {program.script!r} on port {listed}"
            found.append(app.finding(DUPLICATE, message, "name"))
    return found


def judge(
    apps: Iterable[Definition],
    programs: Mapping[str, App],
    running: Sequence[Running],
    by_pm2: Mapping[str, str],
    home: str,
) -> list[Finding]:
    """Find processes that run one of `apps` already and are not `home`'s service of that name.

    `by_pm2` says by name what a living PM2 runs.
    """
    found: list[Finding] = []
    for app in apps:
        if said := by_pm2.get(app.spec.name):
            found.append(app.finding(BY_PM2, said, "script", "usher adopt"))
            continue
        program = programs[app.spec.name]
        same = [
            each for each in running if (each.script, each.cwd) == (program.script, program.cwd)
        ]
        found += _renamed(app, same, home)
        found += _elsewhere(app, program, [each for each in same if each.home != home])
    return found


def _renamed(app: Definition, same: Iterable[Running], home: str) -> Iterator[Finding]:
    # Workers share a script and differ in what they are told: only a common port proves it.
    ports = _ports(app)
    names = {
        each.service: each
        for each in same
        if each.home == home and each.service != app.spec.name and ports & {*each.ports}
    }
    for name, process in names.items():
        message = f"service {name!r} (pid {process.pid}) runs {process.script!r} already"
        yield app.finding(UNDER_OTHER_NAME, message, "name", f"usher delete {name}")


def _elsewhere(app: Definition, program: App, others: Sequence[Running]) -> Iterator[Finding]:
    ports = _ports(app)
    on_port = [each for each in others if ports & {*each.ports}]
    alike = [
        each
        for each in others
        if each.args == program.args and not each.home
        if program.script.rpartition("/")[0].rpartition("/")[2] not in _PROGRAM_FOLDERS
        if not (ports and each.ports)
    ]
    supervised = [each for each in alike if each.starter.startswith(_SUPERVISORS)]
    if first := next(iter((*on_port, *supervised)), None):
        yield app.finding(ELSEWHERE, _said(first), "script", _way_out(first))
    elif alike:
        yield app.finding(BY_HAND, _said(alike[0]), "script", _way_out(alike[0]))


def _said(process: Running) -> str:
    by = process.starter or (f"usher in {process.home!r}" if process.home else "an unknown starter")
    what = f"pid {process.pid} of user {process.user!r} runs {process.script!r} already"
    return f"{what}, started by {by}"


def _ports(app: Definition) -> frozenset[int]:
    return frozenset(each.port for each in wanted(app))


def _way_out(process: Running) -> str:
    if process.starter.startswith("systemd unit"):
        return f"systemctl stop {process.starter.split(chr(39))[1]}"
    return f"kill {process.pid}"
