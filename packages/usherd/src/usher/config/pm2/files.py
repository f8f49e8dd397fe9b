"""Where an app of PM2's files writes: logs and pid, named and placed as PM2 does."""

import os
import re
from pathlib import Path as FilePath
from typing import Final

import msgspec

from usher.config import logrotate
from usher.config.app import Surroundings
from usher.config.env_file import expanded
from usher.config.pm2.listed import Listed
from usher.config.process import read_logs
from usher.model.spec import LogSpec

TIME_FORMAT: Final = "YYYY-MM-DDTHH:mm:ss"
"""What `time: true` puts before each line."""


def logs(listed: Listed, around: Surroundings, cwd: FilePath) -> LogSpec:
    """Build PM2's files in PM2's folder; usher's own `log` wins."""
    app, own = listed.app, read_logs(listed.written, cwd)
    folder = around.env.get("PM2_DEFAULT_LOG_PATH") or f"{around.pm2_home}/logs"
    stem = f"{folder}/{_file_name(listed.label)}"
    merged = app.merge_logs
    if merged is None:
        # PM2 looks at what is written, before it decides about cluster mode and 'max'.
        merged = app.exec_mode != "cluster_mode" and not app.instances
    combined = f"{stem}.log" if app.log_file is True else app.log_file or None
    pm2_format = TIME_FORMAT if app.time else app.log_date_format or ""
    rotation = logrotate.of_folder(FilePath(around.pm2_home))
    return msgspec.structs.replace(
        own if rotation is None else logrotate.apply(own, rotation),
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


def pid_file(listed: Listed, around: Surroundings, cwd: FilePath) -> str:
    """Return where pids are written, without the id that goes before the suffix."""
    folder = around.env.get("PM2_DEFAULT_PID_PATH") or f"{around.pm2_home}/pids"
    default = f"{folder}/{_file_name(listed.label)}.pid"
    given = listed.app.pid_file or listed.written.app.pid_file
    return os.path.normpath(cwd / expanded(given or default, around))
