"""The list in the shape of PM2's `jlist`, for the scripts that read it.

Field names are an interface of PM2's (spec: usher.md A7); environment values are never shown.
"""

import os
import pwd
import time
from collections.abc import Mapping
from typing import Any, Final

from usher.api.types import InstanceStatus, ServiceStatus

STATUS: Final[Mapping[str, str]] = {
    "inactive": "stopped",
    "waiting": "launching",
    "activating": "launching",
    "active": "online",
    "degraded": "online",
    "deactivating": "stopping",
    "held": "errored",
    "failed": "errored",
}
"""Our status word -> PM2's."""

PHASE: Final[Mapping[str, str]] = {"backoff": "waiting restart"}
"""Phases for which PM2 has a word of its own."""


def rows(services: list[ServiceStatus]) -> list[dict[str, Any]]:
    """One row an instance, in order of pm_id."""
    found: list[dict[str, Any]] = []
    for service in services:
        found.extend(
            _row(service, each, len(found) + i) for i, each in enumerate(service.instances)
        )
    return found


def _row(service: ServiceStatus, instance: InstanceStatus, pm_id: int) -> dict[str, Any]:
    pid = instance.pid or 0
    return {
        "pid": pid,
        "name": service.name,
        "pm2_env": _pm2_env(service, instance, pm_id),
        "pm_id": pm_id,
        "monit": {"memory": instance.memory or 0, "cpu": instance.cpu or 0},
    }


def _pm2_env(service: ServiceStatus, instance: InstanceStatus, pm_id: int) -> dict[str, Any]:
    started = time.time() - (instance.uptime or 0.0)
    return {
        "status": PHASE.get(instance.phase, STATUS[instance.status]),
        "restart_time": instance.restarts,
        "unstable_restarts": 0,
        "pm_uptime": int(started * 1000),
        "created_at": int(started * 1000),
        "pm_id": pm_id,
        "name": service.name,
        "namespace": service.namespace,
        "version": "N/A",
        "exec_mode": "fork_mode",
        "instances": service.instances_wanted,
        "exec_interpreter": "none",
        "args": service.argv[1:],
        "pm_exec_path": service.argv[0],
        "pm_cwd": service.cwd,
        "pm_out_log_path": service.out_log,
        "pm_err_log_path": service.err_log,
        "watch": False,
        "autorestart": True,
        "username": pwd.getpwuid(os.geteuid()).pw_name,
        "NODE_APP_INSTANCE": instance.slot,
        "env": dict(service.env),
        "axm_actions": [],
        "axm_monitor": {},
        "axm_options": {},
        "axm_dynamic": {},
    }
