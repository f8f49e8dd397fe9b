"""The seasons of `tests.plain_figures` in a database, and small seasons of one's own.

Rows are written straight into the tables: what the views make of them is what is tested here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

import pytest
from sqlalchemy import Connection, Engine, Table, insert, select
from tests.plain_figures.appendix import SEASON as APPENDIX
from tests.plain_figures.corner import SEASON as CORNER
from tests.plain_figures.plays_by_show import PLAY_CLASSES
from tests.plain_figures.season import (
    CONCERT_CLASSES,
    Day,
    Performance,
    Season,
    Show,
    Snapshot,
)

from boxoffice.db import tables
from boxoffice.db.engine import create_engine
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.metrics.catalogue import find
from boxoffice.metrics.readers import Row, read_metric

YEAR = 2025
FILE = "0" * 64


def day(text: str) -> date:
    """`07-08` of 2025, or a whole date."""
    return date.fromisoformat(text if len(text) == 10 else f"{YEAR}-{text}")


def moment(text: str) -> datetime:
    """`07-08 19:30` of 2025."""
    return datetime.fromisoformat(text if len(text) > 11 else f"{YEAR}-{text}")


@dataclass(frozen=True)
class Stage:
    """Writes rows with as few words as a test can bear, and reads metrics."""

    connection: Connection
    codes: dict[str, int] = field(default_factory=dict)

    def performance(self, code: str, category: str = "play", **values: Any) -> None:
        """`concert_seats_<class>` among the values are the seats of one show of that class."""
        prefix = "concert_seats_"
        seats = {k.removeprefix(prefix): values.pop(k) for k in list(values) if prefix in k}
        row = {
            "code": code,
            "category": category,
            "title": f"제목 {code}",
            "show_start_date": day("06-01"),
            "show_end_date": day("07-31"),
            **values,
        }
        self.codes[code] = self._insert(tables.performance, row)
        for name, count in seats.items():
            row = {"performance_id": self.codes[code], "seat_class": name, "seats_per_show": count}
            self.connection.execute(insert(tables.seat_class).values(row))

    def snapshot(
        self,
        code: str,
        record_date: str,
        *,
        days: Sequence[Sequence[Any]] = (),
        shows: Sequence[Sequence[Any]] = (),
        status: str = "active",
    ) -> None:
        """Plays: days (date, amount, seats), shows (moment, cast, amount, paid, invited, shares).

        Concerts: days (date, amount, paid, invited), shows (moment, R, S, A, B, VIP, total,
        invited, and how many of those in class R where the sheet says it).
        """
        header = {
            "performance_id": self.codes[code],
            "record_date": day(record_date),
            "status": status,
            "original_name": f"{record_date}_{code}_x.xlsx",
            "sha256": FILE,
            "uploaded_by": "system",
        }
        snapshot_id = self._insert(tables.snapshot, header)
        concert = any(len(row) == 4 for row in days) or any(len(row) >= 8 for row in shows)
        daily = _concert_day if concert else _play_day
        nightly = _concert_show if concert else _play_show
        for table, row in [daily(row) for row in days] + [nightly(row) for row in shows]:
            self.connection.execute(
                insert(table), {"snapshot_id": snapshot_id, "source_row": 3, **row}
            )

    def targets(self, code: str, amounts: Mapping[str, int]) -> None:
        rows = [
            {"performance_id": self.codes[code], "target_date": day(at), "target_amount": amount}
            for at, amount in amounts.items()
        ]
        self.connection.execute(insert(tables.daily_target), rows)

    def marketing(self, code: str, number: int, start: str, end: str, *texts: str | None) -> None:
        names = ("sales_marketing", "promotion", "other_notes")
        row = {
            "performance_id": self.codes[code],
            "week_number": number,
            "week_start_date": day(start),
            "week_end_date": day(end),
            **dict(zip(names, texts, strict=False)),
        }
        self.connection.execute(insert(tables.marketing_week), row)

    def note(self, year: int, month: int, note: str | None) -> None:
        self.connection.execute(
            insert(tables.month_note), {"year": year, "month": month, "note": note}
        )

    def season(self, season: Season) -> None:
        """Write a whole season."""
        for performance in season.performances:
            self._whole(performance)
        for (year, month), note in season.notes.items():
            self.note(year, month, note)

    def _whole(self, given: Performance) -> None:
        self.performance(
            given.code,
            given.category,
            title=given.title,
            is_active=given.is_active,
            venue=given.venue,
            show_start_date=given.show_start,
            show_end_date=given.show_end,
            sale_start_date=given.sale_start,
            sale_end_date=given.sale_end,
            target_occupancy_pct=given.target_pct,
            break_even_amount=given.break_even,
            seats_per_show=given.seats,
            **{f"concert_seats_{name}": seats for name, seats in given.class_seats.items()},
        )
        for snapshot in given.snapshots:
            self.snapshot_of(given, snapshot)
        if given.targets:
            self.targets(given.code, {str(at): amount for at, amount in given.targets.items()})
        for plan in given.plans:
            dates = str(plan.start), str(plan.end)
            self.marketing(given.code, plan.number, *dates, *plan.texts.values())

    def snapshot_of(self, performance: Performance, given: Snapshot) -> None:
        """Write one whole snapshot."""
        header = {
            "performance_id": self.codes[performance.code],
            "record_date": given.record_date,
            "status": given.status,
            "original_name": f"{given.record_date:%Y%m%d}_{performance.code}_x.xlsx",
            "sha256": FILE,
            "uploaded_by": "system",
        }
        snapshot_id = self._insert(tables.snapshot, header)
        kind = "concert" if performance.is_concert else "play"
        for table, rows in (
            (f"{kind}_daily_sale", [_day_row(kind, day) for day in given.days]),
            (f"{kind}_show_sale", [_show_row(kind, show) for show in given.shows]),
        ):
            stored = [{"snapshot_id": snapshot_id, "source_row": 3, **row} for row in rows]
            if stored:
                self.connection.execute(insert(getattr(tables, table)), stored)

    def _insert(self, table: Table, row: Mapping[str, Any]) -> int:
        return self.connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()


def _day_row(kind: str, day: Day) -> dict[str, Any]:
    row = {"sales_date": day.date, "amount": day.amount}
    if kind == "play":
        return {**row, "seats": day.seats}
    return {**row, "paid_seats": day.seats, "invited_seats": day.invited}


def _show_row(kind: str, show: Show) -> dict[str, Any]:
    """A class the workbook has no column for is NULL."""
    row = {"show_at": show.at, "paid_seats": show.paid, "invited_seats": show.invited}
    if kind == "concert":
        names = [f"{who}_seats_{c}" for who in ("paid", "invited") for c in CONCERT_CLASSES]
        return {**row, **{name: show.classes.get(name) for name in names}}
    names = [f"{who}_{name}" for who in ("paid", "invited") for name in PLAY_CLASSES]
    return {
        **row,
        **{name: show.classes.get(name) for name in names},
        "cast_members": list(show.cast),
        "paid_amount": show.amount,
        "deposit_occupancy_pct": show.deposit_pct,
        "paid_occupancy_pct": show.paid_pct,
        "free_occupancy_pct": show.free_pct,
    }


def _play_day(row: Sequence[Any]) -> tuple[Table, dict[str, Any]]:
    at, amount, seats = row
    return tables.play_daily_sale, {"sales_date": day(at), "amount": amount, "seats": seats}


def _play_show(row: Sequence[Any]) -> tuple[Table, dict[str, Any]]:
    at, cast, amount, paid, invited, shares = row
    deposit, paid_share, free = (Decimal(part) for part in shares.split("/"))
    return tables.play_show_sale, {
        "show_at": moment(at),
        "cast_members": cast.split(","),
        "paid_amount": amount,
        "paid_seats": paid,
        "invited_seats": invited,
        "deposit_occupancy_pct": deposit,
        "paid_occupancy_pct": paid_share,
        "free_occupancy_pct": free,
    }


def _concert_day(row: Sequence[Any]) -> tuple[Table, dict[str, Any]]:
    at, amount, paid, invited = row
    return tables.concert_daily_sale, {
        "sales_date": day(at),
        "amount": amount,
        "paid_seats": paid,
        "invited_seats": invited,
    }


def _concert_show(row: Sequence[Any]) -> tuple[Table, dict[str, Any]]:
    at, r, s, a, b, vip, total, invited, *invited_r = row
    classes = {"r": r, "s": s, "a": a, "b": b, "vip": vip}
    return tables.concert_show_sale, {
        "show_at": moment(at),
        **{f"paid_seats_{name}": seats for name, seats in classes.items()},
        "paid_seats": total,
        "invited_seats": invited,
        "invited_seats_r": invited_r[0] if invited_r else None,
    }


class Server(Protocol):
    """What the fixture `server` offers and this file needs."""

    def database(self, template: str = ...) -> Any: ...


def on_stage(connection: Connection) -> Stage:
    """A stage in the caller's transaction."""
    if connection.execute(select(tables.stored_file.c.sha256)).first() is None:
        file = {"sha256": FILE, "size_bytes": 1, "content": b"x"}
        connection.execute(insert(tables.stored_file), file)
    return Stage(connection)


@pytest.fixture(scope="session")
def new_stage() -> Callable[[Connection], Stage]:
    """Call it with a connection of one's own."""
    return on_stage


@contextmanager
def staged(engine: Engine) -> Iterator[Stage]:
    """A stage whose rows are committed at the end."""
    with transaction(engine, actor=SYSTEM) as connection:
        yield on_stage(connection)


@pytest.fixture
def stage(engine: Engine) -> Callable[[], Any]:
    """Call it in a `with` to write rows."""
    return lambda: staged(engine)


Figures = Callable[..., list[Row]]


def figures_of(engine: Engine) -> Figures:
    """Reads all rows of a metric as of a day."""

    def read(slug: str, as_of: str = "07-09") -> list[Row]:
        with transaction(engine, actor=SYSTEM, as_of=day(as_of), read_only=True) as connection:
            return read_metric(connection, find(slug))

    return read


@pytest.fixture
def figures(engine: Engine) -> Figures:
    """`figures(slug, as_of)`: rows of this test's own database."""
    return figures_of(engine)


@contextmanager
def database_of(server: Server, template: str, season: Season) -> Iterator[Engine]:
    """A database of its own that holds a whole season."""
    with server.database(template) as url:
        engine = create_engine(url)
        with staged(engine) as stage:
            stage.season(season)
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def empty_engine(server: Server, template_database: str) -> Iterator[Engine]:
    """A database without any data."""
    with database_of(server, template_database, Season()) as engine:
        yield engine


@pytest.fixture(scope="session")
def nothing(empty_engine: Engine) -> Figures:
    """`nothing(slug)`: rows of a database without any data."""
    return figures_of(empty_engine)


@pytest.fixture(scope="session")
def appendix_engine(server: Server, template_database: str) -> Iterator[Engine]:
    """The database of the appendix's season."""
    with database_of(server, template_database, APPENDIX) as engine:
        yield engine


@pytest.fixture(scope="session")
def appendix(appendix_engine: Engine) -> Figures:
    """`appendix(slug)`: rows of the appendix's season, as of 2025-07-09."""
    return figures_of(appendix_engine)


@pytest.fixture(scope="session")
def corner_engine(server: Server, template_database: str) -> Iterator[Engine]:
    """The database of the corner season."""
    with database_of(server, template_database, CORNER) as engine:
        yield engine


@pytest.fixture(scope="session")
def corner(corner_engine: Engine) -> Figures:
    """`corner(slug, as_of)`: rows of the corner season."""
    return figures_of(corner_engine)
