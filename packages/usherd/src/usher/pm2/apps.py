"""Apps on their way from files and command lines to the daemon."""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from usher.api.inspect import inspect
from usher.client.beside import refuse
from usher.config.load import ConfigError, Loaded, load_pm2_file, split_names
from usher.model.finding import SYNTAX, Finding
from usher.model.spec import ChannelReady, Plan, ServiceSpec
from usher.pm2 import follow
from usher.pm2.overrides import overrides_of
from usher.pm2.processes import Process
from usher.pm2.session import Session

_FOR_FILES: Final = frozenset({"watch", "ignore_watch", "watch_delay"})
"""Options that PM2 applies to the apps of a file; all others stand in the file itself."""

_MISSING: Final = re.compile(r"cannot find the script '(?P<path>.*)'")

_INTERPRETER: Final = re.compile(r"cannot find the interpreter '(?P<name>.*)'")

_UNDEFINED: Final = re.compile(r"the environment '(?P<name>.*)' is not defined")

_NOT_PASSED_ON: Final = ("PM2_", "SSH_", "SUDO_", "USHER_")


def callers_env(env: Mapping[str, str]) -> dict[str, str]:
    """Return what of the caller's environment an app may take over with --update-env."""
    return {
        name: value
        for name, value in env.items()
        if not name.startswith(_NOT_PASSED_ON) and name != "_"
    }


def load_file(session: Session, path: str) -> Loaded | None:
    """Read a file (or standard input for "-"); None after saying why it cannot be used."""
    words, voice = session.words, session.voice
    if path != "-" and not (session.cwd / path).is_file():
        voice.error(f"File {path} not found")
        return None
    overrides = overrides_of(words)
    try:
        loaded = load_pm2_file(
            path,
            only=split_names(words.value("only")),
            env=words.value("env"),
            overrides={key: overrides[key] for key in _FOR_FILES & overrides.keys()},
        )
    except ConfigError as error:
        if any(finding.code == SYNTAX for finding in error.findings):
            voice.error(f"File {path} malformated")
        tell(session, error.findings)
        return None
    tell(session, loaded.findings)
    return loaded


def tell(session: Session, findings: Sequence[Finding], *, script: str = "") -> None:
    """Say what is wrong with a file or a command line: errors beside the output, as PM2 does.

    `script` is the path that was asked for, where there is only one (findings shorten long ones).
    """
    for finding in findings:
        missing = _MISSING.search(finding.message)
        undefined = _UNDEFINED.search(finding.message)
        if undefined:
            name = undefined["name"]
            session.voice.warn(f"Environment [{name}] is not defined in process file")
        elif finding.severity == "warning":
            session.voice.warn(str(finding))
        elif missing:
            session.voice.error(f"Script not found: {script or missing['path']}")
        elif absent := _INTERPRETER.search(finding.message):
            name = absent["name"]
            session.voice.error(
                f"Interpreter {name} is NOT AVAILABLE in PATH. "
                f"(type 'which {name}' to double check.)"
            )
        else:
            session.voice.error(str(finding))


def roll_file(session: Session, path: str, *, reload: bool) -> bool:
    """Restart (or reload) a file's apps that are known, start the others; False when one failed."""
    loaded = load_file(session, path)
    if loaded is None:
        return False
    known = _known(session)
    services = tuple(with_inherited(each, loaded) for each in loaded.plan.services)
    old = [each for each in services if each.name in known]
    new = [each for each in services if each.name not in known]
    for each in old:
        _announce(session, each, known[each.name], reload=reload)
    if new:
        names = ", ".join(each.label or each.name for each in new)
        session.voice.warn(f"Applications {names} not running, starting...")
    for each in services:
        if each.cron_restart:
            session.voice.say(f"cron restart at {each.cron_restart}")
    plan = msgspec.structs.replace(loaded.plan, services=services)
    if services and not _apply(session, plan, old=old, new=new, reload=reload):
        return False
    for each in old:
        for process in known[each.name]:
            session.done(process)
    for each in new:
        session.voice.say(f"App [{each.label or each.name}] launched ({each.instances} instances)")
    return not any(finding.severity == "error" for finding in loaded.findings)


def launch(session: Session, plan: Plan, service: ServiceSpec) -> bool:
    """Define one app and start it; False when that failed."""
    return _apply(session, plan, old=[], new=[service], reload=False)


def launch_all(session: Session, plan: Plan) -> bool:
    """Define these apps and start them all; False when one failed."""
    return _apply(session, plan, old=[], new=list(plan.services), reload=False)


def _known(session: Session) -> dict[str, list[Process]]:
    known: dict[str, list[Process]] = {}
    for each in session.processes():
        known.setdefault(each.service, []).append(each)
    return known


def with_inherited(service: ServiceSpec, loaded: Loaded) -> ServiceSpec:
    """Note which variables came from the shell: later starts by the file leave them alone."""
    if service.pm2 is None:
        return service
    sources = loaded.sources.get(service.name, {})
    names = tuple(sorted(name for name, source in sources.items() if source == "shell"))
    view = msgspec.structs.replace(service.pm2, inherited=names)
    return msgspec.structs.replace(service, pm2=view)


def _announce(
    session: Session, service: ServiceSpec, found: list[Process], *, reload: bool
) -> None:
    action = "reloadProcessId" if reload else "restartProcessId"
    ids = inspect([each.pm_id for each in found])
    name = service.label or service.name
    session.voice.say(f"Applying action {action} on app [{name}](ids: {ids})")


def _apply(
    session: Session, plan: Plan, *, old: list[ServiceSpec], new: list[ServiceSpec], reload: bool
) -> bool:
    refuse(plan.services, writes=session.folder)
    starting = [each for each in new if each.autostart]
    rolled = [each.name for each in old]
    frames = session.client.apply(
        plan,
        [each.name for each in new],
        restart=[] if reload else rolled,
        reload=rolled if reload else [],
        keep_env=not session.words.flag("update-env"),
    )
    if reload and rolled:
        return follow.explain(follow.to_the_end(frames), session)
    expected = {each.name: each.instances for each in [*old, *starting]}
    patient = {each.name for each in plan.services if isinstance(each.ready.proof, ChannelReady)}
    report = follow.until_started(frames, expected, patient) if expected else None
    if not expected:
        report = follow.to_the_end(frames)
    _lay_out_logs(session, {each.name for each in plan.services if each.user is None})
    return follow.explain(report, session)


def _lay_out_logs(session: Session, services: Collection[str]) -> None:
    """Create the log files of services, so that `tail -f` has something to begin with.

    The keeper creates them with the first line, and with the rights of the service's own user
    where it has one. Nothing depends on this: a file that cannot be created is left to it.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    for each in session.processes():
        for path in (each.pm2_env.pm_out_log_path, each.pm2_env.pm_err_log_path):
            if each.service in services and path.startswith("/"):
                with suppress(OSError):
                    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    os.close(os.open(path, flags, 0o600))
