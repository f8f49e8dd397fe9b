"""One frame of `usher monit`: who runs, how much it takes, and what happened last. Pure text."""

from collections.abc import Sequence
from typing import Final

from usher.api.text import age, fit, printable, size
from usher.api.types import EventRecord, InstanceStatus, ServiceStatus

_COLUMNS: Final = (
    ("status", 12),
    ("pid", 8),
    ("cpu", 6),
    ("mem", 8),
    ("uptime", 8),
    ("restarts", 9),
)
_LEAST_NAME: Final = 12
_COLORS: Final = {
    "active": "32",
    "degraded": "33",
    "activating": "33",
    "waiting": "33",
    "deactivating": "33",
    "held": "31",
    "failed": "31",
}


def render(
    services: Sequence[ServiceStatus],
    events: Sequence[EventRecord],
    *,
    columns: int,
    rows: int,
    color: bool,
) -> str:
    """Return at most `rows` lines of at most `columns` columns, the newest events last."""
    name = max(_LEAST_NAME, columns - sum(width + 1 for _, width in _COLUMNS))
    head = " ".join([fit("app", name), *(fit(title, width) for title, width in _COLUMNS)])
    instances = [(service, each) for service in services for each in service.instances]
    room = max(1, rows - 4)  # head, blank line, title of the events, keys
    shown = instances[: max(1, room - min(len(events), room // 3))]
    lines = [_cut(head, columns)]
    lines += [_row(service, each, name, columns, color=color) for service, each in shown]
    if len(shown) < len(instances):
        lines[-1] = f"... and {len(instances) - len(shown) + 1} more: usher list"
    left = rows - len(lines) - 2
    lines += ["", *(_event(event, columns) for event in events[-left:] if left > 0)]
    return "\n".join([*lines[: rows - 1], _cut("q: quit", columns)])


def _row(
    service: ServiceStatus, each: InstanceStatus, name: int, columns: int, *, color: bool
) -> str:
    cells = [
        each.status,
        "-" if each.pid is None else str(each.pid),
        "-" if each.cpu is None else f"{each.cpu:.0f}%",
        size(each.memory),
        age(each.uptime),
        str(each.restarts),
    ]
    many = len(service.instances) > 1
    who = printable(f"{service.name}:{each.slot}" if many else service.name)
    parts = [fit(cell, width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True)]
    line = _cut(" ".join([fit(who, name), *parts]), columns)
    code = _COLORS.get(each.status, "")
    return f"\x1b[{code}m{line}\x1b[0m" if color and code else line


def _event(event: EventRecord, columns: int) -> str:
    who = event.service if event.slot is None else f"{event.service}:{event.slot}"
    time = event.time.partition("T")[2][:8]
    return _cut(printable(f"{time} {who or 'usher'} {event.event} {event.detail}"), columns)


def _cut(text: str, columns: int) -> str:
    return fit(text, columns).rstrip()
