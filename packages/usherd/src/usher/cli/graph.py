"""usher graph: memory, processor time and answers of apps over time, as small pictures."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from usher.api.exit_codes import ExitCode
from usher.api.metrics import InstanceSeries, SeriesPoint
from usher.api.text import printable
from usher.cli.command import client_of, seconds
from usher.cli.console import Console

_USUAL: Final = 3600.0
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_PLAIN: Final = ".:-=+*%#"
"""For terminals that know no others."""
_LEAST: Final = 20
_MOST: Final = 72
"""Columns of a picture."""
_BESIDE: Final = 50
"""Columns for what stands before and behind it."""
_NAME: Final = 12


class Row(NamedTuple):
    """What is drawn of a series."""

    name: str
    value: Callable[[SeriesPoint], float | None]
    """None: not seen in this step."""
    shown: Callable[[float], str]


def configure(parser: ArgumentParser) -> None:
    """Take apps and how far to look back."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="apps (all)")
    parser.add_argument(
        "--since",
        type=seconds,
        default=_USUAL,
        metavar="TIME",
        help="how far to look back, up to 24h (1h)",
    )


def run(options: Namespace, console: Console) -> int:
    """Draw a picture for each instance that was measured."""
    end = datetime.now().astimezone()
    begin = end.timestamp() - options.since
    found = client_of(options).series(options.names, since=begin)
    if console.json:
        console.data({"series": found, "exit_code": 0})
        return ExitCode.OK
    drawn = [series for series in found if series.points]
    begin = max(begin, min((series.points[0].at for series in drawn), default=begin))
    for series in drawn:
        name = printable(f"{series.service}:{series.slot}")
        first = datetime.fromtimestamp(begin).astimezone()
        times = f"{first:%m-%d %H:%M} to {end:%m-%d %H:%M}"
        console.print(f"{console.paint(name, 'bold')}  {console.paint(times, 'dim')}")
        columns = max(_LEAST, min(_MOST, console.columns - _BESIDE))
        for line in picture(series, begin, end.timestamp(), columns, blocks=_blocks()):
            console.print(line)
    if not drawn:
        console.print(
            "nothing was measured: an app is while it has a probe, a limit of memory, or `sample`"
        )
    return ExitCode.OK


def _blocks() -> str:
    return _BLOCKS if "utf" in (sys.stdout.encoding or "").lower() else _PLAIN


def picture(
    series: InstanceSeries, begin: float, end: float, columns: int, *, blocks: str
) -> Iterator[str]:
    """Draw the rows of which something is known."""
    for row in _ROWS:
        values = [(point.at, row.value(point)) for point in series.points]
        seen = [(at, value) for at, value in values if value is not None]
        if seen:
            yield _row(row, seen, _cells(seen, begin, end, columns), blocks)
    restarts = sum(point.restarts for point in series.points)
    if restarts:
        marks = [(point.at, float(point.restarts)) for point in series.points if point.restarts]
        drawn = "".join(" " if cell is None else "!" for cell in _cells(marks, begin, end, columns))
        yield f"{'restarts':<{_NAME}} {drawn}  {restarts}"
    failed, asked = (
        sum(point.probes_failed for point in series.points),
        sum(point.probes for point in series.points),
    )
    if failed:
        yield f"{'':<{_NAME}} {failed} of {asked} answers of probes failed"


def _row(
    row: Row, seen: Sequence[tuple[float, float]], cells: Sequence[float | None], blocks: str
) -> str:
    """One line: name, picture, and the figures that give it a scale."""
    values = [value for _, value in seen]
    low, high = min(values), max(values)
    drawn = "".join(" " if cell is None else _block(cell, high, blocks) for cell in cells)
    scale = f"{row.shown(low)} to {row.shown(high)}, last {row.shown(values[-1])}"
    return f"{row.name:<{_NAME}} {drawn}  {scale}"


def _block(value: float, high: float, blocks: str) -> str:
    """The height that a value has, from 0: a picture that begins higher exaggerates."""
    share = value / high if high > 0 else 0.0
    return blocks[min(len(blocks) - 1, int(share * len(blocks)))]


def _cells(
    seen: Sequence[tuple[float, float]], begin: float, end: float, columns: int
) -> list[float | None]:
    """The greatest value of each column's time; None where nothing was seen."""
    cells: list[float | None] = [None] * columns
    for at, value in seen:
        place = min(columns - 1, max(0, int((at - begin) * columns / (end - begin))))
        known = cells[place]
        cells[place] = value if known is None else max(known, value)
    return cells


def _bytes(value: float) -> str:
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:.0f} MiB"


def _latency(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _memory(point: SeriesPoint) -> float | None:
    return point.memory or None


def _cpu(point: SeriesPoint) -> float | None:
    return point.cpu if point.memory else None


def _descriptors(point: SeriesPoint) -> float | None:
    return point.descriptors or None


def _answers(point: SeriesPoint) -> float | None:
    return point.probe_seconds if point.probes else None


_ROWS: Final = (
    Row("memory", _memory, _bytes),
    Row("cpu", _cpu, "{:.0f} %".format),
    Row("descriptors", _descriptors, "{:.0f}".format),
    Row("answers", _answers, _latency),
)
