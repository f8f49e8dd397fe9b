"""PM2's file server in files: `script: 'serve'`, and `static` beside the apps."""

import sys
from pathlib import Path as FilePath
from typing import Final, cast

from usher.config.check import Path, Report, read_table
from usher.config.schema import Static

SCRIPT: Final = "serve"
"""An app with this script is the file server, whatever else is called so."""

PORT: Final = 8080

_PROGRAM: Final = str(FilePath(__file__).parents[2] / "serve" / "__main__.py")


def turn_into_server(table: dict[str, object]) -> None:
    """Put our file server into an app, under PM2's own names of fields, that asks for one."""
    env = table.get("env")
    variables = cast("dict[str, object]", env) if isinstance(env, dict) else {}
    table.setdefault("name", name_of(variables.get("PM2_SERVE_PORT", table.get("port", PORT))))
    table["script"] = _PROGRAM
    table["interpreter"] = sys.executable
    table["node_args"] = ["-I", "-S"]
    table["exec_mode"] = "fork_mode"


def name_of(port: object) -> str:
    """Name a server that nobody has named."""
    return f"static-page-server-{port}"


def as_app(path: Path, value: object, report: Report) -> dict[str, object] | None:
    """Turn an entry of `static` into an app; None when it is no table."""
    entry = read_table(Static, value, path, report)
    if entry is None:
        return None
    env: dict[str, object] = {"PM2_SERVE_PATH": entry.path, "PM2_SERVE_PORT": entry.port}
    if entry.host:
        env["PM2_SERVE_HOST"] = entry.host
    if entry.spa:
        env["PM2_SERVE_SPA"] = "true"
    if entry.ftp:
        env["PM2_SERVE_FTP"] = "true"
    if entry.basic_auth is not None:
        env["PM2_SERVE_BASIC_AUTH"] = "true"
        env["PM2_SERVE_BASIC_AUTH_USERNAME"] = entry.basic_auth.username
        env["PM2_SERVE_BASIC_AUTH_PASSWORD"] = entry.basic_auth.password
    return {"name": entry.name or name_of(entry.port), "script": SCRIPT, "env": env}
