"""`dump.pm2`: the processes that PM2 remembers, one object each, with their whole environment.

Reading makes an app of all processes of one name, as a file of PM2's form says it. Writing keeps
the same shape for scripts that look at it; values of variables come masked.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from usher.config.app import Choice, Surroundings
from usher.config.document import Document
from usher.config.load import ConfigError, Loaded, concluded, surroundings
from usher.config.pm2.file import read_pm2
from usher.config.positions import Positions
from usher.config.schema import Pm2App
from usher.model.finding import Finding
from usher.model.spec import Plan
from usher.redaction.names import MASK, shown

SIZE_LIMIT: Final = 32 * 1024 * 1024
"""Bytes; one process takes some 10 KB."""

NOT_KEPT: Final = frozenset({"instances", "pm_id", "prev_restart_delay"})
"""Fields of `jlist` that PM2 leaves out of its dump."""

_COPIED: Final = frozenset(Pm2App.__struct_encode_fields__) - {
    *("script", "cwd", "interpreter", "env", "out_file", "error_file", "log_file", "pid_file"),
    *("instances", "port", "usher"),
}
_LOG_PATHS: Final = {
    "out_file": "pm_out_log_path",
    "error_file": "pm_err_log_path",
    "log_file": "pm_log_path",
}
_IDENT: Final = re.compile(r"-\d+(\.[^./]*)?$")


class _Group(NamedTuple):
    """The processes of one app."""

    first: Mapping[str, Any]
    processes: int
    stopped: bool
    """Whether none of them was meant to run."""


def read_dump(path: Path) -> Loaded:
    """Read a dump of PM2 with the environment of this process. Raises ConfigError.

    What was stopped is defined with `autostart` off. Variables come from the dump alone.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        finding = Finding(f"cannot read the dump: {reason}", file=str(path))
        raise ConfigError([finding]) from None
    return read(str(path), data, surroundings(path.parent))


def read(name: str, data: bytes, around: Surroundings) -> Loaded:
    """Read the bytes of a dump called `name` (for messages). Raises ConfigError."""
    try:
        entries: object = json.loads(data) if len(data) <= SIZE_LIMIT else None
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        message = "cannot read the dump: expected a JSON array of at most 32 MiB"
        raise ConfigError([Finding(message, file=name)])
    groups = list(_groups(cast("list[object]", entries)))
    tree = {"apps": [_app(group) for group in groups]}
    # The dump holds what the shell held when the process was started; today's has no say.
    here = around._replace(env={"HOME": around.home, "PM2_HOME": around.pm2_home})
    loaded = concluded(
        read_pm2(name, Document(tree, Positions()), here, Choice(compat=True)), Plan((), name)
    )
    told = [finding for group in groups for finding in _warnings(name, group)]
    return loaded._replace(findings=(*loaded.findings, *told))


def _groups(entries: list[object]) -> Iterator[_Group]:
    """Bring processes of the same name and program together, in the order of the first."""
    found: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for entry in entries:
        if isinstance(entry, dict):
            process = cast("dict[str, Any]", entry)
            words = (str(process.get(key, "")) for key in ("name", "namespace", "pm_exec_path"))
            name, namespace, script = words
            found.setdefault((name, namespace, script), []).append(process)
    for processes in found.values():
        stopped = all(process.get("status") == "stopped" for process in processes)
        yield _Group(processes[0], len(processes), stopped)


def _app(group: _Group) -> dict[str, object]:
    """Write the processes as an app of PM2's form."""
    first = group.first
    env = _table(first.get("env"))
    app = {
        key: first[key]
        for key in _COPIED & first.keys()
        # PM2 lays every variable beside its own fields: one called `watch` is no field.
        if key not in env and first[key] is not None
    }
    if isinstance(patterns := app.get("ignore_watch"), list):
        kept = cast("list[object]", patterns)
        app["ignore_watch"] = [pattern for pattern in kept if isinstance(pattern, str)]
    app["script"] = first.get("pm_exec_path")
    app["cwd"] = first.get("pm_cwd")
    app["interpreter"] = first.get("exec_interpreter")
    merged = first.get("merge_logs") is True
    for field, key in _LOG_PATHS.items():
        app[field] = first.get(key) if merged else _without_id(first.get(key))
    app["pid_file"] = _without_id(first.get("pm_pid_path"))
    app["merge_logs"] = merged
    if group.processes > 1 or first.get("exec_mode") == "cluster_mode":
        app["instances"] = group.processes
    if group.stopped:
        app["autostart"] = False
    app["env"] = {key: value for key, value in env.items() if _is_own(key, value, first)}
    return app


def _without_id(path: object) -> object:
    return _IDENT.sub(lambda match: match[1] or "", path) if isinstance(path, str) else path


def _is_own(key: str, value: object, first: Mapping[str, Any]) -> bool:
    """Tell the app's variables from PM2's, among them an odd one called like the app."""
    if key == first.get("name") and value == "{}":
        return False
    return value != MASK and not re.fullmatch(r"PM2_\w+|unique_id|pm_\w+", key)


def _warnings(name: str, group: _Group) -> Iterator[Finding]:
    app = str(group.first.get("name", ""))
    env = _table(group.first.get("env"))
    if masked := sorted(key for key, value in env.items() if value == MASK):
        message = f"the values of {', '.join(masked[:10])} are masked, so they are not set"
        hint = "start the app from its own file"
        yield Finding(message, app, "env", name, 0, hint, "warning")
    secrets = [
        key
        for key, value in env.items()
        if _is_own(key, value, group.first) and shown(key, str(value)) == MASK
    ]
    if secrets:
        message = f"holds secrets in plain text: {', '.join(sorted(secrets)[:10])}"
        hint = "remove the dump when usher has taken over"
        yield Finding(message, app, "env", name, 0, hint, "warning")
    patterns = group.first.get("ignore_watch")
    if isinstance(patterns, list) and {} in patterns:
        message = "a RegExp is lost in the dump"
        yield Finding(message, app, "ignore_watch", name, 0, "", "warning")


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def write_dump(path: Path, backup: Path, entries: Sequence[Mapping[str, object]]) -> None:
    """Write processes as PM2 does, each a `pm2_env` of `jlist`; the last dump becomes `backup`.

    The file is replaced as a whole and is the caller's alone. Raises OSError.
    """
    kept = [{k: v for k, v in entry.items() if k not in NOT_KEPT} for entry in entries]
    with contextlib.suppress(FileNotFoundError):
        _replace(backup, path.read_bytes())
    _replace(path, json.dumps(kept, indent=2, ensure_ascii=False).encode())


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    try:
        with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
