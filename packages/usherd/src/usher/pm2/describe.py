"""describe: everything about the processes of a name or id, as two columns."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from usher.api.text import age, printable, width
from usher.client import NotRunningError
from usher.pm2.processes import NotFoundError, choose, read
from usher.pm2.session import Session
from usher.redaction.names import MASK

_NOTHING: Final = "N/A"


def run(session: Session) -> int:
    """Print one table a process."""
    (target, *_) = session.words.args
    try:
        jlist = session.reader.jlist()
        chosen = {each.pm_id for each in choose(read(jlist), target).processes}
    except (NotFoundError, NotRunningError):
        session.voice.notice(f"{target} doesn't exist")
        return 1
    for row in msgspec.json.decode(jlist, type=list[dict[str, Any]]):
        if row["pm_id"] in chosen:
            _describe(session, row)
            _divergent(session, row["pm2_env"]["env"])
            _hints(session, row)
    return 0


def _describe(session: Session, row: Mapping[str, Any]) -> None:
    name, number = row["name"], row["pm_id"]
    session.voice.plain(printable(f" Describing process with id {number} - name {name} "))
    session.voice.plain("\n".join(_table(_facts(row))))


def _divergent(session: Session, env: Mapping[str, object]) -> None:
    """Show variables that are set otherwise here; a masked value can be compared with nothing."""
    here = session.env
    other = {
        name: str(value)
        for name, value in sorted(env.items())
        if name in here and str(value) != here[name] and MASK not in str(value)
    }
    if other:
        session.voice.plain(" Divergent env variables from local env ")
        session.voice.plain("\n".join(_table(other)))
        session.voice.plain()


def _hints(session: Session, row: Mapping[str, Any]) -> None:
    name, number = row["name"], row["pm_id"]
    session.voice.plain(printable(f" Use `pm2 logs {name} [--lines 1000]` to display logs"))
    session.voice.plain(f" Use `pm2 env {number}` to display environment variables")
    session.voice.plain(f" Use `pm2 monit` to monitor CPU and Memory usage {printable(name)}")


def _facts(row: Mapping[str, Any]) -> dict[str, str]:
    env: Mapping[str, Any] = row["pm2_env"]
    running = env["status"] == "online"
    uptime = age(datetime.now(UTC).timestamp() - env["pm_uptime"] / 1000) if running else "0"
    created = datetime.fromtimestamp(env["created_at"] / 1000, UTC)
    cron = {"cron restart": env["cron_restart"]} if env.get("cron_restart") else {}
    return {
        "status": env["status"],
        "name": row["name"],
        "namespace": env["namespace"],
        "version": env["version"],
        "restarts": str(env["restart_time"]),
        "uptime": uptime,
        "entire log path": env.get("pm_log_path") or "",
        "script path": env["pm_exec_path"],
        "script args": _words(env.get("args")),
        "error log path": env["pm_err_log_path"],
        "out log path": env["pm_out_log_path"],
        "pid path": env["pm_pid_path"],
        **cron,
        "interpreter": env["exec_interpreter"],
        "interpreter args": _words(env["node_args"]),
        "script id": str(row["pm_id"]),
        "exec cwd": env["pm_cwd"],
        "exec mode": env["exec_mode"],
        "node.js version": env.get("node_version") or _NOTHING,
        "node env": env["env"].get("NODE_ENV", _NOTHING),
        "watch & reload": "✔" if env["watch"] else "✘",
        "unstable restarts": str(env["unstable_restarts"]),
        "created at": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _words(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, msgspec.convert(value, list[Any]))) or _NOTHING
    return str(value) if value else _NOTHING


def _table(facts: Mapping[str, str]) -> Iterator[str]:
    rows = {label: printable(value) for label, value in facts.items() if value}
    left = max(map(len, rows)) + 2
    right = max(map(width, rows.values())) + 2
    yield f"┌{'─' * left}┬{'─' * right}┐"
    for label, value in rows.items():
        yield f"│ {label:<{left - 1}}│ {value}{' ' * (right - 1 - width(value))}│"
    yield f"└{'─' * left}┴{'─' * right}┘"
