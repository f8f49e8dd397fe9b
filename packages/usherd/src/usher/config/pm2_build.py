"""From an app of PM2's files to a ServiceSpec: PM2's defaults and units, usher's own keys on top.

Where PM2's behaviour is a defect, what it promises is built (docs/reference/pm2-differences.md).
"""

import os
import re
import signal
from pathlib import Path as FilePath
from typing import Any, Final, NamedTuple

import msgspec

from usher.api.secrets import masked
from usher.config import pm2_watch
from usher.config.app import Surroundings, Written
from usher.config.build import (
    INHERITED,
    expanded,
    read_dependencies,
    read_env_file,
    read_restart,
    read_stop,
)
from usher.config.package import version_near
from usher.config.pm2_env import SHELL, Environment, Layer, inherited, merge
from usher.config.pm2_fields import Warn
from usher.config.pm2_program import Asked as AskedProgram
from usher.config.pm2_program import Program, ProgramError, find
from usher.config.process import read_cron, read_logs, read_memory, read_rollout, read_user, user_of
from usher.config.questions import Asked, read_probes, read_ready
from usher.config.schema import Native, Pm2App
from usher.config.sockets import read_sockets
from usher.config.units import encode
from usher.model.spec import (
    ChannelReady,
    ListeningReady,
    LogSpec,
    MemorySpec,
    Pm2View,
    ReadySpec,
    RestartPolicy,
    RolloutSpec,
    ServiceSpec,
    SocketSpec,
    StopPolicy,
    UserSpec,
)

TIME_FORMAT: Final = "YYYY-MM-DDTHH:mm:ss"
"""What `time: true` puts before each line."""

READY_AT_LEAST: Final = 10.0
"""Seconds: PM2's 3 were no limit, only when it stopped looking; here running out is a failure."""

KILL_TIMEOUT: Final = 1.6
MAX_RESTARTS: Final = 16
MIN_UPTIME: Final = 1.0
BACKOFF_LIMIT: Final = 15.0
BACKOFF_FACTOR: Final = 1.5
BACKOFF_RESET: Final = 30.0

_PYTHON: Final = re.compile(r"python[\d.]*")


class Listed(NamedTuple):
    """One app of a file, read; everything about it that is not in its own table beside it."""

    name: str
    """Of the service: unique, and safe in paths."""
    label: str
    """The name people see."""
    app: Pm2App
    written: Written
    """Its `usher` table, and where to complain."""
    environments: dict[str, dict[str, Any]]
    deploy_env: dict[str, Any]
    env_name: str
    shown: dict[str, object]
    warn: Warn
    """Takes a key under PM2's own name."""
    folder: FilePath
    """Of the file; env files start here."""


class Built(NamedTuple):
    """A service, and where its variables came from."""

    service: ServiceSpec
    environment: Environment


def build_pm2_service(listed: Listed, around: Surroundings, origin: str) -> Built:
    """Build a service; errors are reported to `listed.written` and replaced by a default."""
    app, written = listed.app, listed.written
    cwd = FilePath(os.path.normpath(around.cwd / expanded(app.cwd or ".", around)))
    environment = _environment(listed, around)
    program = _program(listed, cwd, environment.values)
    cluster = _is_cluster(app, program)
    instances = _instances(app, around)
    env = _told_to_the_app(listed, around, instances, program) | environment.values
    if environment.sources.get("PWD", SHELL) == SHELL:
        env["PWD"] = str(cwd)
    sockets = read_sockets(written, cluster=cluster)
    asked = Asked(written, instances, sockets)
    native = written.app
    service = ServiceSpec(
        name=listed.name,
        label="" if listed.label == listed.name else listed.label,
        argv=program.argv,
        cwd=str(cwd),
        env=env,
        namespace=app.namespace or "default",
        kind=native.type or "service",
        instances=instances,
        depends_on=read_dependencies(written),
        restart_with=tuple(native.restart_with),
        ready=_ready(listed, cluster) if native.ready is None else read_ready(asked),
        probes=read_probes(asked),
        restart=read_restart(written, _restart(app)),
        stop=read_stop(written, _stop(app, around)),
        sockets=sockets,
        probe_socket=native.probe_socket,
        logs=_logs(listed, around, cwd),
        nofile=native.nofile,
        umask=0o022 if native.umask is None else int(native.umask),
        channel=native.channel or _channel(app, program, cluster=cluster),
        instance_var=_instance_var(app, native, around),
        increment_var=app.increment_var or native.increment_var or "",
        user=_user(listed),
        rlimits={**native.rlimits},
        autostart=app.autostart if native.autostart is None else native.autostart,
        cron_restart=_cron(listed),
        watch=pm2_watch.read_watch(app, written, cwd),
        memory=_memory(app) if native.memory is None else read_memory(written),
        rollout=_rollout(written, sockets, cluster=cluster),
        pid_file=_pid_file(listed, around, cwd),
        pm2=_view(listed, program, environment, cluster=cluster),
        origin=origin,
    )
    return Built(service, environment)


# -- the environment ---------------------------------------------------------------------------


def _environment(listed: Listed, around: Surroundings) -> Environment:
    app, written = listed.app, listed.written
    layers = _inherited_layers(app, written, around)
    for name in _env_files(app.env_file, written.app.env_file):
        path = listed.folder / expanded(name, around)
        layers.append(Layer(str(path), read_env_file(written, path)))
    layers.append(Layer("env", app.env))
    if app.port is not None:
        layers.append(Layer("port", {"PORT": app.port}))
    layers.append(Layer(f"deploy.{listed.env_name}.env", listed.deploy_env))
    layers.append(Layer(f"env_{listed.env_name}", listed.environments.get(listed.env_name, {})))
    environment = merge(layers)
    for source, name, fault in environment.faults:
        written.complain(source.partition(".")[0], fault, inside=(name,))
    if app.source_map_support:
        options = environment.values.get("NODE_OPTIONS", "")
        environment.values["NODE_OPTIONS"] = f"{options} --enable-source-maps".strip()
    return environment


def _inherited_layers(app: Pm2App, written: Written, around: Surroundings) -> list[Layer]:
    """What is there before the file says anything about this app."""
    whole = {**around.env, **around.set_by_file}
    env = {name: value for name, value in whole.items() if value is not None}
    if written.app.env_inherit:
        kept = inherited(env, True, INHERITED | frozenset(written.app.env_inherit))
    else:
        kept = inherited(env, app.filter_env, INHERITED)
    own = {name: value for name, value in kept.items() if name in around.set_by_file}
    shell = {name: value for name, value in kept.items() if name not in own}
    return [Layer(SHELL, shell), Layer("process.env", own)]


def _env_files(*given: str | list[str] | None) -> list[str]:
    files: list[str] = []
    for one in given:
        files += [one] if isinstance(one, str) else one or []
    return files


def _told_to_the_app(
    listed: Listed, around: Surroundings, instances: int, program: Program
) -> dict[str, str]:
    """Return what PM2 puts into every environment and apps look at; all else wins over it."""
    unbuffered = {"PYTHONUNBUFFERED": "1"} if _PYTHON.fullmatch(program.runs) else {}
    return unbuffered | {
        "PM2_HOME": around.pm2_home,
        "name": listed.label,
        "namespace": listed.app.namespace or "default",
        "instances": str(instances),
    }


# -- program and instances ---------------------------------------------------------------------


def _program(listed: Listed, cwd: FilePath, env: dict[str, str]) -> Program:
    app, written = listed.app, listed.written
    nothing = Program("/bin/false", (), "none", (), "")
    if app.script is None:
        written.complain("script", "no script is given", "PM2's other names: cmd, command, exec")
        return nothing
    if not cwd.is_dir():
        written.complain("cwd", f"cannot use {str(cwd)!r}: there is no such folder")
        return nothing
    if " " in app.script and app.args:
        listed.warn("args", "PM2 drops args beside a command line", "write them into 'script'")
    try:
        program = find(AskedProgram(app.script, app.args, app.interpreter, app.node_args, cwd, env))
    except ProgramError as error:
        written.complain(error.field, str(error), error.hint)
        return nothing
    if any("\0" in word for word in program.argv):
        written.complain("args", "a word holds a zero byte")
        return nothing
    return program


def _is_cluster(app: Pm2App, program: Program) -> bool:
    """Node with `instances` and no `exec_mode` is a cluster; below -1 is not, as for PM2."""
    if app.exec_mode is not None:
        return app.exec_mode == "cluster_mode"
    return app.instances is not None and app.instances >= -1 and program.is_node


def _instances(app: Pm2App, around: Surroundings) -> int:
    if app.instances is None:
        return 1
    return int(app.instances) if app.instances > 0 else max(1, around.cpus + app.instances)


def _channel(app: Pm2App, program: Program, *, cluster: bool) -> Any:
    """Node gets its channel; so does whatever may start a Node that talks through it."""
    if cluster and program.is_node:
        return "cluster"
    asked = app.wait_ready or app.shutdown_with_message or program.args[:1] == ("-c",)
    return "ipc" if program.is_node or asked else "none"


def _instance_var(app: Pm2App, own: Native, around: Surroundings) -> str:
    default = app.instance_var or own.instance_var or "NODE_APP_INSTANCE"
    return around.env.get("PM2_PROCESS_INSTANCE_VAR") or default


# -- readiness, restarts, stop -----------------------------------------------------------------


def _ready(listed: Listed, cluster: bool) -> ReadySpec:
    app = listed.app
    given = app.listen_timeout
    timeout = ReadySpec().timeout if given is None else max(float(given), READY_AT_LEAST)
    if given is not None and given < READY_AT_LEAST:
        message = f"{given:g} s is short for a limit; {READY_AT_LEAST:g} s is taken"
        listed.warn("listen_timeout", message, "not being ready in time is a failure here")
    if app.wait_ready:
        return ReadySpec(ChannelReady(), timeout)
    return ReadySpec(ListeningReady(), timeout) if cluster else ReadySpec()


def _rollout(written: Written, sockets: tuple[SocketSpec, ...], *, cluster: bool) -> RolloutSpec:
    """Without a socket of ours an app in fork mode opens its port itself: no second one can."""
    rollout = read_rollout(written)
    if cluster or sockets or written.app.rollout is not None:
        return rollout
    return msgspec.structs.replace(rollout, in_place=True)


def _restart(app: Pm2App) -> RestartPolicy:
    policy = RestartPolicy(
        when="always" if app.autorestart else "never",
        min_uptime=MIN_UPTIME if app.min_uptime is None else float(app.min_uptime),
        # PM2 counts the runs that ended too soon, the policy the restarts between them.
        start_limit=max(0, int(app.max_restarts or MAX_RESTARTS) - 1),
        stop_codes=tuple(int(code) for code in app.stop_exit_codes),
    )
    if app.exp_backoff_restart_delay:
        return msgspec.structs.replace(
            policy,
            delays=(float(app.exp_backoff_restart_delay),),
            factor=BACKOFF_FACTOR,
            delay_limit=BACKOFF_LIMIT,
            stable_after=BACKOFF_RESET,
        )
    delay = float(app.restart_delay or 0.0)
    limit = max(policy.delay_limit, delay)
    return msgspec.structs.replace(policy, delays=(delay,), factor=1.0, delay_limit=limit)


def _stop(app: Pm2App, around: Surroundings) -> StopPolicy:
    return StopPolicy(
        signal=_kill_signal(around.env.get("PM2_KILL_SIGNAL", "")),
        timeout=_kill_timeout(app, around.env.get("PM2_KILL_TIMEOUT", "")),
        tree=app.treekill,
        kill_tree=app.treekill,
        message=app.shutdown_with_message or bool(around.env.get("PM2_KILL_USE_MESSAGE")),
    )


def _kill_signal(name: str) -> int:
    return int(signal.Signals.__members__.get(name, signal.SIGINT))


def _kill_timeout(app: Pm2App, milliseconds: str) -> float:
    if app.kill_timeout is not None:
        return float(app.kill_timeout)
    return int(milliseconds) / 1000 if milliseconds.isdecimal() else KILL_TIMEOUT


# -- files, user, limits -----------------------------------------------------------------------


def _logs(listed: Listed, around: Surroundings, cwd: FilePath) -> LogSpec:
    app, own = listed.app, read_logs(listed.written, cwd)
    stem = f"{around.pm2_home}/logs/{_file_name(listed.label)}"
    merged = app.merge_logs
    if merged is None:
        # PM2 looks at what is written, before it decides about cluster mode and 'max'.
        merged = app.exec_mode != "cluster_mode" and not app.instances
    combined = f"{stem}.log" if app.log_file is True else app.log_file or None
    pm2_format = TIME_FORMAT if app.time else app.log_date_format or ""
    return msgspec.structs.replace(
        own,
        out=own.out or _log_path(app.out_file or f"{stem}-out.log", cwd, around),
        err=own.err or _log_path(app.error_file or f"{stem}-error.log", cwd, around),
        combined=own.combined or (_log_path(combined, cwd, around) if combined else None),
        per_instance=not merged,
        suffix="id",
        date_format=own.date_format or pm2_format,
        format="json" if app.log_type == "json" else own.format,
        disabled=own.disabled or app.disable_logs,
    )


def _log_path(written: str, cwd: FilePath, around: Surroundings) -> str:
    if written in ("NULL", "/dev/null"):
        return "/dev/null"
    return os.path.normpath(cwd / expanded(written, around))


def _file_name(label: str) -> str:
    """Name files after an app as PM2 does."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", label)


def _pid_file(listed: Listed, around: Surroundings, cwd: FilePath) -> str:
    default = f"{around.pm2_home}/pids/{_file_name(listed.label)}.pid"
    given = listed.app.pid_file or listed.written.app.pid_file
    return os.path.normpath(cwd / expanded(given or default, around))


def _user(listed: Listed) -> UserSpec | None:
    app = listed.app
    if app.uid is None:
        if app.gid is not None:
            listed.warn("gid", "'gid' without 'uid' has no effect", "name the user too")
        return read_user(listed.written)
    return user_of(listed.written, "uid", str(app.uid), None if app.gid is None else str(app.gid))


def _cron(listed: Listed) -> str:
    """Check the schedule; "0" switches one off."""
    given = listed.app.cron_restart
    if given is None or str(given) == "0":
        return read_cron(listed.written, "cron_restart", listed.written.app.cron_restart)
    return read_cron(listed.written, "cron_restart", str(given))


def _memory(app: Pm2App) -> MemorySpec | None:
    return MemorySpec(limit=int(app.max_memory_restart)) if app.max_memory_restart else None


# -- what PM2's outputs show -------------------------------------------------------------------

_SHOWN: Final = (
    "kill_timeout",
    "listen_timeout",
    "restart_delay",
    "exp_backoff_restart_delay",
    "min_uptime",
    "watch_delay",
    "max_restarts",
    "max_memory_restart",
    "cron_restart",
    "wait_ready",
    "shutdown_with_message",
    "stop_exit_codes",
    "watch",
    "ignore_watch",
    "log_date_format",
    "log_type",
    "disable_logs",
    "merge_logs",
    "time",
    "filter_env",
    "increment_var",
    "append_env_to_name",
    "port",
    "source_map_support",
)
_IN_MILLISECONDS: Final = frozenset(_SHOWN[:6])


def _view(listed: Listed, program: Program, environment: Environment, *, cluster: bool) -> Pm2View:
    default = Pm2App()
    shown = dict(listed.shown)
    for name in _SHOWN:
        value = getattr(listed.app, name)
        if value != getattr(default, name):
            shown[name] = round(value * 1000) if name in _IN_MILLISECONDS else value
    for name, values in listed.environments.items():
        # This stands in the state: no value that may be a secret.
        shown[f"env_{name}"] = masked({key: str(value) for key, value in values.items()})
    return Pm2View(
        script=program.script,
        args=program.args,
        interpreter=program.interpreter,
        interpreter_args=program.interpreter_args,
        exec_mode="cluster_mode" if cluster else "fork_mode",
        version=version_near(FilePath(program.script)),
        inherited=tuple(
            sorted(name for name, source in environment.sources.items() if source == SHELL)
        ),
        shown={name: _raw(value) for name, value in shown.items()},
    )


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value, enc_hook=encode))
