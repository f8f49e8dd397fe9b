"""What the reading process is asked and what it hands over, as bytes.

JSON and never pickle: what was near hostile bytes is not believed. The same bytes keep a reading
between a preview and its commit.
"""

from datetime import date

import msgspec

from boxoffice.workbook.book import Accepted, Expectation, Places, Rejected
from boxoffice.workbook.findings import Finding
from boxoffice.workbook.layout import CONCERT_BOOK, PLAY_BOOK
from boxoffice.workbook.rows import ConcertSales, PlaySales

READING_PROGRAM = "boxoffice.workbook.program"
"""The module to run; the server never imports it."""


class Order(msgspec.Struct, frozen=True):
    """What the process needs to know beside the bytes of the file."""

    extension: str
    is_concert: bool
    record_date: date
    seats_per_show: int | None

    @property
    def expectation(self) -> Expectation:
        """The same as the readers take it."""
        layout = CONCERT_BOOK if self.is_concert else PLAY_BOOK
        return Expectation(layout, self.record_date, self.seats_per_show)


class _Delivered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reading with one field for each variant; one of the first three is filled."""

    play: PlaySales | None = None
    concert: ConcertSales | None = None
    errors: tuple[Finding, ...] = ()
    places: Places = {}
    warnings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def order_as_text(order: Order) -> str:
    """One argument of the command line."""
    return msgspec.json.encode(order).decode()


def read_order(text: str) -> Order:
    """The other way."""
    return msgspec.json.decode(text, type=Order)


def packed(reading: Accepted | Rejected) -> bytes:
    """A reading as bytes."""
    return msgspec.json.encode(_as_delivered(reading))


def unpacked(delivered: bytes) -> Accepted | Rejected:
    """The reading that was packed; `msgspec.DecodeError` for anything else."""
    found = msgspec.json.decode(delivered, type=_Delivered)
    sales = found.play or found.concert
    if sales is None:
        if not found.errors:
            raise msgspec.DecodeError("neither sales nor errors")
        return Rejected(found.errors)
    return Accepted(sales, found.places, found.warnings, found.notes)


def _as_delivered(reading: Accepted | Rejected) -> _Delivered:
    if isinstance(reading, Rejected):
        return _Delivered(errors=reading.errors)
    sales = reading.sales
    play, concert = (sales, None) if isinstance(sales, PlaySales) else (None, sales)
    return _Delivered(play, concert, (), reading.places, reading.warnings, reading.notes)
