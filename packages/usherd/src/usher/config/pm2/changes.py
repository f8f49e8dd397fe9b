"""What `restart NAME --option ...` changes of an app: the option's part of its definition, no more.

The caller builds the definition that the options alone would give; here its parts go over those of
the definition that runs. What PM2 does not change on a restart by name (log files, the number of
instances, the script) is not in the table.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from usher.model.spec import Pm2View, ServiceSpec

_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "name": ("label",),
    "namespace": ("namespace",),
    "args": ("argv", "pm2.args"),
    "node_args": ("argv", "pm2.interpreter_args"),
    "cron_restart": ("cron_restart",),
    "max_memory_restart": ("memory",),
    "kill_timeout": ("stop.timeout",),
    "shutdown_with_message": ("stop.message", "channel"),
    "treekill": ("stop.tree", "stop.kill_tree"),
    "wait_ready": ("ready", "channel"),
    "listen_timeout": ("ready",),
    "autorestart": ("restart.when",),
    "max_restarts": ("restart.start_limit",),
    "stop_exit_codes": ("restart.stop_codes",),
    "restart_delay": ("restart.delays", "restart.factor", "restart.delay_limit"),
    "exp_backoff_restart_delay": (
        *("restart.delays", "restart.factor", "restart.delay_limit"),
        "restart.stable_after",
    ),
    "log_date_format": ("logs.date_format",),
    "time": ("logs.date_format",),
    "log_type": ("logs.format",),
}
"""PM2's field -> where it stands in a definition."""

CHANGEABLE: Final = frozenset(_PARTS)


def changed(spec: ServiceSpec, asked: ServiceSpec, fields: Iterable[str]) -> ServiceSpec:
    """Return `spec` with the parts of `asked` that belong to these fields of PM2."""
    if spec.pm2 is None or asked.pm2 is None:
        return spec
    fields = [field for field in fields if field in _PARTS]
    for field in fields:
        for part in _PARTS[field]:
            spec = _with_part(spec, asked, part)
    if "name" in fields:
        label = asked.label or asked.name
        spec = msgspec.structs.replace(spec, label="" if label == spec.name else label)
    return msgspec.structs.replace(spec, pm2=_shown(spec.pm2 or asked.pm2, asked.pm2, fields))


def _with_part(spec: ServiceSpec, asked: ServiceSpec, part: str) -> ServiceSpec:
    top, _, leaf = part.partition(".")
    value: Any = getattr(asked, top)
    if leaf:
        value = msgspec.structs.replace(getattr(spec, top), **{leaf: getattr(value, leaf)})
    return msgspec.structs.replace(spec, **{top: value})


def _shown(view: Pm2View, asked: Pm2View, fields: Iterable[str]) -> Pm2View:
    """Let lists show these fields as they are now."""
    names = {*fields, *(["log_date_format"] if "time" in fields else [])}
    kept = {name: value for name, value in view.shown.items() if name not in names}
    new = {name: value for name, value in asked.shown.items() if name in names}
    return msgspec.structs.replace(view, shown={**kept, **new})
