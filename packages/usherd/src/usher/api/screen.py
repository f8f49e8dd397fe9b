"""One frame of `usher monit`: who runs, how much it takes, and what happened last. Pure text.

Remotes, which take nothing of this host, stand below the apps in a table of their own.

Where the terminal is too narrow for all columns, the last ones become a line of their own below the
row, and only where there is something to say: nothing that JSON has is left out.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from usher.api import figures
from usher.api.text import age, fit, printable, width
from usher.api.types import EventRecord, InstanceStatus, RemoteStatus, ServiceStatus

_Columns: TypeAlias = Sequence[tuple[str, int]]
"""Titles and widths."""

_COLUMNS: Final = (
    ("status", 12),
    ("pid", 8),
    ("cpu", 6),
    ("mem", 12),
    ("uptime", 8),
    ("restarts", 9),
)
_MORE: Final = (("db", 7), ("p50/p95", 12), ("last error", 36))
"""Columns of a wide terminal."""

_LEAST_NAME: Final = 12
_COLORS: Final = {
    **dict.fromkeys(("active", "up"), "32"),
    **dict.fromkeys(("degraded", "activating", "waiting", "deactivating"), "33"),
    **dict.fromkeys(("unproved", "waking", "recovering"), "33"),
    **dict.fromkeys(("held", "failed", "down"), "31"),
}


def render(
    services: Sequence[ServiceStatus],
    events: Sequence[EventRecord],
    *,
    remotes: Sequence[RemoteStatus] = (),
    columns: int,
    rows: int,
    color: bool,
) -> str:
    """Return at most `rows` lines of at most `columns` columns, the newest events last."""
    chosen, further = _fitting(columns)
    named = [(_name(service, each), each) for service in services for each in service.instances]
    names = (*(who for who, _ in named), *(printable(each.name) for each in remotes))
    widest = max(map(width, names), default=0)
    name = max(_LEAST_NAME, min(widest, columns - _width(chosen)))
    head = " ".join([fit("app", name), *(fit(*each) for each in chosen)])
    blocks = [
        [
            _row(fit(who, name), each, columns, chosen, color=color),
            *_details(each, further, columns),
        ]
        for who, each in named
    ]
    room = max(1, rows - 4)  # head, blank line, title of the events, keys
    room -= min(len(events), room // 3)
    below = _remotes(remotes, name, columns, color=color)
    needed = min(len(below), max(2, room // 3, room - sum(map(len, blocks)))) if below else 0
    lines = [_cut(head, columns), *_shown(blocks, max(1, room - needed))]
    if below:
        lines += [below[0], *_shown([[each] for each in below[1:]], needed - 1)]
    left = rows - len(lines) - 2
    lines += ["", *(_event(event, columns) for event in events[-left:] if left > 0)]
    return "\n".join([*lines[: rows - 1], _cut("q: quit", columns)])


def _remotes(remotes: Sequence[RemoteStatus], name: int, columns: int, *, color: bool) -> list[str]:
    """A head and a row for each; nothing without any."""
    lines = [" ".join([fit("remote", name), fit("status", 12), fit("since", 8), "reason"])]
    for each in remotes:
        who, detail = fit(printable(each.name), name), printable(each.detail) or "-"
        line = " ".join([who, fit(each.status, 12), fit(age(each.since), 8), detail])
        lines.append(_painted(_cut(line, columns), each.status, color=color))
    return [_cut(lines[0], columns), *lines[1:]] if remotes else []


def _painted(line: str, status: str, *, color: bool) -> str:
    code = _COLORS.get(status, "")
    return f"\x1b[{code}m{line}\x1b[0m" if color and code else line


def _fitting(columns: int) -> tuple[_Columns, _Columns]:
    """Choose the columns of the table, and those that have to be told below a row."""
    everything = (*_COLUMNS, *_MORE)
    if _LEAST_NAME + _width(everything) <= columns:
        return everything, ()
    return _COLUMNS, _MORE


def _width(chosen: _Columns) -> int:
    return sum(space + 1 for _, space in chosen)


def _shown(blocks: Sequence[Sequence[str]], room: int) -> list[str]:
    """Take as many instances as have room; the last line counts the others."""
    lines: list[str] = []
    for number, block in enumerate(blocks):
        is_last = number == len(blocks) - 1
        if len(lines) + len(block) > room - (not is_last):
            return [*lines, f"... and {len(blocks) - number} more: usher list"]
        lines += block
    return lines


def _name(service: ServiceStatus, each: InstanceStatus) -> str:
    many = len(service.instances) > 1
    return printable(f"{service.name}:{each.slot}" if many else service.name)


def _row(
    who: str,
    each: InstanceStatus,
    columns: int,
    chosen: _Columns,
    *,
    color: bool,
) -> str:
    cells = _cells(each)
    parts = [fit(printable(cells[title]) or "-", space) for title, space in chosen]
    line = _cut(" ".join([who, *parts]), columns)
    return _painted(line, each.status, color=color)


def _details(each: InstanceStatus, below: _Columns, columns: int) -> list[str]:
    cells = _cells(each)
    told = [f"{title} {cells[title]}" for title, _ in below if cells[title]]
    return [_cut(printable(f"  {', '.join(told)}"), columns)] if told else []


def _cells(each: InstanceStatus) -> dict[str, str]:
    """What the columns say, by their titles; empty: not known."""
    time_of_day = each.last_fault_at.partition("T")[2][:8]
    return {
        "status": each.status,
        "pid": "" if each.pid is None else str(each.pid),
        "cpu": "" if each.cpu is None else f"{each.cpu:.0f}%",
        "mem": figures.memory(each),
        "uptime": age(each.uptime),
        "restarts": f"{each.restarts_recent}/{each.restarts}",
        "db": figures.connections(each),
        "p50/p95": figures.slowest(each.probes),
        "last error": f"{each.last_fault} {time_of_day}".strip(),
    }


def _event(event: EventRecord, columns: int) -> str:
    who = event.service if event.slot is None else f"{event.service}:{event.slot}"
    time = event.time.partition("T")[2][:8]
    return _cut(printable(f"{time} {who or 'usher'} {event.event} {event.detail}"), columns)


def _cut(text: str, columns: int) -> str:
    return fit(text, columns).rstrip()
