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
ELSEWHERE: Final = Code(
    "app.running_elsewhere",
    "error",
    "Somebody else runs the same app already",
    "A process with the same script and folder was started by another supervisor or by hand: two "
    "of them would work on the same data and fight for the same port.",
    "Stop it where it was started; what a living PM2 runs can be taken over by `usher adopt`.",
    forceable=True,
)

CODES: Final = (DUPLICATE, UNDER_OTHER_NAME, ELSEWHERE)


def judge_definitions(apps: Sequence[Definition], scripts: Mapping[str, str]) -> list[Finding]:
    """Find definitions of the same app; `scripts` are their real paths, by the app's name."""
    found: list[Finding] = []
    seen: dict[tuple[str, str, frozenset[int]], Definition] = {}
    for app in apps:
        script, ports = scripts.get(app.spec.name, ""), _ports(app)
        if not script or not ports:
            continue
        first = seen.setdefault((script, app.spec.cwd, ports), app)
        if first is not app:
            listed = ", ".join(map(str, sorted(ports)))
            message = f"app {first.name!r} runs the same {script!r} on port {listed}"
            found.append(app.finding(DUPLICATE, message, "name"))
    return found


def judge(
    apps: Iterable[Definition], scripts: Mapping[str, str], running: Sequence[Running], home: str
) -> list[Finding]:
    """Find processes that run one of `apps` already and are not `home`'s service of that name."""
    return [
        finding
        for app in apps
        for finding in _running(app, scripts.get(app.spec.name, ""), running, home)
    ]


def _running(
    app: Definition, script: str, running: Sequence[Running], home: str
) -> Iterator[Finding]:
    if not script:
        return
    same = [each for each in running if each.script == script and each.cwd == app.spec.cwd]
    ports = _ports(app)
    # Workers share a script and differ in what they are told: only a common port proves it.
    renamed = {
        each.service: each
        for each in same
        if each.home == home and each.service != app.spec.name and ports & {*each.ports}
    }
    for name, process in renamed.items():
        message = f"service {name!r} (pid {process.pid}) runs {script!r} already"
        yield app.finding(UNDER_OTHER_NAME, message, "name", f"usher delete {name}")
    others = [each for each in same if each.home != home and _is_same(app, each, ports)]
    if others:
        first = others[0]
        by = first.starter or (f"usher in {first.home!r}" if first.home else "an unknown starter")
        more = f" (and {len(others) - 1} more)" if len(others) > 1 else ""
        message = f"pid {first.pid} of user {first.user!r} runs {script!r} already, started by {by}"
        yield app.finding(ELSEWHERE, message + more, "script", _way_out(first))


def _is_same(app: Definition, process: Running, ports: frozenset[int]) -> bool:
    """With ports on both sides these decide; else the words behind the script do."""
    if ports and process.ports:
        return bool(ports & {*process.ports})
    return process.args == _args(app)


def _args(app: Definition) -> tuple[str, ...]:
    if app.spec.pm2 is not None:
        return app.spec.pm2.args
    return app.spec.argv[2:] if len(app.spec.argv) > 1 else ()


def _ports(app: Definition) -> frozenset[int]:
    return frozenset(each.port for each in wanted(app))


def _way_out(process: Running) -> str:
    if process.starter.startswith("PM2"):
        return "usher adopt"
    if process.starter.startswith("systemd unit"):
        return f"systemctl stop {process.starter.split(chr(39))[1]}"
    return f"kill {process.pid}"
