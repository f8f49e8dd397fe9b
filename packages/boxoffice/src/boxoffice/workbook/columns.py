"""Which column of a sheet is which: the markers of the marker row."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from boxoffice.workbook.cells import Sheet, Text
from boxoffice.workbook.findings import Code, Finding, Findings, quoted
from boxoffice.workbook.layout import (
    CAST_PREFIX,
    DATE_MARKER,
    MARKER_PREFIX,
    SEAT_PREFIX,
    SheetLayout,
)
from boxoffice.workbook.seats import SeatClass

_TOTALS = frozenset({"tot", "sales"})
"""Endings of seat markers that are no class."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Absolute column numbers of one sheet, counted from 1."""

    required: Mapping[str, int]
    """Required markers that are there exactly once."""
    families: Mapping[str, Mapping[SeatClass, int]]
    """Prefix -> class -> column; a family with a column of unknown class is left out of
    `complete_families`, because its classes cannot add up to the total."""
    complete_families: frozenset[str]
    cast: tuple[int, ...]
    markers: Mapping[str, int]
    """Every marker whose column is read."""

    @property
    def date(self) -> int | None:
        """The column of dates: without it no row can be read."""
        return self.required.get(DATE_MARKER)

    @property
    def others(self) -> frozenset[int]:
        """All columns that are read, but for the dates."""
        return frozenset(self.markers.values()) - {self.date}


def normalised(name: str) -> str:
    """A sheet name or marker as it is compared."""
    return unicodedata.normalize("NFC", name).strip().lower()


def find_columns(sheet: Sheet, layout: SheetLayout, found: Findings) -> Columns | None:
    """Read the marker row; what is missing or doubled goes to `found`. None: no marker at all."""
    places = _places(sheet, layout, found)
    if not places:
        found.errors.append(Finding(Code.MARKERS_MISSING, layout.name, row=sheet.marker_row))
        return None
    for marker, columns in places.items():
        if len(columns) > 1:
            cells = ", ".join(sheet.address(sheet.marker_row, column) for column in columns)
            words = {"cells": cells, "thing": "열이"}
            found.errors.append(
                Finding(Code.MARKER_DUPLICATE, layout.name, cells, marker, sheet.marker_row, words)
            )
    single = {marker: columns[0] for marker, columns in places.items() if len(columns) == 1}
    cast = {m: column for m, column in single.items() if layout.has_cast and CAST_PREFIX in m}
    missing = [marker for marker in layout.required if marker not in places]
    if layout.has_cast and not any(CAST_PREFIX in marker for marker in places):
        missing.append(CAST_PREFIX)
    found.errors.extend(Finding(Code.MARKER_MISSING, layout.name, value=m) for m in missing)
    unknown = _unknown_classes(sheet, layout, places, found)
    required = {m: single[m] for m in layout.required if m in single}
    families = {f: _classes(f, layout.classes, single) for f in layout.families}
    by_class = {f + c: column for f, columns in families.items() for c, column in columns.items()}
    return Columns(
        required=required,
        families=families,
        complete_families=frozenset(
            f for f in families if families[f] and not any(m.startswith(f) for m in unknown)
        ),
        cast=tuple(cast.values()),
        markers={**required, **by_class, **cast},
    )


def _places(sheet: Sheet, layout: SheetLayout, found: Findings) -> dict[str, list[int]]:
    """Marker -> columns, left to right."""
    places: dict[str, list[int]] = {}
    for column, cell in sorted(sheet.rows.get(sheet.marker_row, {}).items()):
        if not isinstance(cell, Text):
            continue
        marker = normalised(cell.value)
        if not marker.startswith(MARKER_PREFIX):
            continue
        places.setdefault(marker, []).append(column)
        if marker != cell.value:
            cell_name = sheet.address(sheet.marker_row, column)
            found.notes.append(renamed(layout.name, cell_name, cell.value, marker))
    return places


def renamed(sheet: str, cell: str, name: str, meant: str) -> Finding:
    """The note that a name was read although it is not written exactly."""
    words = {"expected": quoted(meant)}
    return Finding(Code.NAME_NORMALISED, sheet, cell, quoted(name), parameters=words)


def _classes(
    family: str, classes: frozenset[SeatClass], single: Mapping[str, int]
) -> dict[SeatClass, int]:
    return {c: single[family + c] for c in SeatClass if c in classes and family + c in single}


def _unknown_classes(
    sheet: Sheet, layout: SheetLayout, places: Mapping[str, list[int]], found: Findings
) -> list[str]:
    """Seat markers whose class is none of this kind of performance; each is a warning."""
    unknown = [marker for marker in places if _unknown_class(marker, layout) is not None]
    for marker in unknown:
        cell = sheet.address(sheet.marker_row, places[marker][0])
        value = quoted(_unknown_class(marker, layout) or "")
        found.warnings.append(
            Finding(Code.UNKNOWN_SEAT_CLASS, layout.name, cell, value, sheet.marker_row)
        )
    return unknown


def _unknown_class(marker: str, layout: SheetLayout) -> str | None:
    """`standing` of `dash_seat_paid_standing`; None for a known class or no class at all."""
    if not marker.startswith(SEAT_PREFIX):
        return None
    ending = marker.removeprefix(SEAT_PREFIX).partition("_")[2]
    return None if ending in _TOTALS or ending in layout.classes else ending
