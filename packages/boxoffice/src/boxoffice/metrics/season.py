"""The season at a glance: what the first page shows, read from the catalogue's views."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from sqlalchemy import Connection, TextClause, text

Category = Literal["play", "musical", "concert"]


@dataclass(frozen=True, slots=True)
class SeasonTotals:
    """All active performances together; amounts in won."""

    total_amount: int
    target_amount: int
    target_to_date_amount: int
    """Targets of the days up to each performance's own record date."""
    target_to_date_ratio: Decimal | None
    """Sales / targets to date, of the performances that have a target; 1 = all of it."""


@dataclass(frozen=True, slots=True)
class SeasonPerformance:
    """One active performance; amounts in won."""

    performance_code: str
    title: str
    category: Category
    latest_record_date: date | None
    total_amount: int
    target_to_date_amount: int
    target_to_date_ratio: Decimal | None
    paid_occupancy_pct: Decimal | None
    """Plays: mean over the shows. Concerts: tickets sold / seats of all nights."""


@dataclass(frozen=True, slots=True)
class SeasonWeek:
    """Sales and targets up to the Sunday of a week, in won."""

    week_start: date
    running_amount: int
    running_target_amount: int


@dataclass(frozen=True, slots=True)
class Season:
    """One consistent reading."""

    totals: SeasonTotals
    performances: tuple[SeasonPerformance, ...]
    weeks: tuple[SeasonWeek, ...]


def read_season(connection: Connection) -> Season:
    """The active performances as of the transaction's day."""
    totals = connection.execute(_query("season_totals")).one()
    performances = connection.execute(_query("season_performances"))
    weeks = connection.execute(_query("season_weeks"))
    return Season(
        totals=SeasonTotals(*totals),
        performances=tuple(SeasonPerformance(*row) for row in performances),
        weeks=tuple(SeasonWeek(*row) for row in weeks),
    )


@cache
def _query(name: str) -> TextClause:
    return text((files("boxoffice") / "sql" / "queries" / f"{name}.sql").read_text("utf-8"))
