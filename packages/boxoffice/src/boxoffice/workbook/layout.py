"""How the sheets of both kinds of workbook are laid out, as data.

Markers stand in one row above the data and name the columns; nothing else about a column matters,
not its place and not its heading. The meaning: days count by the day of the sale, shows by the
show; their sums differ legitimately (a day counts deposited money, a show also what is reserved).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from boxoffice.workbook.seats import CONCERT_CLASSES, PLAY_CLASSES, SeatClass

MARKER_PREFIX = "dash_"
SEAT_PREFIX = "dash_seat_"
CAST_PREFIX = "dash_cast"
DATE_MARKER = "dash_date"
TIME_MARKER = "dash_time"


class Kind(Enum):
    """What the cells of a column are read as."""

    DATE = auto()
    TIME = auto()
    WHOLE = auto()
    SHARE = auto()
    CAST = auto()


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One sheet: its expected name and the columns that are read."""

    name: str
    required: Mapping[str, Kind]
    """Markers that must be there, in the order in which missing ones are named."""
    families: tuple[str, ...]
    """Prefixes of the columns by seat class; each belongs to the total `<prefix>tot`."""
    classes: frozenset[SeatClass]
    has_cast: bool = False
    """At least one marker contains `dash_cast`; all of them, left to right, are the cast."""
    ends_at_record_date: bool = False
    """Rows after the record date do not exist (sales cannot be known before they happen)."""
    blank_class_is_zero: bool = False
    """A blank cell in a column by class counts as 0; otherwise it stays unknown."""


@dataclass(frozen=True, slots=True)
class BookLayout:
    """The two sheets of a workbook."""

    title: tuple[str, str]
    """What it is the layout of, in Korean and English."""
    daily: SheetLayout
    shows: SheetLayout

    @property
    def sheet_names(self) -> tuple[str, str]:
        """Expected names, days first."""
        return self.daily.name, self.shows.name


def _whole(*markers: str) -> dict[str, Kind]:
    return dict.fromkeys(markers, Kind.WHOLE)


_PLAY_SHOW_MARKERS = {
    DATE_MARKER: Kind.DATE,
    TIME_MARKER: Kind.TIME,
    **_whole("dash_seat_paid_tot", "dash_seat_paid_sales", "dash_seat_invite_tot"),
    "dash_share_deposit": Kind.SHARE,
    "dash_share_paid": Kind.SHARE,
    "dash_share_free": Kind.SHARE,
}

PLAY_BOOK = BookLayout(
    title=("연극·뮤지컬", "a play or musical"),
    daily=SheetLayout(
        name="Daily",
        required=MappingProxyType(
            {DATE_MARKER: Kind.DATE, **_whole("dash_seat_deposit_tot", "dash_seat_deposit_sales")}
        ),
        families=("dash_seat_deposit_",),
        classes=PLAY_CLASSES,
        ends_at_record_date=True,
    ),
    shows=SheetLayout(
        name="회차별판매",
        required=MappingProxyType(_PLAY_SHOW_MARKERS),
        families=("dash_seat_paid_", "dash_seat_invite_"),
        classes=PLAY_CLASSES,
        has_cast=True,
    ),
)

CONCERT_BOOK = BookLayout(
    title=("콘서트", "a concert"),
    daily=SheetLayout(
        name="일일 판매",
        required=MappingProxyType(
            {
                DATE_MARKER: Kind.DATE,
                **_whole("dash_seat_paid_tot", "dash_seat_paid_sales", "dash_seat_invite_tot"),
            }
        ),
        families=(),
        classes=CONCERT_CLASSES,
        ends_at_record_date=True,
    ),
    shows=SheetLayout(
        name="Seat details",
        required=MappingProxyType(
            {
                DATE_MARKER: Kind.DATE,
                TIME_MARKER: Kind.TIME,
                **_whole("dash_seat_paid_tot", "dash_seat_invite_tot"),
            }
        ),
        families=("dash_seat_paid_", "dash_seat_invite_"),
        classes=CONCERT_CLASSES,
        blank_class_is_zero=True,
    ),
)


def other_layout(layout: BookLayout) -> BookLayout:
    """The layout of the other kind, to tell people that they sent the wrong file."""
    return PLAY_BOOK if layout is CONCERT_BOOK else CONCERT_BOOK
