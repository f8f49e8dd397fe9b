"""The invented season of the specification's appendix, and small seasons of one's own.

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

    def _insert(self, table: Table, row: Mapping[str, Any]) -> int:
        return self.connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()


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


@pytest.fixture(scope="session")
def nothing(server: Server, template_database: str) -> Iterator[Figures]:
    """`nothing(slug)`: rows of a database without any data."""
    with server.database(template_database) as url:
        engine = create_engine(url)
        yield figures_of(engine)
        engine.dispose()


@pytest.fixture(scope="session")
def appendix(server: Server, template_database: str) -> Iterator[Figures]:
    """`appendix(slug)`: rows of the appendix's season, as of 2025-07-09."""
    with server.database(template_database) as url:
        engine = create_engine(url)
        with staged(engine) as stage:
            _appendix_plays(stage)
            _appendix_concerts(stage)
        yield figures_of(engine)
        engine.dispose()


def _appendix_plays(stage: Stage) -> None:
    play = {"show_start_date": day("04-01"), "show_end_date": day("12-31")}
    stage.performance(
        "P1", title="가나다", target_occupancy_pct=60, break_even_amount=30_000_000,
        seats_per_show=100, sale_start_date=day("06-20"), sale_end_date=day("07-20"), **play,
    )  # fmt: skip
    stage.performance("P2", "musical", title="라마바", seats_per_show=200, **play)
    stage.performance(
        "P3", title="종료극", is_active=False, target_occupancy_pct=50, break_even_amount=1000,
        seats_per_show=100, **play,
    )  # fmt: skip
    stage.performance(
        "P4", "musical", title="신작", target_occupancy_pct=Decimal("50.5"),
        break_even_amount=1000, seats_per_show=0, **play,
    )  # fmt: skip
    first = [("06-24", 1_000_000, 20), ("06-29", 500_000, 10), ("06-30", 700_000, 14)]
    stage.snapshot(
        "P1",
        "07-01",
        days=first,
        shows=[
            ("07-01 19:30", "김,이", 2_500_000, 50, 5, "50/50/5"),
            ("07-05 15:00", "김,박", 1_000_000, 20, 10, "20/20/10"),
        ],
    )
    stage.snapshot("P1", "07-08", status="deleted")
    stage.snapshot(
        "P1",
        "07-08",
        days=[
            *first,
            ("07-05", 1_200_000, 24),
            ("07-06", 300_000, 6),
            ("07-07", 900_000, 18),
            ("07-08", 400_000, 8),
        ],
        shows=[
            ("07-01 19:30", "김,이", 3_000_001, 60, 5, "55/60/5"),
            ("07-05 15:00", "김,박", 2_000_000, 40, 10, "38/40/10"),
            ("07-08 19:30", "김,이", 1_500_000, 30, 2, "28/30/2"),
            ("07-09 19:30", "김,박", 0, 0, 0, "0/0/0"),
            ("07-10 19:30", "김,이", 800_000, 16, 4, "15/16/4"),
            ("07-16 19:30", "이,김", 500_000, 10, 0, "9/10/0"),
            ("07-20 15:00", "김,박", 250_000, 5, 0, "4/5/0"),
        ],
    )
    stage.snapshot(
        "P2",
        "07-08",
        days=[("05-20", 3_000_000, 40), ("06-30", 2_000_000, 30), ("07-07", 0, 0)],
        shows=[
            ("07-03 20:00", "최", 9_000_000, 140, 10, "65/70/5"),
            ("07-10 20:00", "최", 10_000_000, 150, 20, "70/75/10"),
        ],
    )
    stage.snapshot(
        "P3",
        "05-31",
        days=[("04-30", 1_000_000, 20), ("05-10", 8_000_000, 160), ("05-31", 2_000_000, 40)],
        shows=[("05-10 15:00", "한", 8_000_000, 80, 0, "80/80/0")],
    )
    stage.targets(
        "P1",
        {
            "06-30": 800_000,
            "07-01": 800_000,
            "07-05": 1_000_000,
            "07-06": 1_000_000,
            "07-08": 500_000,
        },
    )
    _appendix_marketing(stage, "P1", ("라디오", "1+1"), ("SNS", None))
    stage.note(2025, 6, "6월 메모")
    stage.note(2025, 7, None)


def _appendix_concerts(stage: Stage) -> None:
    stage.performance(
        "C1", "concert", title="콘A", sale_start_date=day("06-20"), sale_end_date=day("07-20"),
        target_occupancy_pct=80, break_even_amount=50_000_000,
        concert_seats_r=300, concert_seats_s=200, concert_seats_a=100, concert_seats_b=50,
    )  # fmt: skip
    stage.performance(
        "C2", "concert", title="콘B", sale_start_date=day("06-01"), sale_end_date=day("07-01"),
        concert_seats_r=100,
    )  # fmt: skip
    stage.snapshot(
        "C1",
        "07-07",
        days=[
            ("06-21", 3_000_000, 30, 2),
            ("07-01", 4_000_000, 40, 0),
            ("07-07", 900_000, 9, 0),
        ],
        shows=[
            ("08-01 18:00", 35, 18, 9, 5, 0, 67, 2),
            ("08-02 18:00", 25, 9, 0, None, 0, 34, 2),
        ],
    )
    stage.snapshot(
        "C1",
        "07-08",
        days=[
            ("06-21", 3_000_000, 30, 2),
            ("07-01", 4_000_000, 40, 0),
            ("07-07", 1_000_001, 10, 0),
            ("07-08", 500_000, 5, 1),
        ],
        shows=[
            ("08-01 18:00", 40, 20, 10, 5, 0, 75, 3),
            ("08-02 18:00", 30, 10, 0, None, 0, 40, 2),
        ],
    )
    stage.snapshot(
        "C2",
        "07-07",
        days=[("06-10", 6_000_000, 60, 0), ("07-07", 1_000_000, 10, 0)],
        shows=[("07-08 19:00", 70, None, None, None, 0, 70, 5)],
    )
    stage.targets("C1", {"07-01": 20_000_000, "07-02": 5_000_000})
    _appendix_marketing(stage, "C1", ("TV", None), ("SNS", "할인"))


def _appendix_marketing(
    stage: Stage, code: str, third: tuple[str, str | None], fourth: tuple[str, str | None]
) -> None:
    stage.marketing(code, 1, "06-20", "06-22", "오픈")
    stage.marketing(code, 2, "06-23", "06-29")
    stage.marketing(code, 3, "06-30", "07-06", *third)
    stage.marketing(code, 4, "07-07", "07-13", *fourth)
    stage.marketing(code, 5, "07-14", "07-20")
