"""The text of `usher list`: pure, so that the command line need only print the bytes."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from usher.api.text import age, counted, fit, printable, size, width
from usher.api.types import InstanceStatus, RemoteStatus, ServiceStatus

EMPTY: Final = "No services. `usher start` in a folder with an usher.toml starts them.\n"

_COLORS: Final = {
    "active": "32",
    "degraded": "33",
    "activating": "33",
    "waiting": "33",
    "deactivating": "33",
    "held": "31",
    "failed": "31",
    "inactive": "2",
    "up": "32",
    "waking": "33",
    "recovering": "33",
    "unproved": "33",
    "down": "31",
}
_LEFT: Final = ("NAME", "STATUS", "REMOTE")
_RIGHT: Final = ("READY", "PID", "UPTIME", "RESTARTS", "CPU", "MEMORY")
_NAME_LIMIT: Final = 32
_NAME_FLOOR: Final = 8

_OPTIONAL: Final = ("CPU", "MEMORY", "RESTARTS", "UPTIME", "PID")
"""Columns that give way, in this order, when the terminal is narrow."""


class _Row(NamedTuple):
    """One line: cells by column, or a sentence under the line before it."""

    cells: dict[str, str]
    status: str
    sentence: str = ""


def render(
    services: Sequence[ServiceStatus],
    remotes: Sequence[RemoteStatus] = (),
    *,
    columns: int,
    color: bool,
) -> str:
    """Render the tables; no line is wider than `columns`, unless that is under 30."""
    if not (services or remotes):
        return EMPTY
    tables = [
        *([_services(services, columns=columns, color=color)] if services else ()),
        *([_remotes(remotes, columns=columns, color=color)] if remotes else ()),
    ]
    return "\n".join(tables)


def _services(services: Sequence[ServiceStatus], *, columns: int, color: bool) -> str:
    rows = [row for service in services for row in _rows(service)]
    heads = _chosen_columns(rows, columns)
    widths = {
        head: max(width(head), *(width(r.cells.get(head, "")) for r in rows)) for head in heads
    }
    spare = columns - sum(widths.values()) - 2 * (len(heads) - 1)
    widths["NAME"] = max(_NAME_FLOOR, min(_NAME_LIMIT, widths["NAME"], widths["NAME"] + spare))
    return _written(rows, heads, widths, columns=columns, color=color)


def _written(
    rows: Sequence[_Row],
    heads: list[str],
    widths: dict[str, int],
    *,
    columns: int,
    color: bool,
) -> str:
    lines = [_bold(_line(dict(zip(heads, heads, strict=True)), heads, widths, ""), color)]
    for row in rows:
        if row.sentence:
            lines.append(_dim("  " + fit(row.sentence, max(28, columns - 2)).rstrip(), color))
        else:
            shade = _COLORS.get(row.status, "") if color else ""
            lines.append(_line(row.cells, heads, widths, shade))
    return "\n".join(lines) + "\n"


def _remotes(remotes: Sequence[RemoteStatus], *, columns: int, color: bool) -> str:
    """What is watched and not run: how many of its probes pass, and since when it is so."""
    heads = ["REMOTE", "STATUS", "PROBES", "SINCE"]
    rows: list[_Row] = []
    for each in remotes:
        passing = sum(probe.ok is True and not probe.failing for probe in each.probes)
        cells = {
            "REMOTE": printable(each.name),
            "STATUS": each.status,
            "PROBES": f"{passing}/{len(each.probes)}",
            "SINCE": age(each.since),
        }
        rows.append(_Row(cells, each.status))
        if each.detail:
            rows.append(_Row({}, each.status, printable(each.detail)))
    widths = {
        head: max(width(head), *(width(r.cells.get(head, "")) for r in rows)) for head in heads
    }
    widths["REMOTE"] = min(_NAME_LIMIT, widths["REMOTE"])
    return _written(rows, heads, widths, columns=columns, color=color)


def _rows(service: ServiceStatus) -> list[_Row]:
    """Rows of a service: one when it has one instance, else one more for each."""
    name = printable(service.name)
    head = {"NAME": name, **_state_cells(service)}
    alone = service.instances[0] if len(service.instances) == 1 else None
    rows = [_Row(head | (_process_cells(alone) if alone else {}), service.status)]
    for instance in () if alone else service.instances:
        cells = {"NAME": f"  {name}:{instance.slot}", "STATUS": instance.status}
        rows.append(_Row(cells | _process_cells(instance), instance.status))
    if service.detail and service.status not in ("active", "inactive"):
        rows.append(_Row({}, service.status, printable(service.detail)))
    if service.env_drift:
        said = (
            f"env drift: {counted(len(service.env_drift), 'variable')} (usher env {name} --sources)"
        )
        rows.append(_Row({}, service.status, said))
    return rows


def _state_cells(service: ServiceStatus) -> dict[str, str]:
    """A job that ended well is inactive like any other, but people ask whether it was done."""
    ended = [instance.phase == "exited" for instance in service.instances]
    if service.kind == "job" and ended and all(ended):
        return {"STATUS": "completed", "READY": "-"}
    return {"STATUS": service.status, "READY": f"{service.ready}/{service.instances_wanted}"}


def _process_cells(instance: InstanceStatus) -> dict[str, str]:
    return {
        "PID": "-" if instance.pid is None else str(instance.pid),
        "UPTIME": age(instance.uptime),
        "RESTARTS": str(instance.restarts),
        "CPU": "-" if instance.cpu is None else f"{instance.cpu:.0f}%",
        "MEMORY": size(instance.memory),
    }


def _chosen_columns(rows: Sequence[_Row], columns: int) -> list[str]:
    """Drop columns until the rest fits with a name cut to its floor."""
    heads = [*_LEFT[:2], *_RIGHT]
    for victim in (*_OPTIONAL, ""):
        need = sum(
            _NAME_FLOOR
            if head == "NAME"
            else max(width(head), *(width(row.cells.get(head, "")) for row in rows))
            for head in heads
        )
        if need + 2 * (len(heads) - 1) <= columns or not victim:
            break
        heads.remove(victim)
    return heads


def _line(cells: dict[str, str], heads: list[str], widths: dict[str, int], shade: str) -> str:
    parts: list[str] = []
    for head in heads:
        text = cells.get(head, "")
        if head in _LEFT:
            text = fit(text, widths[head])
        else:
            text = " " * (widths[head] - width(text)) + text
        parts.append(f"\x1b[{shade}m{text}\x1b[0m" if head == "STATUS" and shade else text)
    return "  ".join(parts).rstrip()


def _bold(text: str, color: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if color else text


def _dim(text: str, color: bool) -> str:
    return f"\x1b[2m{text}\x1b[0m" if color else text
