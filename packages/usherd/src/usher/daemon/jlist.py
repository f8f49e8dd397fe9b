"""The list in the shape of PM2's `jlist`, for the scripts that read it.

Field names are an interface of PM2's (spec: usher.md A7). Values of the environment stand there
twice, as with PM2, because scripts look in both places; what may be secret is masked in both.
"""

import os
import pwd
import time
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

import msgspec

from usher.api.types import InstanceStatus, ServiceStatus
from usher.model.spec import ChannelReady, Pm2View, ServiceSpec
from usher.redaction.names import masked
from usher.redaction.redactor import Redactor
from usher.runtime import pid_files
from usher.runtime.log_paths import combined_path
from usher.runtime.surroundings import increment

_UNIQUE: Final = uuid.UUID("6f1d6f6e-0f0c-4b6d-9d0f-5b1c6e2a7d11")
"""Namespace of the ids by which scripts tell one life of a process from another."""

_ACTIONS: Final[dict[str, Any]] = {
    "axm_actions": [],
    "axm_monitor": {},
    "axm_dynamic": {},
}
"""What PM2's own library reports from inside an app; nothing of ours is inside."""

_USUAL: Final[dict[str, Any]] = {
    "vizion": True,
    "pmx": True,
    "automation": True,
    "windowsHide": True,
    "kill_retry_time": 100,
    "km_link": False,
    "vizion_running": False,
}
"""Fields that mean nothing here and that scripts may read nonetheless."""


def rows(
    services: Iterable[ServiceStatus], specs: Mapping[str, ServiceSpec], redactor: Redactor
) -> list[dict[str, Any]]:
    """One row a process that PM2 would list, in order of pm_id."""
    found = [
        _row(service, specs[service.name], instance, redactor)
        for service in services
        for instance in service.instances
        if instance.listed
    ]
    return sorted(found, key=lambda row: row["pm_id"])


def _row(
    service: ServiceStatus, spec: ServiceSpec, instance: InstanceStatus, redactor: Redactor
) -> dict[str, Any]:
    running = instance.pid is not None
    return {
        "pid": instance.pid or 0,
        "name": service.label or service.name,
        "pm2_env": _pm2_env(service, spec, instance, redactor),
        "pm_id": instance.id,
        "monit": {
            "memory": (instance.memory or 0) if running else 0,
            "cpu": (instance.cpu or 0) if running else 0,
        },
    }


def _pm2_env(
    service: ServiceStatus, spec: ServiceSpec, instance: InstanceStatus, redactor: Redactor
) -> dict[str, Any]:
    view = _redacted(spec.pm2 or _native(spec), redactor)
    steering = {**_defined(service, spec, view), **_shown(view, redactor), **_state(spec, instance)}
    # What steers wins over variables of the same name, and its names are not counted twice.
    seen = runs_with(spec, view, service.env, instance.slot)
    own = {name: value for name, value in seen.items() if name not in steering}
    env = {**own, "unique_id": _unique_id(service, instance)}
    return {
        **env,
        **steering,
        "env": env,
        "version": view.version,
        "node_version": view.node_version,
        **_ACTIONS,
        "axm_options": {"module_name": steering["name"]} if view.interpreter == "node" else {},
        "usher": {"service": service.name, "slot": instance.slot},
    }


def runs_with(
    spec: ServiceSpec, view: Pm2View, env: Mapping[str, str], slot: int
) -> dict[str, Any]:
    """Return what this instance sees, with numbers and booleans as its file writes them."""
    own = dict(env)
    increment(spec, own, slot)
    return {name: _unquoted(text) if name in view.unquoted else text for name, text in own.items()}


def _unquoted(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:  # masked, or NaN, which JSON does not know
        return text


def _native(spec: ServiceSpec) -> Pm2View:
    """What an app of our own file looks like to PM2's users: a program without interpreter."""
    return Pm2View(script=spec.argv[0], args=spec.argv[1:])


def _redacted(view: Pm2View, redactor: Redactor) -> Pm2View:
    """Return a view whose command line may be shown."""
    return msgspec.structs.replace(
        view,
        args=tuple(redactor.words(view.args)),
        interpreter_args=tuple(redactor.words(view.interpreter_args)),
    )


def _defined(service: ServiceStatus, spec: ServiceSpec, view: Pm2View) -> dict[str, Any]:
    restarts = spec.restart.when == "always"
    return {
        "name": service.label or service.name,
        "namespace": service.namespace,
        **({"args": list(view.args)} if view.args else {}),
        **_USUAL,
        **({} if spec.logs.per_instance else {"merge_logs": True}),
        "autostart": spec.autostart,
        "autorestart": restarts,
        "watch": spec.watch is not None,
        "instance_var": spec.instance_var,
        "treekill": spec.stop.kill_tree,
        "username": _username(),
        "node_args": list(view.interpreter_args),
        "pm_exec_path": view.script,
        "pm_cwd": service.cwd,
        "exec_interpreter": view.interpreter,
        "exec_mode": view.exec_mode,
        "instances": service.instances_wanted,
        **({"cron_restart": spec.cron_restart} if spec.cron_restart else {}),
        **({"wait_ready": True} if isinstance(spec.ready.proof, ChannelReady) else {}),
    }


def _shown(view: Pm2View, redactor: Redactor) -> dict[str, Any]:
    """Return further fields as the file has them; environments in them are masked."""
    fields: dict[str, Any] = {name: msgspec.json.decode(raw) for name, raw in view.shown.items()}
    return {
        name: _environment(value) if name.startswith("env") else redactor.tree(value)
        for name, value in fields.items()
    }


def _environment(value: Any) -> Any:
    """Mask an environment of the file (env_production: {...})."""
    if not isinstance(value, dict):
        return value
    return masked({key: str(each) for key, each in cast("dict[str, object]", value).items()})


def _state(spec: ServiceSpec, instance: InstanceStatus) -> dict[str, Any]:
    started = time.time() - instance.uptime if instance.uptime is not None else instance.created
    # Of the last run that ended; PM2 says 0 for an end by a signal.
    has_ended = instance.run > 1 or (instance.run == 1 and instance.pid is None)
    ended = {"exit_code": instance.exit_code or 0} if has_ended else {}
    backs_off = spec.pm2 is not None and "exp_backoff_restart_delay" in spec.pm2.shown
    delay = {"prev_restart_delay": int(instance.last_delay * 1000)} if backs_off else {}
    return {
        "pm_out_log_path": instance.out_log,
        "pm_err_log_path": instance.err_log,
        **_combined(spec, instance),
        "pm_pid_path": str(pid_files.path(spec, instance.id) or ""),
        spec.instance_var: instance.slot,
        "status": instance.pm2_status,
        "pm_uptime": int(started * 1000),
        "created_at": int(instance.created * 1000),
        "pm_id": instance.id,
        "restart_time": instance.restart_time,
        "unstable_restarts": instance.unstable,
        **ended,
        **delay,
    }


def _combined(spec: ServiceSpec, instance: InstanceStatus) -> dict[str, str]:
    path = combined_path(spec, instance.slot, instance.id)
    return {} if path is None else {"pm_log_path": path}


def _unique_id(service: ServiceStatus, instance: InstanceStatus) -> str:
    return str(uuid.uuid5(_UNIQUE, f"{service.name}:{instance.slot}:{instance.created}"))


@cache
def _username() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's number without a name
        return str(os.geteuid())
