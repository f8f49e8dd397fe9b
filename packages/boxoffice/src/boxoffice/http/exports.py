"""A metric whole, as a file: sent while it is read, so that its size costs no memory.

The first part is made before the answer begins: what goes wrong until then is a problem like any
other. Text that a spreadsheet would take for a formula loses that power (OWASP, "CSV injection").

An export keeps a connection to the database until its client has all of it. So few run at once, and
a client that takes nothing any more is given up: pages must not wait for files.
"""

import csv
import io
import logging
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from threading import BoundedSemaphore
from typing import Annotated, Literal

import anyio
from fastapi import Depends, Request
from sqlalchemy import Connection
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from boxoffice.http.answers import attachment, encode, wire_rows
from boxoffice.http.context import Reading
from boxoffice.http.errors import RequestError
from boxoffice.http.xlsx import FORMULA_STARTS, write_xlsx
from boxoffice.metrics.catalogue import Metric
from boxoffice.metrics.readers import (
    Row,
    Selection,
    Value,
    data_as_of,
    is_by_performance,
    stream_metric,
)

Format = Literal["json", "csv", "xlsx"]
Encoding = Literal["utf-8", "cp949"]
Heading = Literal["name", "label"]

MEDIA_TYPES: Mapping[Format, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


_log = logging.getLogger(__name__)

AT_ONCE = 2
"""Exports that one server sends at the same time, of the six connections it has."""
_AGAIN_SECONDS = 5
STALLED_SECONDS = 60.0
"""How long a client may take nothing of what is sent."""


class Exports:
    """The exports of one server."""

    def __init__(self) -> None:
        self._free = BoundedSemaphore(AT_ONCE)

    @contextmanager
    def slot(self) -> Generator[None]:
        """Room for one export; 503 when there is none: nobody waits on a thread for it."""
        if not self._free.acquire(blocking=False):
            raise RequestError(
                503, "too_many_exports", headers={"Retry-After": str(_AGAIN_SECONDS)}
            )
        try:
            yield
        finally:
            self._free.release()


async def exports(request: Request) -> Exports:
    """The exports of the application that answers."""
    held: Exports = request.app.state.exports
    return held


ExportsOf = Annotated[Exports, Depends(exports)]


@dataclass(frozen=True)
class Order:
    """What is to be exported, and as what."""

    metric: Metric
    selection: Selection
    form: Format
    encoding: Encoding
    """Of CSV."""
    meaning: Mapping[str, object]
    """What the metric is: JSON begins with it, like a page."""
    headings: Sequence[str]
    """Of the columns, in the first row of CSV and xlsx."""


def export(exports: Exports, reading: Reading, order: Order) -> "Download":
    """All selected rows of a metric as of the reading's day."""
    charset = f"; charset={order.encoding}" if order.form == "csv" else ""
    return Download(
        _parts(exports, reading, order),
        file_name=f"{order.metric.slug}_{reading.as_of:%Y%m%d}.{order.form}",
        media_type=MEDIA_TYPES[order.form] + charset,
    )


class _StalledError(Exception):
    """A client takes nothing any more, and has not gone either."""


class Download(StreamingResponse):
    """A file that is sent while it is made; ends its transaction however the sending ends."""

    def __init__(
        self,
        parts: Iterator[bytes],
        file_name: str,
        media_type: str,
        stalled_seconds: float = STALLED_SECONDS,
    ) -> None:
        self._parts = parts
        self._name, self._stalled_seconds = file_name, stalled_seconds
        super().__init__(
            chain([next(parts)], parts),
            headers={
                "Content-Type": media_type,
                "Content-Disposition": attachment(file_name),
                "Cache-Control": "private, no-cache",
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a client that goes away or takes nothing any more ends it, too."""

        async def send_in_time(message: Message) -> None:
            with anyio.move_on_after(self._stalled_seconds) as waiting:
                await send(message)
            if waiting.cancelled_caught:
                raise _StalledError

        try:
            await super().__call__(scope, receive, send_in_time)
        except _StalledError:
            # Without its end mark the transfer is no whole file to whoever has the rest.
            seconds = self._stalled_seconds
            _log.warning("cannot finish %s: its client took nothing for %s s", self._name, seconds)
        finally:
            if close := getattr(self._parts, "close", None):
                close()


def _parts(exports: Exports, reading: Reading, order: Order) -> Iterator[bytes]:
    with exports.slot(), reading() as connection:
        batches = stream_metric(connection, order.metric, order.selection)
        match order.form:
            case "json":
                head = {**order.meaning, "asOf": reading.as_of}
                yield from _json(connection, head, order.metric, batches)
            case "csv":
                yield from write_csv(order.headings, _cells(batches), order.encoding)
            case "xlsx":
                yield from write_xlsx(order.metric.slug, order.headings, _cells(batches))


def _cells(batches: Iterable[Sequence[Row]]) -> Iterator[list[list[Value]]]:
    for rows in batches:
        yield [list(row.values()) for row in rows]


def _json(
    connection: Connection,
    head: Mapping[str, object],
    metric: Metric,
    batches: Iterable[Sequence[Row]],
) -> Iterator[bytes]:
    """One object like a page's; which performances are in it is known when all rows are."""
    yield encode(head)[:-1] + b',"items":['
    codes: set[str] | None = set() if is_by_performance(metric) else None
    separator = b""
    for rows in batches:
        if codes is not None:
            codes.update(str(row["performance_code"]) for row in rows)
        yield separator + encode(wire_rows(metric, rows))[1:-1]
        separator = b","
    ages = {age.performance_code: age.latest_record_date for age in data_as_of(connection, codes)}
    yield b"]," + encode({"dataAsOf": ages, "nextCursor": None})[1:]


def write_csv(
    names: Sequence[str], batches: Iterable[Sequence[Sequence[Value]]], encoding: Encoding
) -> Iterator[bytes]:
    """Lines as Excel reads them. UTF-8 begins with a BOM; what cp949 lacks stands as its escape."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff" if encoding == "utf-8" else "")
    writer.writerow(names)
    yield _taken(text, encoding)
    for rows in batches:
        writer.writerows([csv_cell(value) for value in row] for row in rows)
        yield _taken(text, encoding)


def csv_cell(value: Value) -> str:
    """A value as text that no spreadsheet runs."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat(" ")
        case int() | date():
            return str(value)
        case str():
            return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def _taken(text: io.StringIO, encoding: Encoding) -> bytes:
    written = text.getvalue().encode(encoding, "backslashreplace")
    text.seek(0)
    text.truncate()
    return written
