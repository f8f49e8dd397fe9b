"""From an app as written to a ServiceSpec: defaults filled in, paths made absolute, all checked."""

import os
import re
import shutil
from pathlib import Path as FilePath
from typing import Final, cast

import msgspec

from usher.config import command
from usher.config.app import Surroundings, Written
from usher.config.check import Path, quote
from usher.config.env_file import expanded, read_env_file
from usher.config.process import (
    read_accept_within,
    read_cron,
    read_logs,
    read_memory,
    read_pool,
    read_rollout,
    read_sample,
    read_stack_signal,
    read_user,
    read_watch,
)
from usher.config.questions import Asked, read_probes, read_ready
from usher.config.schema import App, Restart, Stop
from usher.config.sockets import read_sockets
from usher.config.units import SignalName
from usher.config.variables import read_contract, read_secrets
from usher.model.finding import NOT_HERE
from usher.model.spec import (
    PROBE_SOCKET,
    Condition,
    Dependency,
    External,
    ProbeReady,
    ProbeSpec,
    ReadySpec,
    RestartPolicy,
    ServiceSpec,
    SocketSpec,
    StopPolicy,
)
from usher.model.target import CommandTarget

INHERITED: Final = frozenset(
    {"PATH", "HOME", "LANG", "TZ", "USER", "SHELL", "LOGNAME", "VIRTUAL_ENV"}
)
"""Variables of the caller that a service sees, with LC_*; everything else is written down."""

_DEFAULT_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_FD: Final = re.compile(r"\{fd(?::([^{}]*))?\}")


def build_service(written: Written, around: Surroundings, origin: str) -> ServiceSpec:
    """Build a service; everything that is wrong is reported and replaced by a default."""
    app = written.app
    instances = around.cpus if app.instances == "max" else app.instances or 1
    cwd = read_cwd(written, around)
    env, env_sources = read_env(written, around)
    sockets = read_sockets(written, cluster=written.app.channel == "cluster")
    asked = Asked(written, instances, sockets)
    ready, probes = read_ready(asked), read_probes(asked)
    _check_probe_programs(written, ready, probes, cwd, env)
    if app.compat:
        written.complain("compat", "has a meaning in files of PM2's form only", "leave it out")
    return ServiceSpec(
        name=written.name,
        argv=_argv(written, cwd, env, sockets),
        cwd=str(cwd),
        env=env,
        namespace=app.namespace or "default",
        kind=app.type or "service",
        instances=instances,
        depends_on=read_dependencies(written),
        externals=read_externals(written),
        restart_with=tuple(app.restart_with),
        ready=ready,
        probes=probes,
        restart=read_restart(written, _usual_restart(app)),
        stop=read_stop(written, StopPolicy()),
        sockets=sockets,
        probe_socket=app.probe_socket,
        logs=read_logs(written, cwd),
        nofile=app.nofile,
        umask=0o022 if app.umask is None else int(app.umask),
        channel=app.channel or "none",
        instance_var=app.instance_var or "NODE_APP_INSTANCE",
        increment_var=app.increment_var or "",
        user=read_user(written),
        rlimits={**app.rlimits},
        autostart=app.autostart is not False,
        accept_within=read_accept_within(written),
        cron_restart=read_cron(written, "cron_restart", app.cron_restart),
        watch=read_watch(written, cwd),
        memory=read_memory(written),
        sample=read_sample(written),
        stack_signal=read_stack_signal(written),
        rollout=read_rollout(written),
        pool=read_pool(written),
        secrets=read_secrets(written, around),
        env_contract=read_contract(written, around),
        env_sources=env_sources,
        pid_file=None if app.pid_file is None else os.path.normpath(cwd / app.pid_file),
        origin=origin,
        role=app.role or "",
    )


def _usual_restart(app: App) -> RestartPolicy:
    """A job that succeeded is done: to run it again "always" would be a loop."""
    return RestartPolicy(when="on-failure") if app.type == "job" else RestartPolicy()


def read_cwd(written: Written, around: Surroundings) -> FilePath:
    """Build the folder, which has to be there."""
    folder = FilePath(os.path.normpath(around.folder / expanded(written.app.cwd or ".", around)))
    if not folder.is_dir():
        message = f"cannot use {quote(str(folder))}: there is no such folder"
        written.complain("cwd", message, code=NOT_HERE)
    return folder


def read_env(written: Written, around: Surroundings) -> tuple[dict[str, str], dict[str, str]]:
    """Merge what is inherited, then the env files in their order, then `env`; say what set it."""
    env = {"PATH": _DEFAULT_PATH, "PYTHONUNBUFFERED": "1"}
    env |= {
        name: value
        for name, value in around.env.items()
        if name in INHERITED or name in written.app.env_inherit or name.startswith("LC_")
    }
    files = written.app.env_file or []
    sources: dict[str, str] = {}
    for name in [files] if isinstance(files, str) else files:
        path = around.folder / expanded(name, around)
        said = read_env_file(written, path)
        env |= said
        sources |= dict.fromkeys(said, str(path))
    for name, value in written.app.env.items():
        if not name or "=" in name or "\0" in f"{name}{value}":
            message = f"cannot set {quote(name)}: not possible in an environment"
            written.complain("env", message, inside=(name,))
            continue
        env[name] = str(value).lower() if isinstance(value, bool) else str(value)
        sources[name] = "env"
    return env, sources


def _argv(
    written: Written, cwd: FilePath, env: dict[str, str], sockets: tuple[SocketSpec, ...]
) -> tuple[str, ...]:
    app = written.app
    if (app.command is None) == (app.script is None):
        both = "are both given" if app.command is not None else "are both missing"
        written.complain("command", f"'command' and 'script' {both}: expected one of them")
        return ("false",)
    if app.command is not None and not (app.args is None and app.interpreter is None):
        written.complain("args", "'args' and 'interpreter' belong to 'script', not to 'command'")
    try:
        if app.command is not None:
            argv = command.split(app.command)
        else:
            argv = (*_script(written, cwd, env), *command.split(app.args or []))
    except ValueError as error:
        written.complain("args" if app.script is not None else "command", str(error))
        return ("false",)
    key = "command" if app.script is None else "interpreter" if app.interpreter else "script"
    _check_program(written, key, argv, cwd, env)
    _check_descriptors(written, key, argv, sockets)
    return argv or ("false",)


def _script(written: Written, cwd: FilePath, env: dict[str, str]) -> tuple[str, ...]:
    """Find the script in cwd, else on PATH; the path stays as written, links are not resolved."""
    script = written.app.script or ""
    local = cwd / script
    found = str(local) if local.is_file() else shutil.which(script, path=env["PATH"])
    if found is None:
        written.complain("script", f"cannot find {quote(script)} in {cwd}", code=NOT_HERE)
        found = str(local)
    return (*command.interpreter_for(script, written.app.interpreter), found)


def _check_probe_programs(
    written: Written,
    ready: ReadySpec,
    probes: tuple[ProbeSpec, ...],
    cwd: FilePath,
    env: dict[str, str],
) -> None:
    asked = [("ready", (), ready.proof.probe)] if isinstance(ready.proof, ProbeReady) else []
    for key, inside, probe in [*asked, *(("probes", (probe.name,), probe) for probe in probes)]:
        if isinstance(probe.target, CommandTarget):
            _check_program(written, key, probe.target.argv, cwd, env, inside=(*inside, "command"))


def _check_program(
    written: Written,
    key: str,
    argv: tuple[str, ...],
    cwd: FilePath,
    env: dict[str, str],
    *,
    inside: Path = (),
) -> None:
    program = argv[0] if argv else ""
    if not program or any("\0" in word for word in argv):
        message, hint = "cannot run it: no program is named, or a word holds a zero byte", ""
    elif "/" not in program and shutil.which(program, path=env["PATH"]) is None:
        message = f"cannot find the program {quote(program)} on PATH"
        hint = f"for a file in {cwd} write './{program}'" if (cwd / program).is_file() else ""
    else:
        message, hint = _program_fault(cwd / program, program) if "/" in program else ("", "")
        script = command.script_of(argv)
        if not message and script is not None and not (cwd / script).is_file():
            message = f"cannot find the script {quote(script)} in {cwd}"
    if message:
        written.complain(key, message, hint, inside=inside, code=NOT_HERE)


def _program_fault(path: FilePath, shown: str) -> tuple[str, str]:
    if not path.is_file():
        return f"cannot find the program {quote(shown)} in {path.parent}", ""
    if not os.access(path, os.X_OK):
        return f"cannot run {quote(shown)}: not executable", f"chmod +x {path}"
    return "", ""


def _check_descriptors(
    written: Written, key: str, argv: tuple[str, ...], sockets: tuple[SocketSpec, ...]
) -> None:
    names = [socket.name for socket in sockets]
    known = [*names, PROBE_SOCKET] if written.app.probe_socket else names
    for word in argv:
        for match in _FD.finditer(word):
            if match[1] is None and not names:
                written.complain(key, f"{match[0]!r} stands for a socket, and 'sockets' is empty")
            elif match[1] is not None and match[1] not in known:
                written.complain(key, f"{match[0]!r} names no socket of this app")


def read_dependencies(written: Written) -> tuple[Dependency, ...]:
    """Build the apps it waits for; a list of names means that each is ready."""
    needs = _needs(written).items()
    return tuple(Dependency(name, how) for name, how in needs if name not in written.externals)


def read_externals(written: Written) -> tuple[External, ...]:
    """Build what it waits for beside apps: that is there or not, and nothing in between."""
    needs = [each for each in _needs(written).items() if each[0] in written.externals]
    for name, condition in needs:
        if condition != "ready":
            message = f"{quote(name)} is an external: it can only be 'ready'"
            written.complain("depends_on", message, inside=(name,))
    return tuple(written.externals[name] for name, _ in needs)


def _needs(written: Written) -> dict[str, Condition]:
    needs = written.app.depends_on
    return dict.fromkeys(needs, "ready") if isinstance(needs, list) else needs


def read_restart(written: Written, default: RestartPolicy) -> RestartPolicy:
    """Lay what is written over `default`."""
    restart = written.app.restart
    if restart is None or isinstance(restart, str):
        return msgspec.structs.replace(default, when=restart or default.when)
    if restart.delays == []:
        written.complain("restart", "expected at least one delay", inside=("delays",))
        return default
    given = {key: _plain(getattr(restart, key)) for key in Restart.__struct_fields__}
    overlaid = msgspec.structs.asdict(default) | {k: v for k, v in given.items() if v is not None}
    return msgspec.convert(overlaid, RestartPolicy)


def read_stop(written: Written, default: StopPolicy) -> StopPolicy:
    """Lay what is written over `default`."""
    if written.app.stop is None:
        return default
    given = {key: _plain(getattr(written.app.stop, key)) for key in Stop.__struct_fields__}
    return msgspec.structs.replace(default, **{k: v for k, v in given.items() if v is not None})


def _plain(value: object) -> object:
    """Turn the types that say how a number is written into plain numbers."""
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    if isinstance(value, float):
        return float(value)
    return int(value) if isinstance(value, SignalName) else value
