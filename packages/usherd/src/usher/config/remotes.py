"""`remotes`: what usher watches and does not run, and what may be done for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, cast

from msgspec.structs import replace

from usher.config import schema
from usher.config.app import Surroundings, Written
from usher.config.build import read_cwd, read_env
from usher.config.check import Path, Report, quote, read_table, read_value
from usher.config.questions import timed
from usher.config.targets import build_target
from usher.config.variables import read_secrets
from usher.model import graph
from usher.model.spec import ProbeSpec, RecoveryLimits, RecoveryStep, RemoteSpec, Scope, Wake
from usher.model.target import (
    CommandTarget,
    DnsTarget,
    HttpTarget,
    ServerTarget,
    Target,
    TlsTarget,
)

INTERVAL: Final = 30.0
"""Seconds between two questions: they may cost the other side money, and keep it awake."""

TIMEOUT: Final = 5.0
"""Seconds that an answer from far away may take."""


def build_remotes(
    tree: object, at: Path, around: Surroundings, origin: Callable[[Path], str], report: Report
) -> tuple[RemoteSpec, ...]:
    """Build all that stand at `at`; what is wrong is reported and left out.

    `origin` says file and line of a path.
    """
    if not isinstance(tree, dict):
        report(at, "expected a table of remotes", "write a table [remotes.NAME] for each")
        return ()
    table = cast("dict[str, object]", tree)
    found = [
        replace(remote, origin=origin((*at, name)))
        for name, value in table.items()
        if (remote := _remote(name, value, (*at, name), around, report)) is not None
    ]
    for remote in found:
        place = (*at, remote.name, "depends_on")
        for need in remote.depends_on:
            if need not in table:
                report(place, f"no remote is called {quote(need)}", graph.closest(need, table))
        if remote.name in _reached(remote.depends_on, {each.name: each for each in found}):
            report(place, "it would depend on itself", "")
    return tuple(found)


def _reached(names: Iterable[str], known: Mapping[str, RemoteSpec]) -> set[str]:
    """Return what these depend on, through all the others, and these themselves."""
    reached: set[str] = set()
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name not in reached and name in known:
            reached.add(name)
            waiting += known[name].depends_on
    return reached


def _remote(
    name: str, value: object, at: Path, around: Surroundings, report: Report
) -> RemoteSpec | None:
    read_value(schema.Name, name, at, report)
    written = read_table(schema.Remote, value, at, report)
    if written is None:
        return None
    if not written.probes:
        report((*at, "probes"), "there is no probe: nothing would be known of it", "")

    def place(key: str) -> Path:
        return (*at, key)

    # What surrounds its programs is written as for an app.
    around_it = Written(
        name,
        schema.App(
            cwd=written.cwd,
            env=written.env,
            env_file=written.env_file,
            env_inherit=written.env_inherit,
            secrets=written.secrets,
        ),
        place,
        report,
    )
    env, _ = read_env(around_it, around)
    return RemoteSpec(
        name=name,
        probes=tuple(_probes(written.probes, (*at, "probes"), report)),
        depends_on=tuple(written.depends_on),
        recover=tuple(_steps(written.recover, (*at, "recover"), report)),
        limits=_limits(written.limits),
        wake=_wake(written.wake),
        env=env,
        secrets=read_secrets(around_it, around),
        cwd=str(read_cwd(around_it, around)),
    )


def _probes(written: Mapping[str, schema.Probe], at: Path, report: Report) -> Iterator[ProbeSpec]:
    program = any(probe.http or probe.ws for probe in written.values())
    for name, probe in written.items():
        if not (probe.listen is None and probe.log is None and probe.watchdog is None):
            words = "only an app of ours can be asked by listen, log or watchdog"
            report((*at, name), words, "ask by tcp")
            continue
        try:
            target = build_target(probe)
        except ValueError as error:
            report((*at, name), str(error), "")
            continue
        scope = _scope(target, program=program)
        yield timed(probe, ProbeSpec(name, target, scope, interval=INTERVAL, timeout=TIMEOUT))


def _scope(target: Target, *, program: bool) -> Scope:
    """Whom a failure accuses unless it is written: only what a step may cure is the remote itself.

    `program`: it is asked by HTTP, too, so a server of databases is one that it uses.
    """
    match target:
        case TlsTarget():
            return "edge"
        case DnsTarget():
            return "dependency"
        case ServerTarget() if program:
            return "dependency"
        case _:
            return "self"


def _steps(written: list[schema.Step], at: Path, report: Report) -> Iterator[RecoveryStep]:
    for number, step in enumerate(written):
        try:
            target = _action(step)
        except ValueError as error:
            report((*at, number), str(error), "")
            continue
        default = RecoveryStep(step.name or _usual_name(target), target)
        yield RecoveryStep(
            name=default.name,
            target=target,
            after=_or(step.after, default.after),
            timeout=_or(step.timeout, default.timeout),
            verify=_or(step.verify, default.verify),
            next_after=None if step.next_after is None else float(step.next_after),
        )
    if written and written[-1].next_after is not None:
        report((*at, len(written) - 1, "next_after"), "no step follows this one", "use verify")


def _action(step: schema.Step) -> CommandTarget | HttpTarget:
    """Build what is carried out. Raises ValueError."""
    if (step.http is None) == (step.command is None):
        raise ValueError("expected one of http and command")
    asking = schema.Asking(
        http=step.http,
        command=step.command,
        method=step.method or (None if step.http is None else "POST"),
        headers=step.headers,
        body=step.body,
        status=step.status or (None if step.http is None else [200, 299]),
    )
    target = build_target(asking)
    if not isinstance(target, CommandTarget | HttpTarget):
        raise TypeError(f"{target!r} is asked, not carried out")
    return target


def _usual_name(target: CommandTarget | HttpTarget) -> str:
    if isinstance(target, CommandTarget):
        return target.argv[0] if target.argv else "command"
    return target.url.partition("?")[0].rstrip("/").rpartition("/")[2] or "http"


def _limits(written: schema.Limits | None) -> RecoveryLimits:
    default = RecoveryLimits()
    if written is None:
        return default
    return RecoveryLimits(
        gap=_or(written.gap, default.gap),
        count=default.count if written.count is None else written.count,
        window=_or(written.window, default.window),
        hold=_or(written.hold, default.hold),
        tries=default.tries if written.tries is None else written.tries,
    )


def _wake(written: schema.Wake | None) -> Wake | None:
    if written is None:
        return None
    statuses = written.status if isinstance(written.status, list) else [written.status]
    return Wake(float(written.within), tuple(statuses))


def _or(given: float | None, default: float) -> float:
    return default if given is None else float(given)
