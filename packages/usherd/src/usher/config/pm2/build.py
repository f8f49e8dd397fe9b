"""From an app of PM2's files to a ServiceSpec: PM2's defaults and units, usher's own keys on top.

Where PM2's behaviour is a defect, what it promises is built (docs/reference/pm2-differences.md).
"""

import os
import re
from pathlib import Path as FilePath
from typing import Any, Final, NamedTuple

from usher.config.app import Surroundings, Written
from usher.config.build import (
    INHERITED,
    read_dependencies,
    read_externals,
    read_restart,
    read_stop,
)
from usher.config.env_file import expanded, read_env_file
from usher.config.pm2 import files, policies, watch
from usher.config.pm2.env import SHELL, Environment, Layer, inherited, merge
from usher.config.pm2.listed import Listed
from usher.config.pm2.program import Asked as AskedProgram
from usher.config.pm2.program import Program, ProgramError, assumed, find
from usher.config.pm2.view import view
from usher.config.process import (
    read_accept_within,
    read_cron,
    read_memory,
    read_pool,
    read_sample,
    read_stack_signal,
    read_user,
    user_of,
)
from usher.config.questions import Asked, read_probes, read_ready
from usher.config.schema import Native, Pm2App
from usher.config.sockets import read_sockets
from usher.config.variables import read_contract, read_secrets
from usher.model.finding import NOT_HERE
from usher.model.spec import (
    MemorySpec,
    ReadySpec,
    ServiceSpec,
    UserSpec,
)

_PYTHON: Final = re.compile(r"python[\d.]*")


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
    env |= _own_folder(environment, cwd)
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
        externals=read_externals(written),
        restart_with=tuple(native.restart_with),
        ready=_ready(listed, asked, cluster=cluster),
        probes=read_probes(asked),
        restart=read_restart(written, policies.restart(app, compat=bool(native.compat))),
        stop=read_stop(written, policies.stop(app, around)),
        sockets=sockets,
        probe_socket=native.probe_socket,
        logs=files.logs(listed, around, cwd),
        nofile=native.nofile,
        umask=0o022 if native.umask is None else int(native.umask),
        channel=native.channel or _channel(app, program, cluster=cluster),
        stdin="null" if cluster and program.is_node else "pipe",
        instance_var=_instance_var(app, native, around),
        increment_var=app.increment_var or native.increment_var or "",
        user=_user(listed),
        rlimits={**native.rlimits},
        accept_within=None if native.compat else read_accept_within(written),
        autostart=app.autostart if native.autostart is None else native.autostart,
        cron_restart=_cron(listed),
        cron_when_stopped=native.compat == "pm2",
        watch=watch.read_watch(app, written, cwd),
        memory=_memory(app) if native.memory is None else read_memory(written),
        sample=read_sample(written),
        stack_signal=read_stack_signal(written),
        rollout=policies.rollout(written, around, sockets, cluster=cluster),
        pool=read_pool(written),
        secrets=read_secrets(written, around._replace(folder=listed.folder)),
        env_contract=read_contract(written, around._replace(folder=listed.folder)),
        env_sources=_beside_the_shell(environment),
        pid_file=files.pid_file(listed, around, cwd),
        pm2=view(listed, program, environment, cluster=cluster),
        origin=origin,
        role=native.role or "",
    )
    return Built(service, environment)


def _ready(listed: Listed, asked: Asked, *, cluster: bool) -> ReadySpec:
    native = listed.written.app.ready
    return policies.ready(listed, cluster=cluster) if native is None else read_ready(asked)


def _beside_the_shell(environment: Environment) -> dict[str, str]:
    return {name: source for name, source in environment.sources.items() if source != SHELL}


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


def _own_folder(environment: Environment, cwd: FilePath) -> dict[str, str]:
    """Return the PWD of the app, unless its file sets one: that of the shell is another's."""
    return {"PWD": str(cwd)} if environment.sources.get("PWD", SHELL) == SHELL else {}


# -- program and instances ---------------------------------------------------------------------


def _program(listed: Listed, cwd: FilePath, env: dict[str, str]) -> Program:
    app, written = listed.app, listed.written
    nothing = Program("/bin/false", (), "none", (), "")
    if app.script is None:
        written.complain("script", "no script is given", "PM2's other names: cmd, command, exec")
        return nothing
    asked = AskedProgram(app.script, app.args, app.interpreter, app.node_args, cwd, env)
    if not cwd.is_dir():
        written.complain("cwd", f"cannot use {str(cwd)!r}: there is no such folder", code=NOT_HERE)
        return assumed(asked)
    if " " in app.script and app.args:
        listed.warn("args", "PM2 drops args beside a command line", "write them into 'script'")
    try:
        program = find(asked)
    except ProgramError as error:
        written.complain(error.field, str(error), error.hint, code=NOT_HERE)
        return assumed(asked)
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


# -- files, user, limits -----------------------------------------------------------------------


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
