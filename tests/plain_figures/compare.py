"""How rows of a view differ from the rows that are right."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.plain_figures.season import Row, Value

_OF_THE_DATABASE = {"show_sale_id", "snapshot_id", "performance_id", "original_name"}
"""Columns that a plain season cannot know; only `upload_calendar` names files."""
_LEAST_DIGITS = Fraction(1, 10**12)
"""PostgreSQL gives a quotient at least 16 significant digits; two may be divided once more."""


def differences(right: Sequence[Row], got: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for each cell that differs, or for the rows when their number does."""
    if len(right) != len(got):
        return [f"{len(got)} rows, right are {len(right)}"]
    return [
        f"row {number}, {column}: {theirs.get(column)!r}, right is {ours.get(column)!r}"
        for number, (ours, theirs) in enumerate(zip(right, got, strict=True), 1)
        for column in sorted((ours.keys() | theirs.keys()) - (_OF_THE_DATABASE - ours.keys()))
        if column not in ours or column not in theirs or not _same(ours[column], theirs[column])
    ]


def _same(right: Value, got: Value) -> bool:
    if isinstance(right, Fraction):
        if not isinstance(got, int | Decimal):
            return False
        return abs(Fraction(got) - right) <= _LEAST_DIGITS * max(Fraction(1), abs(right))
    return right == got and isinstance(right, bool) == isinstance(got, bool)
