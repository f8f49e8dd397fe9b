"""The invented season of the specification's appendix (G.1), judged on 2025-07-09."""

from datetime import date, datetime
from decimal import Decimal

from tests.plain_figures.season import Day, Performance, Plan, Season, Show, Snapshot

AS_OF = date(2025, 7, 9)


def _day(at: str, amount: int, seats: int, invited: int = 0) -> Day:
    return Day(date.fromisoformat(f"2025-{at}"), amount, seats, invited)


def _play(at: str, cast: str, amount: int, paid: int, invited: int, shares: str) -> Show:
    deposit, paid_pct, free = (Decimal(part) for part in shares.split("/"))
    moment = datetime.fromisoformat(f"2025-{at}")
    return Show(moment, paid, invited, amount, tuple(cast.split(",")), deposit, paid_pct, free)


def _night(at: str, classes: dict[str, int], total: int, invited: int) -> Show:
    seats = {f"paid_seats_{name}": seats for name, seats in {**classes, "vip": 0}.items()}
    return Show(datetime.fromisoformat(f"2025-{at}"), total, invited, classes=seats)


def _plans(third: tuple[str, str | None], fourth: tuple[str, str | None]) -> tuple[Plan, ...]:
    def plan(number: int, start: str, end: str, *texts: str | None) -> Plan:
        first, last = (date.fromisoformat(f"2025-{at}") for at in (start, end))
        return Plan(number, first, last, *texts)

    return (
        plan(1, "06-20", "06-22", "오픈"),
        plan(2, "06-23", "06-29"),
        plan(3, "06-30", "07-06", *third),
        plan(4, "07-07", "07-13", *fourth),
        plan(5, "07-14", "07-20"),
    )


def _targets(**amounts: int) -> dict[date, int]:
    return {date(2025, int(at[1:3]), int(at[3:])): amount for at, amount in amounts.items()}


_FIRST_DAYS = (
    _day("06-24", 1_000_000, 20),
    _day("06-29", 500_000, 10),
    _day("06-30", 700_000, 14),
)
_SHOWN_FROM, _SHOWN_TO = date(2025, 4, 1), date(2025, 12, 31)

_P1 = Performance(
    "P1",
    title="가나다",
    show_start=_SHOWN_FROM,
    show_end=_SHOWN_TO,
    sale_start=date(2025, 6, 20),
    sale_end=date(2025, 7, 20),
    target_pct=Decimal(60),
    break_even=30_000_000,
    seats=100,
    snapshots=(
        Snapshot(
            date(2025, 7, 1),
            _FIRST_DAYS,
            (
                _play("07-01 19:30", "김,이", 2_500_000, 50, 5, "50/50/5"),
                _play("07-05 15:00", "김,박", 1_000_000, 20, 10, "20/20/10"),
            ),
        ),
        Snapshot(date(2025, 7, 8), status="deleted"),
        Snapshot(
            date(2025, 7, 8),
            (
                *_FIRST_DAYS,
                _day("07-05", 1_200_000, 24),
                _day("07-06", 300_000, 6),
                _day("07-07", 900_000, 18),
                _day("07-08", 400_000, 8),
            ),
            (
                _play("07-01 19:30", "김,이", 3_000_001, 60, 5, "55/60/5"),
                _play("07-05 15:00", "김,박", 2_000_000, 40, 10, "38/40/10"),
                _play("07-08 19:30", "김,이", 1_500_000, 30, 2, "28/30/2"),
                _play("07-09 19:30", "김,박", 0, 0, 0, "0/0/0"),
                _play("07-10 19:30", "김,이", 800_000, 16, 4, "15/16/4"),
                _play("07-16 19:30", "이,김", 500_000, 10, 0, "9/10/0"),
                _play("07-20 15:00", "김,박", 250_000, 5, 0, "4/5/0"),
            ),
        ),
    ),
    targets=_targets(t0630=800_000, t0701=800_000, t0705=1_000_000, t0706=1_000_000, t0708=500_000),
    plans=_plans(("라디오", "1+1"), ("SNS", None)),
)
_P2 = Performance(
    "P2",
    "musical",
    "라마바",
    show_start=_SHOWN_FROM,
    show_end=_SHOWN_TO,
    seats=200,
    snapshots=(
        Snapshot(
            date(2025, 7, 8),
            (_day("05-20", 3_000_000, 40), _day("06-30", 2_000_000, 30), _day("07-07", 0, 0)),
            (
                _play("07-03 20:00", "최", 9_000_000, 140, 10, "65/70/5"),
                _play("07-10 20:00", "최", 10_000_000, 150, 20, "70/75/10"),
            ),
        ),
    ),
)
_P3 = Performance(
    "P3",
    title="종료극",
    is_active=False,
    show_start=_SHOWN_FROM,
    show_end=_SHOWN_TO,
    target_pct=Decimal(50),
    break_even=1000,
    seats=100,
    snapshots=(
        Snapshot(
            date(2025, 5, 31),
            (
                _day("04-30", 1_000_000, 20),
                _day("05-10", 8_000_000, 160),
                _day("05-31", 2_000_000, 40),
            ),
            (_play("05-10 15:00", "한", 8_000_000, 80, 0, "80/80/0"),),
        ),
    ),
)
_P4 = Performance(
    "P4",
    "musical",
    "신작",
    show_start=_SHOWN_FROM,
    show_end=_SHOWN_TO,
    target_pct=Decimal("50.5"),
    break_even=1000,
    seats=0,
)
_C1 = Performance(
    "C1",
    "concert",
    "콘A",
    sale_start=date(2025, 6, 20),
    sale_end=date(2025, 7, 20),
    target_pct=Decimal(80),
    break_even=50_000_000,
    class_seats={"r": 300, "s": 200, "a": 100, "b": 50},
    snapshots=(
        Snapshot(
            date(2025, 7, 7),
            (
                _day("06-21", 3_000_000, 30, 2),
                _day("07-01", 4_000_000, 40),
                _day("07-07", 900_000, 9),
            ),
            (
                _night("08-01 18:00", {"r": 35, "s": 18, "a": 9, "b": 5}, 67, 2),
                _night("08-02 18:00", {"r": 25, "s": 9, "a": 0}, 34, 2),
            ),
        ),
        Snapshot(
            date(2025, 7, 8),
            (
                _day("06-21", 3_000_000, 30, 2),
                _day("07-01", 4_000_000, 40),
                _day("07-07", 1_000_001, 10),
                _day("07-08", 500_000, 5, 1),
            ),
            (
                _night("08-01 18:00", {"r": 40, "s": 20, "a": 10, "b": 5}, 75, 3),
                _night("08-02 18:00", {"r": 30, "s": 10, "a": 0}, 40, 2),
            ),
        ),
    ),
    targets=_targets(t0701=20_000_000, t0702=5_000_000),
    plans=_plans(("TV", None), ("SNS", "할인")),
)
_C2 = Performance(
    "C2",
    "concert",
    "콘B",
    sale_start=date(2025, 6, 1),
    sale_end=date(2025, 7, 1),
    class_seats={"r": 100},
    snapshots=(
        Snapshot(
            date(2025, 7, 7),
            (_day("06-10", 6_000_000, 60), _day("07-07", 1_000_000, 10)),
            (_night("07-08 19:00", {"r": 70}, 70, 5),),
        ),
    ),
)

SEASON = Season((_P1, _P2, _P3, _P4, _C1, _C2), {(2025, 6): "6월 메모", (2025, 7): None})
