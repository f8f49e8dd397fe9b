"""What runs against what should: nothing missing, nothing foreign, nothing changed unseen.

The incident this answers: the other server's apps ran for 17 hours. Here a process is compared with
the programs that usher and the guard know, whoever started it; nothing is ended because of it.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from usher.api.text import counted
from usher.guard import bindings
from usher.guard.bindings import Binding, Setting
from usher.guard.code import Code
from usher.model.facts import Running
from usher.model.finding import Finding
from usher.model.guard import App
from usher.model.value import Value

ABSENT = Code(
    "drift.absent",
    "error",
    "An app that should run does not",
    "It is wanted up, and fewer of its instances are ready than are wanted.",
    "`usher describe APP` tells what happened to it; `usher start APP` tries again.",
)
NOTHING_RUNS = Code(
    "drift.nothing_runs",
    "error",
    "Apps are declared, and none of them runs",
    "Usher does not run, or everything is down: an empty list is no good news.",
    "`usher start FILE`; if that happened at a boot, `usher startup` has the host start usher.",
)
WRONG_ROLE = Code(
    "drift.wrong_role",
    "error",
    "An app of another role runs on this host",
    "Somebody started it here, with usher or around it: by hand, by cron, by another manager.",
    "End it where it was started from, and start it on the host it belongs on.",
)
FOREIGN = Code(
    "drift.foreign",
    "error",
    "A known app runs, and usher did not start it",
    "The same program was started by hand or by another manager: usher neither sees it hang nor "
    "restarts it, and a second one of it may write to the same data.",
    "End it, or take it over: `usher adopt` for PM2, else end it and `usher start APP`.",
)
UNMANAGED = Code(
    "drift.unmanaged",
    "warning",
    "Another manager runs an app that nobody declared",
    "A PM2 on this host runs it, and no configuration that the guard knows has it.",
    "Declare it under `[apps]` of the guard file, take it over (`usher adopt`), or end it.",
)
ENV = Code(
    "drift.env",
    "warning",
    "Running processes have other variables than their definition",
    "A file with variables was edited after the start, or the definition was changed.",
    "`usher env APP` shows which; a restart takes the new values.",
)
CONFIG = Code(
    "drift.config",
    "warning",
    "The configuration was changed since it was started",
    "The file says something else than what runs: the next start would not be the same.",
    "`usher start FILE --dry-run` shows what would happen; start it, or undo the change.",
)
RESTARTS = Code(
    "drift.restarts",
    "warning",
    "An app was restarted again and again",
    "It ended, or was ended, more often in the window than is usual.",
    "`usher describe APP` and `usher logs APP` tell why.",
)
MEMORY = Code(
    "drift.memory",
    "warning",
    "An app uses most of the memory it may use",
    "It is close to its limit (`memory.limit`), and is restarted when it goes beyond.",
    "Look for a leak, or raise the limit.",
)

CODES = (
    ABSENT,
    NOTHING_RUNS,
    WRONG_ROLE,
    FOREIGN,
    UNMANAGED,
    ENV,
    CONFIG,
    RESTARTS,
    MEMORY,
)

RESTART_LIMIT = 5
"""Restarts within the window that are reported (the teams' own monitor: 5, but over a lifetime)."""

MEMORY_SHARE = 0.9
"""Part of its limit from which an app's memory is reported."""


class Service(Value, frozen=True):
    """A service as its usher sees it."""

    app: App
    wanted: int = 0
    """Instances that should run; 0 while a person wants it down."""
    ready: int = 0
    pids: tuple[int, ...] = ()
    restarts: int = 0
    """Automatic restarts in the window."""
    changed_env: tuple[str, ...] = ()
    """Variables whose running values differ from the definition."""
    changed_in: str = ""
    """The file it was started from, if that says something else now."""
    memory: int = 0
    memory_limit: int = 0
    """Bytes; 0: none."""


class Scene(Value, frozen=True):
    """Everything a look at the host is judged by."""

    home: str
    """State folder of this usher."""
    services: tuple[Service, ...]
    declared: tuple[App, ...] = ()
    """Apps of a file that should run here, known to usher or not."""
    window: float = 600.0
    """Seconds that `restarts` covers."""


def judge(scene: Scene, running: Sequence[Running], setting: Setting) -> list[Finding]:
    """Compare; the gravest first, then by app."""
    found = [
        *_missing(scene),
        *_own_roles(scene, setting),
        *_strangers(scene, running, setting),
        *(finding for service in scene.services for finding in _changes(service, scene.window)),
    ]
    return sorted(found, key=lambda each: (each.severity != "error", each.app, each.code))


def _missing(scene: Scene) -> Iterable[Finding]:
    known = {service.app.name for service in scene.services}
    unknown = [app for app in scene.declared if app.name not in known]
    wanted = [service for service in scene.services if service.wanted]
    if (wanted or unknown) and not any(service.ready for service in wanted):
        names = [*(service.app.name for service in wanted), *(app.name for app in unknown)]
        yield NOTHING_RUNS.finding(
            f"none of the declared apps runs: {', '.join(map(repr, names))}",
            hint="usher list, then usher start",
        )
        return
    for service in wanted:
        if service.ready < service.wanted:
            yield ABSENT.finding(
                f"{service.app.name!r} should run {counted(service.wanted, 'time')}, "
                f"{service.ready} are ready",
                app=service.app.name,
                hint=f"usher describe {service.app.name}",
            )
    yield from never_started(unknown)


def never_started(apps: Iterable[App]) -> Iterable[Finding]:
    """Say of declared apps that usher does not know them."""
    for app in apps:
        yield ABSENT.finding(
            f"{app.name!r} is declared in {app.file!r} and was never started",
            app=app.name,
            file=app.file,
            hint=f"usher start {app.file} {app.name}",
        )


def _own_roles(scene: Scene, setting: Setting) -> Iterable[Finding]:
    """Say which services of ours would be refused now: the role or its rules changed."""
    live = [service for service in scene.services if service.pids]
    by_name = {service.app.name: service for service in live}
    for finding in bindings.judge([service.app for service in live], setting):
        pids = ", ".join(map(str, by_name[finding.app].pids))
        yield WRONG_ROLE.finding(
            f"{finding.app!r} runs (pid {pids}), and would be refused now: {finding.message}",
            app=finding.app,
            file=finding.file,
            hint=f"usher stop {finding.app}",
        )


def _strangers(scene: Scene, running: Sequence[Running], setting: Setting) -> Iterable[Finding]:
    known = [*(service.app for service in scene.services), *scene.declared, *setting.bound]
    for process in running:
        if process.home == scene.home:
            continue
        app = identify(process, known) or _as_seen(process)
        (bound,) = bindings.bind([app], setting)
        if app in known or bound.claims:
            found = _stranger(process, bound, setting)
            yield replace(found, since=process.since, culprit=process.starter)
        elif process.starter.startswith("PM2") and setting.rules:
            yield UNMANAGED.finding(
                f"nobody declared what {process.starter} runs: {_words(process)}",
                file=process.script,
                hint="usher adopt, or declare it under [apps] of the guard file",
            )


def _as_seen(process: Running) -> App:
    """Describe a process as an app, for rules that tell apps by script, folder and port."""
    name = process.script.rpartition("/")[2] or f"pid {process.pid}"
    return App(name, script=process.script, cwd=process.cwd, ports=process.ports)


def _stranger(process: Running, bound: Binding, setting: Setting) -> Finding:
    app, host = bound.app, setting.host
    needs = " or ".join(map(repr, sorted(bound.roles)))
    if host.standing == "known" and bound.claims and host.role not in bound.roles:
        return WRONG_ROLE.finding(
            f"{app.name!r} runs on this host, which has role {host.role!r}; it needs "
            f"{needs or 'another'}: {_words(process)}",
            app=app.name,
            hint=f"end it: {process.starter or f'pid {process.pid}'}",
        )
    return FOREIGN.finding(
        f"{app.name!r} runs beside usher: {_words(process)}",
        app=app.name,
        hint="usher adopt" if process.starter.startswith("PM2") else f"end pid {process.pid}",
    )


def identify(process: Running, known: Iterable[App]) -> App | None:
    """Find the app whose program a process runs: the same script in the same folder, or its port.

    A name alone tells nothing, and a script that is no path ("python") is no program of anybody.
    """
    for app in known:
        same_script = "/" in app.script and app.script == process.script
        same_folder = not app.cwd or not process.cwd or app.cwd == process.cwd
        if same_script and same_folder:
            return app
        if same_folder and process.cwd and set(app.ports) & set(process.ports):
            return app
    return None


def _changes(service: Service, window: float) -> Iterable[Finding]:
    name = service.app.name
    if service.changed_env:
        names, number = ", ".join(service.changed_env), len(service.changed_env)
        verb = "differs" if number == 1 else "differ"
        yield ENV.finding(
            f"env drift: {counted(number, 'variable')} of {name!r} {verb}: {names}",
            app=name,
            hint=f"usher env {name}; usher restart {name} takes the new values",
        )
    if service.changed_in:
        yield CONFIG.finding(
            f"{service.changed_in!r} was changed since {name!r} was started from it",
            app=name,
            file=service.changed_in,
            hint=f"usher start {service.changed_in} --dry-run",
        )
    if service.restarts > RESTART_LIMIT:
        yield RESTARTS.finding(
            f"{name!r} was restarted {service.restarts} times in {window / 60:g} min",
            app=name,
            hint=f"usher describe {name}",
        )
    if service.memory_limit and service.memory > MEMORY_SHARE * service.memory_limit:
        yield MEMORY.finding(
            f"{name!r} uses {service.memory >> 20} of {service.memory_limit >> 20} MiB",
            app=name,
            hint=f"usher describe {name}",
        )


def _words(process: Running) -> str:
    """Say what is known of a process: pid, command, folder, user, who started it, and when."""
    folder = f" in {process.cwd!r}" if process.cwd else ""
    starter = process.starter or "hand, or something that has ended"
    return (
        f"pid {process.pid}, {process.command!r}{folder}, user {process.user!r}, "
        f"started by {starter}" + (f" at {process.began}" if process.began else "")
    )
