"""One app of PM2's files, from what its author wrote to PM2's own names and shapes.

PM2 takes every field under several names, drops what is empty, and passes over what it does not
know. Here unknown keys are told, with the likely meant one.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, cast

from usher.config.javascript.evaluate import is_marked
from usher.config.schema import Pm2App
from usher.model.graph import closest

ALIASES: Final = {
    "cmd": "script",
    "command": "script",
    "exec": "script",
    "exec_interpreter": "interpreter",
    "interpreter_args": "node_args",
    "cron": "cron_restart",
    "out": "out_file",
    "output": "out_file",
    "out_log": "out_file",
    "err": "error_file",
    "error": "error_file",
    "err_file": "error_file",
    "err_log": "error_file",
    "log": "log_file",
    "combine_logs": "merge_logs",
    "pid": "pid_file",
    "user": "uid",
}
"""Other names of fields. Each name in snake_case may also be written in camelCase."""

WITHOUT_EFFECT: Final = frozenset(
    {
        "attach",
        "automation",
        "container",
        "daemon",
        "deep_monitoring",
        "disable_trace",
        "dist",
        "dockerdaemon",
        "event_loop_inspector",
        "execute_command",
        "force",
        "fresh",
        "image_name",
        "install_url",
        "io",
        "kill_retry_time",
        "km_link",
        "name_prefix",
        "node_version",
        "pmx",
        "post_update",
        "trace",
        "username",
        "v8",
        "vizion",
        "windowsHide",
        "write",
    }
)
"""Taken without a word: they steer PM2's own monitoring, hosting and housekeeping."""

LISTS: Final = ("stop_exit_codes", "ignore_watch")
"""Fields that may be written as one value."""

MEANT_ZEROS: Final = ("instances", "uid", "gid")
"""Fields in which 0 says something; elsewhere PM2 takes its default for it, as for ""."""

_KNOWN: Final = frozenset(Pm2App.__struct_encode_fields__)
_ENVIRONMENT: Final = re.compile(r"env_(\S+)")
_CAMEL_CASE: Final = re.compile(r"[a-z0-9_]+(?:[A-Z][a-z0-9]+)*")
_HUMP: Final = re.compile(r"([A-Z])")

Warn = Callable[[str, str, str], None]
"""Takes a key as written, what is wrong with it, and a hint (or "")."""


class Fields(NamedTuple):
    """An app under PM2's own names."""

    table: dict[str, object]
    """To be read as a Pm2App."""
    environments: dict[str, object]
    """`env_production` and the like, by what follows `env_`."""
    shown: dict[str, object]
    """Fields without effect here, which PM2's outputs show."""
    spelled: dict[str, str]
    """How the author called each field."""


def canonical(app: Mapping[str, object], warn: Warn) -> Fields:
    """Sort the keys of an app; what nobody knows is told and left out."""
    fields = Fields({}, {}, {}, {})
    for key, value in app.items():
        name = canonical_name(key)
        if is_marked(value, "$undef"):
            continue
        if is_marked(value, "$fn"):
            warn(key, "a function is no value of a field; it is left out", "")
        elif name in _KNOWN and not _is_environment(name, value):
            # A field's own name beats its aliases, whatever comes first.
            if value is not None and (name not in fields.table or key == name):
                fields.table[name] = value
                fields.spelled[name] = key
        elif environment := _ENVIRONMENT.fullmatch(key):
            if isinstance(value, dict):
                fields.environments[environment[1]] = cast("object", value)
            elif value is not None:
                warn(key, "expected a table of variables; it is left out", "")
        elif name in WITHOUT_EFFECT:
            fields.shown[name] = value
        else:
            hint = closest(key, [*_KNOWN, *ALIASES])
            warn(key, f"unknown key {key[:60]!r}, which is left out", hint)
    _reshape(fields.table)
    return fields


def canonical_name(key: str) -> str:
    """Return PM2's own name of a field: "cmd" is "script", "killTimeout" is "kill_timeout"."""
    if key in WITHOUT_EFFECT or not _CAMEL_CASE.fullmatch(key):
        return key
    snake = _HUMP.sub(r"_\1", key).lower()
    return ALIASES.get(snake, snake)


def _is_environment(name: str, value: object) -> bool:
    """`env_file` with a table is an environment called "file", as it is for PM2."""
    return name == "env_file" and isinstance(value, dict)


def _reshape(table: dict[str, object]) -> None:
    """Bring values that PM2 takes in several forms into one, and drop what it drops."""
    for name, value in list(table.items()):
        if name in LISTS:
            table[name] = _as_list(value)
        elif value == "" or (name not in MEANT_ZEROS and _is_zero(value)):
            del table[name]
    match table.get("exec_mode"):
        case "fork" | "cluster" as mode:
            table["exec_mode"] = f"{mode}_mode"
        case _:
            pass
    match table.get("watch"):
        case str() as path if path not in ("true", "false"):
            table["watch"] = [path]
        case "true" | "false" as word:
            table["watch"] = word == "true"
        case _:
            pass


def _as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _is_zero(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0
