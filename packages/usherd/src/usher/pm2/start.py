"""start: what is known is started, a file's apps are brought up, anything else is a script."""

import os
import signal
from pathlib import Path
from typing import Final

import msgspec

from usher.config.load import ConfigError, Loaded, is_config_file, load_pm2_script
from usher.model.spec import Plan, ServiceSpec
from usher.pm2 import act, apps, daemon, logs
from usher.pm2.act import Verb
from usher.pm2.overrides import overrides_of
from usher.pm2.processes import Chosen, NotFoundError, choose, named
from usher.pm2.session import Session

_DEFAULT: Final = "ecosystem.config.js"

_LAUNCHED: Final = "Script already launched, add -f option to force re-execution"

_DOCKER: Final = ("container", "dist", "dockerdaemon")


def run(session: Session) -> int:
    """Start every target; the first that fails ends it with 1."""
    if any(session.words.flag(name) for name in _DOCKER):
        session.voice.error(
            "cannot start in a container: usher starts processes; "
            "inside an image use `usher runtime FILE`"
        )
        return 1
    in_front = session.words.flag("no-daemon") and not session.is_running
    for target in _targets(session):
        if not _one(session, target):
            return 1
    session.show_list()
    if in_front:
        return _in_front(session)
    if session.words.flag("attach") or session.words.flag("no-daemon"):
        return logs.attached(session)
    return 0


def _in_front(session: Session) -> int:
    """Show the output until a signal comes; then all ends that began with this command."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    try:
        return logs.attached(session)
    except _EndedError:
        return daemon.kill(session)


class _EndedError(Exception):
    """SIGINT or SIGTERM came."""


def _end(_number: int, _frame: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _EndedError


def _targets(session: Session) -> tuple[str, ...]:
    words = session.words
    if words.args:
        return words.args
    watched = words.value("watch")
    # `start --watch app.js`: the option takes the next word, but nobody watches a script alone.
    if watched and (session.cwd / watched).is_file():
        return (watched,)
    return (_DEFAULT,)


def _one(session: Session, target: str) -> bool:
    if target == "-" or is_config_file(target):
        return apps.roll_file(session, target, reload=False)
    if target == "all" and not session.processes():
        raise NotFoundError("No process found", loud=False)
    known = _known(session, target)
    if known is not None:
        return _start_known(session, target, known)
    return _script(session, target)


def _known(session: Session, target: str) -> Chosen | None:
    """Return what a target names already: all, an id, a name or a namespace (no script)."""
    found = session.processes()
    if target != "all" and not target.isdecimal():
        exact = named(found, target)
        # A script that runs already is another matter than a name.
        exact = [each for each in exact if target in (each.name, each.pm2_env.namespace)]
        return choose(exact, "all") if exact else None
    try:
        return choose(found, target)
    except NotFoundError:
        return None


def _start_known(session: Session, target: str, chosen: Chosen) -> bool:
    if not act.perform(session, Verb.RESTART, target, chosen):
        return False
    session.voice.say("Process successfully started")
    return True


def _script(session: Session, target: str) -> bool:
    words = session.words
    overrides = overrides_of(words)
    if words.value("watch") == target:
        overrides["watch"] = True
    args = tuple(words.script_args)
    overrides.pop("args", None)
    try:
        loaded = load_pm2_script(target, args, overrides)
    except ConfigError as error:
        folder = session.cwd / words.value("cwd")
        apps.tell(session, error.findings, script=os.path.normpath(folder / target))
        return False
    apps.tell(session, loaded.findings)
    return define(session, loaded)


def define(session: Session, loaded: Loaded, already: str = _LAUNCHED) -> bool:
    """Start the one app that was read, unless its script runs `already`; False after saying why."""
    words, voice = session.words, session.voice
    service = apps.with_inherited(loaded.plan.services[0], loaded)
    same = _same(session, service)
    if same is not None and not any(each.pid for each in same.processes):
        return _start_known(session, service.label or service.name, same)
    if same is not None and not words.flag("force"):
        voice.error(already)
        return False
    return _launch(session, _renamed(session, service), loaded.plan)


def _launch(session: Session, service: ServiceSpec, plan: Plan) -> bool:
    view = service.pm2
    script = view.script if view is not None else service.argv[0]
    mode = view.exec_mode if view is not None else "fork_mode"
    count = service.instances
    plural = "instance" if count == 1 else "instances"
    if service.cron_restart:
        session.voice.say(f"cron restart at {service.cron_restart}")
    session.voice.say(f"Starting {script} in {mode} ({count} {plural})")
    if not apps.launch(session, msgspec.structs.replace(plan, services=(service,)), service):
        return False
    session.voice.say("Done.")
    return True


def _same(session: Session, service: ServiceSpec) -> Chosen | None:
    """Return the processes that run this script under this name."""
    name = service.label or service.name
    script = service.pm2.script if service.pm2 is not None else ""
    found = [each for each in session.processes() if each.name == name]
    if not any(Path(each.pm2_env.pm_exec_path) == Path(script) for each in found):
        return None
    return choose(found, "all")


def _renamed(session: Session, service: ServiceSpec) -> ServiceSpec:
    """Give it a name of its own: PM2 lets several apps share one, which becomes the label."""
    taken = {each.service for each in session.processes()}
    if service.name not in taken:
        return service
    number = next(n for n in range(2, len(taken) + 3) if f"{service.name}@{n}" not in taken)
    label = service.label or service.name
    return msgspec.structs.replace(service, name=f"{service.name}@{number}", label=label)
