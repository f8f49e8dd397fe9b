"""PM2's outputs as text: the table, the mini list, pids, ids, prettylist. Pure.

Rendered here, so that the command line need only print the bytes (the same as `usher list`).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from usher.api.inspect import inspect
from usher.api.text import printable, width

Row: TypeAlias = Mapping[str, Any]
"""One entry of jlist."""

_STATUS_COLORS: Final = {"online": "32;1", "launching": "34;1"}
_STOPPED_COLOR: Final = "31;1"
_HEAD_COLOR: Final = "1;36"

_WIDE: Final = (
    "id", "name", "namespace", "version", "mode", "pid", "uptime", "↺", "status", "cpu", "mem",
    "user", "watching",
)  # fmt: skip
_MIDDLE: Final = ("id", "name", "mode", "↺", "status", "cpu", "memory")
_NARROW: Final = ("id", "name", "status", "cpu", "mem")
_FLOORS: Final = {
    "id": 2, "name": 9, "namespace": 11, "version": 7, "mode": 7, "pid": 8, "uptime": 6, "↺": 4,
    "status": 9, "cpu": 8, "mem": 8, "memory": 8, "user": 8, "watching": 8,
}  # fmt: skip
_WIDE_FROM: Final = 120
_MIDDLE_FROM: Final = 80

_TOLD_WITH_VARIABLES: Final = ("namespace", "version", "node_version", "unique_id")

_UNITS: Final = ((86400, "D"), (3600, "h"), (60, "m"), (1, "s"))

_SORTABLE: Final[dict[str, Callable[[Row], Any]]] = {
    "name": lambda row: row["name"],
    "id": lambda row: row["pm_id"],
    "pid": lambda row: row["pid"],
    "cpu": lambda row: row["monit"]["cpu"],
    "memory": lambda row: row["monit"]["memory"],
    "status": lambda row: row["pm2_env"]["status"],
    "uptime": lambda row: row["pm2_env"]["pm_uptime"],
    "namespace": lambda row: row["pm2_env"]["namespace"],
    "restarts": lambda row: row["pm2_env"]["restart_time"],
}


Rows: TypeAlias = Sequence[Row]


class Asked(NamedTuple):
    """What is wanted of a view."""

    of: str = ""
    """A name or an id; empty for all."""
    columns: int = 240
    color: bool = False
    sort: str = ""
    """`field:asc` or `field:desc`; by name when empty."""


def table(rows: Rows, asked: Asked) -> str:
    """Draw the table; narrow terminals get fewer columns."""
    heads = (
        _WIDE
        if asked.columns >= _WIDE_FROM
        else _MIDDLE
        if asked.columns >= _MIDDLE_FROM
        else _NARROW
    )
    cells = [_cells(row) for row in _sorted(rows, asked.sort)]
    widths = {
        head: max([_FLOORS[head], *(width(each[head]) for each in cells)]) + 2 for head in heads
    }
    lines = [
        _edge(widths, "┌┬┐"),
        _line({head: head for head in heads}, widths, _HEAD_COLOR, asked),
    ]
    if cells:
        lines.append(_edge(widths, "├┼┤"))
    lines += [_line(each, widths, "", asked) for each in cells]
    return "\n".join([*lines, _edge(widths, "└┴┘"), ""])


def mini(rows: Rows) -> str:
    """One paragraph a process, for where a table does not fit."""
    return "".join(_paragraph(row) for row in rows)


def pids(rows: Rows, name: str) -> str:
    """Main pids, one a line: of all or of a name."""
    found = [str(row["pid"]) for row in rows if name in ("", row["name"])]
    return "\n".join(found) + "\n"


def ids(rows: Rows, name: str) -> str:
    """Ids of a name as Node shows an array of numbers."""
    return inspect([row["pm_id"] for row in rows if row["name"] == name]) + "\n"


def prettylist(rows: Rows) -> str:
    """The rows as Node would show them."""
    return inspect(list(rows)) + "\n"


def environment(rows: Rows, pm_id: str) -> str:
    """Variables of an id and what PM2 tells with them, one a line; "" for an unknown id."""
    for row in rows:
        if str(row["pm_id"]) == pm_id:
            seen: Mapping[str, Any] = row["pm2_env"]
            told = (*_TOLD_WITH_VARIABLES, str(seen.get("instance_var")))
            env = {**seen["env"], **{name: seen[name] for name in told if name in seen}}
            return "".join(f"{name}: {printable(str(value))}\n" for name, value in env.items())
    return ""


def jlist(rows: Rows) -> str:
    """The rows as JSON."""
    return msgspec.json.encode(rows).decode() + "\n"


def _sorted(rows: Rows, sort: str) -> list[Row]:
    field, _, order = sort.partition(":")
    key = _SORTABLE.get(field or "name", _SORTABLE["name"])
    in_order = sorted(rows, key=lambda row: row["pm_id"])
    return sorted(in_order, key=key, reverse=order == "desc")


def _cells(row: Row) -> dict[str, str]:
    env, monit = row["pm2_env"], row["monit"]
    memory = _size(monit["memory"])
    return {
        "id": str(row["pm_id"]),
        "name": printable(row["name"]),
        "namespace": printable(env["namespace"]),
        "version": printable(env["version"]),
        "mode": env["exec_mode"].removesuffix("_mode"),
        "pid": str(row["pid"]),
        "uptime": _uptime(env),
        "↺": str(env["restart_time"]),
        "status": env["status"],
        "cpu": f"{monit['cpu']:g}%",
        "mem": memory,
        "memory": memory,
        "user": printable(env["username"]),
        "watching": "enabled" if env["watch"] else "disabled",
    }


def _line(cells: Mapping[str, str], widths: Mapping[str, int], shade: str, asked: Asked) -> str:
    parts: list[str] = []
    for head, room in widths.items():
        text = cells[head]
        color = shade or (_status_color(text) if head == "status" else "")
        shown = f"\x1b[{color}m{text}\x1b[0m" if asked.color and color else text
        parts.append(f" {shown}{' ' * (room - 1 - width(text))}")
    return f"│{'│'.join(parts)}│"


def _status_color(status: str) -> str:
    return _STATUS_COLORS.get(status, _STOPPED_COLOR)


def _edge(widths: Mapping[str, int], corners: str) -> str:
    left, middle, right = corners
    return left + middle.join("─" * room for room in widths.values()) + right


def _uptime(env: Mapping[str, Any]) -> str:
    if env["status"] != "online":
        return "0"
    seconds = max(0, int(time.time() - env["pm_uptime"] / 1000))
    size, unit = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
    return f"{seconds // size}{unit}"


def _size(amount: int) -> str:
    for unit, letters in ((1024**3, "gb"), (1024**2, "mb"), (1024, "kb")):
        if amount >= unit:
            return f"{amount / unit:.1f}{letters}"
    return f"{amount}b"


def _paragraph(row: Row) -> str:
    env, monit = row["pm2_env"], row["monit"]
    facts = {
        "namespace": env["namespace"],
        "version": env["version"],
        "pid": row["pid"],
        "pm2 id": row["pm_id"],
        "status": env["status"],
        "mode": env["exec_mode"].removesuffix("_mode"),
        "restarted": env["restart_time"],
        "uptime": _uptime(env),
        "memory usage": _size(monit["memory"]),
        "error log": env["pm_err_log_path"],
        "watching": "yes" if env["watch"] else "no",
        "PID file": env["pm_pid_path"],
    }
    lines = [f"{name} : {printable(str(value))}\n" for name, value in facts.items()]
    return f"+--- {printable(row['name'])}\n{''.join(lines)}\n"
