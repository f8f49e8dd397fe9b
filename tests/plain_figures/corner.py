"""A season that stands in every corner of the rules at once, judged on Wednesday 2025-01-01.

Year, month and week all end around that day: last week is 12-23..12-29, this week 12-30..01-05.
`UPLOADS` says in which order its workbooks arrive, and which were sent in vain.
"""

from datetime import date, datetime
from decimal import Decimal

from tests.plain_figures.season import Day, Performance, Plan, Season, Show, Snapshot

AS_OF = date(2025, 1, 1)
EARLIER = date(2024, 12, 27)
"""A day before the newest workbooks; they do not exist for it."""
MONTH_END = date(2024, 12, 31)
"""A workbook of tomorrow is known, and has sales of the next month and year."""


def on(text: str) -> date:
    """`12-24` of 2024, `01-02` of 2025, or a whole date."""
    if len(text) == 10:
        return date.fromisoformat(text)
    return date.fromisoformat(f"{2025 if text < '06' else 2024}-{text}")


def _days(*rows: tuple[str, int, int] | tuple[str, int, int, int]) -> tuple[Day, ...]:
    return tuple(Day(on(at), *numbers) for at, *numbers in rows)


def _play(at: str, cast: str, amount: int, paid: int, invited: int, shares: str) -> Show:
    deposit, paid_pct, free = (Decimal(part) for part in shares.split("/"))
    moment = datetime.combine(on(at[:-6]), datetime.strptime(at[-5:], "%H:%M").time())  # noqa: DTZ007
    members = tuple(cast.split(",")) if cast else ()
    return Show(moment, paid, invited, amount, members, deposit, paid_pct, free)


def _night(at: str, total: int, invited: int, **classes: int) -> Show:
    moment = datetime.combine(on(at[:-6]), datetime.strptime(at[-5:], "%H:%M").time())  # noqa: DTZ007
    names = {
        ("invited_seats_" + name[2:] if name.startswith("i_") else "paid_seats_" + name): seats
        for name, seats in classes.items()
    }
    return Show(moment, total, invited, classes=names)


def _plan(number: int, start: str, end: str, *texts: str | None) -> Plan:
    return Plan(number, on(start), on(end), *texts)


def _targets(**amounts: int) -> dict[date, int]:
    return {on(f"{at[1:3]}-{at[3:]}"): amount for at, amount in amounts.items()}


_SONATA = Performance(
    "K1",
    title="가을 소나타",
    venue="대극장",
    show_start=on("12-22"),
    show_end=on("01-12"),
    sale_start=on("12-18"),
    sale_end=on("01-12"),
    target_pct=Decimal("70.5"),
    break_even=40_000_000,
    seats=120,
    snapshots=(
        # Arrives before the older ones; dated tomorrow, which a workbook may be.
        Snapshot(
            on("01-02"),
            _days(
                ("12-18", 3_000_000, 30),
                ("12-22", 1_000_000, 10),
                ("12-23", 2_000_000, 20),
                ("12-29", 500_000, 5),
                ("12-31", 700_000, 7),
                ("01-01", -100_000, -1),
                ("01-02", 400_001, 4),
            ),
            (
                _play("12-22 15:00", "김,이", 4_000_001, 60, 6, "45/50/5"),
                _play("12-23 19:30", "김,박", 2_000_000, 30, 0, "24.5/25/0"),
                _play("12-29 14:00", "이,김", 1_000_000, 20, 4, "16/16.6667/3.3333"),
                _play("12-29 19:00", "김,이", 0, 0, 0, "0/0/0"),
                _play("12-30 19:30", "박", 1_500_000, 25, 1, "20/20.8333/0.8333"),
                _play("01-01 00:00", "", 600_000, 10, 2, "8/8.3333/1.6667"),
                _play("01-02 19:30", "김,김", 900_000, 15, 0, "12/12.5/0"),
                _play("01-05 15:00", "김,이", 300_000, 5, 1, "4/4.1667/0.8333"),
                _play("01-06 19:30", "박", 120_000, 2, 0, "1/1.6667/0"),
                _play("01-09 19:30", "이", 60_000, 1, 0, "0/0.8333/0"),
                _play("01-12 23:59", "김", 0, 0, 3, "0/0/2.5"),
                _play("01-13 00:00", "김", 0, 0, 0, "0/0/0"),
            ),
        ),
        # Sent, then sent again with other figures.
        Snapshot(
            on("12-24"),
            _days(("12-18", 9_999_999, 99)),
            (_play("12-23 19:30", "틀림", 9_999_999, 99, 9, "99/99/1"),),
            status="superseded",
        ),
        Snapshot(
            on("12-24"),
            _days(("12-18", 3_000_000, 30), ("12-22", 900_000, 9), ("12-24", 800_000, 8)),
            (
                _play("12-22 15:00", "김,이", 3_900_000, 58, 6, "44/48.3333/5"),
                _play("12-29 14:00", "이,김", 700_000, 14, 0, "10/11.6667/0"),
            ),
        ),
        Snapshot(
            on("12-31"),
            _days(("12-30", 8_888_888, 88)),
            (_play("12-30 19:30", "틀림", 8_888_888, 88, 8, "88/88/8"),),
            status="deleted",
        ),
        # Dated the day after tomorrow: not there yet.
        Snapshot(
            on("01-03"),
            _days(("01-03", 7_777_777, 77)),
            (_play("01-03 19:30", "이름", 7_777_777, 77, 7, "77/77/7"),),
        ),
    ),
    targets=_targets(
        t1218=2_000_000,
        t1220=1_000_000,
        t1222=500_000,
        t1223=1_500_000,
        t1229=2_500_000,
        t0101=300_000,
        t0102=800_000,
        t0105=600_000,
        t0106=9_000_000,
    ),
    plans=(
        _plan(3, "12-30", "01-01", "라디오", "", None),
        _plan(1, "12-18", "12-22", "오픈", None, "비고"),
        _plan(2, "12-23", "12-29", None, "1+1", ""),
        _plan(4, "01-02", "01-05", "SNS", "할인", None),
        _plan(5, "01-06", "01-12"),
    ),
)
_WINTER = Performance(
    "K2",
    "musical",
    "겨울 이야기",
    show_start=on("12-01"),
    show_end=on("12-27"),
    sale_start=on("2024-10-02"),
    sale_end=on("12-28"),
    snapshots=(
        # A Saturday: the week after it is known in part only.
        Snapshot(
            on("12-28"),
            _days(
                ("2023-11-30", 999, 1),
                ("2023-12-01", 400_000, 4),
                ("2023-12-31", 100_000, 1),
                ("2024-01-01", 250_000, 2),
                ("2024-02-29", 30_000, 1),
                ("12-15", 70_000, 1),
                ("12-16", 80_000, 1),
                ("12-27", 90_000, 1),
            ),
            (
                _play("12-27 19:30", "최", 333_333, 3, 0, "3.3333/3.3333/0"),
                _play("12-28 19:30", "최", 333_333, 7, 1, "6.6667/7.7777/1.1111"),
                _play("12-29 15:00", "정", 333_333, 1, 0, "1/1/0"),
            ),
        ),
        Snapshot(
            on("2024-10-04"),
            _days(("2024-10-03", 1, 1)),
            (_play("12-27 19:30", "최", 1, 1, 0, "1/1/0"),),
        ),
        Snapshot(
            on("2024-10-03"),
            _days(("2024-10-03", 2, 1)),
            (_play("12-27 19:30", "최", 1, 1, 0, "1/1/0"),),
        ),
    ),
)
_TIES = Performance(
    "K3",
    title="무승부",
    show_start=on("12-23"),
    show_end=on("01-31"),
    sale_start=on("12-30"),
    target_pct=Decimal(50),
    break_even=0,
    seats=0,
    snapshots=(
        Snapshot(
            on("12-29"),
            _days(("12-29", 5, 1)),
            (
                _play("12-23 19:30", "하", 7, 1, 0, "1/1/0"),
                _play("12-24 19:30", "b", 7, 1, 0, "1/1/0"),
                _play("12-25 19:30", "가", 7, 3, 0, "1/1/0"),
                _play("12-26 19:30", "B", 7, 1, 0, "1/1.0001/0"),
                _play("01-02 19:30", "가", 20, 1, 1, "2/2.5/0.5"),
                _play("01-08 19:30", "가", 20, 1, 0, "2/2.5/0"),
            ),
        ),
    ),
    targets=_targets(t1229=0),
)
_FINISHED = Performance(
    "K4",
    "musical",
    "종료극",
    is_active=False,
    break_even=1,
    seats=10,
    sale_start=on("2024-01-01"),
    snapshots=(
        Snapshot(
            on("12-31"),
            _days(("2023-12-30", 600_000, 6), ("2024-01-31", 300_000, 3), ("12-31", 11_000, 1)),
            (
                _play("12-26 19:30", "한", 15_000, 2, 0, "10/20/0"),
                _play("12-30 19:30", "한", 10_001, 2, 0, "10/20/0"),
            ),
        ),
    ),
    targets=_targets(t1231=123),
    plans=(_plan(1, "12-30", "01-05", "끝남"),),
)
_SILENT = Performance(
    "K5",
    "musical",
    "무소식",
    target_pct=Decimal("33.3"),
    break_even=5,
    seats=300,
    targets=_targets(t1224=40, t0103=2),
    plans=(_plan(1, "12-20", "12-22", "지난 글"), _plan(2, "01-13", "01-19", "먼 글")),
)
_TO_COME = Performance(
    "K6",
    title="예정작",
    show_start=on("01-07"),
    show_end=on("02-07"),
    seats=50,
    break_even=100_000,
    snapshots=(
        Snapshot(
            on("12-30"),
            _days(("12-30", 90_000, 9)),
            (
                _play("01-07 19:30", "김", 45_001, 5, 45, "0/10/90"),
                _play("01-08 19:30", "김", 45_000, 4, 0, "2/8/0"),
            ),
        ),
    ),
    targets=_targets(t0120=1_000_000),
)
# A finished performance may have the same title.
_NAMESAKE = Performance(
    "K7",
    title="종료극",
    seats=100,
    break_even=-1_000,
    sale_start=on("2024-10-04"),
    show_end=on("2024-10-05"),
    snapshots=(
        Snapshot(
            on("01-01"),
            _days(("12-31", 1_000, 1), ("01-01", 3_000, 3)),
            (
                _play("12-31 19:30", "김", -5, 1, 0, "1/1/0"),
                _play("12-31 23:59", "이", 0, 1, 0, "2/3/0"),
                _play("01-07 19:30", "박", 0, 1, 0, "3/1/0"),
            ),
        ),
    ),
    targets=_targets(t1231=8_000, t0101=4_000),
)
_NIGHTS = Performance(
    "N1",
    "concert",
    "두 밤",
    sale_start=on("12-21"),
    sale_end=on("01-10"),
    target_pct=Decimal("80.5"),
    break_even=30_000_000,
    class_seats={"vip": 10, "r": 100, "s": 50, "b": 5},
    snapshots=(
        Snapshot(
            on("01-01"),
            _days(
                ("12-21", 2_000_000, 20, 1),
                ("12-22", 1_000_000, 10, 0),
                ("12-24", 0, 0, 2),
                ("12-25", 600_000, 6, 0),
                ("12-30", 400_000, 4, 0),
                ("12-31", 1_000_003, 10, 0),
                ("01-01", 50_000, 1, 0),
            ),
            (
                _night("01-10 18:00", 70, 4, vip=10, r=40, s=12, a=3, i_r=2),
                _night("01-11 18:00", 31, 3, vip=9, r=15, s=4, i_vip=1, i_r=1, b=0, i_b=1),
            ),
        ),
        Snapshot(
            on("12-26"),
            _days(("12-21", 2_000_000, 20, 1), ("12-26", 100_000, 1, 0)),
            (_night("01-10 18:00", 21, 0, vip=5, r=11, s=5),),
        ),
    ),
    targets=_targets(t1221=1_500_000, t0101=500_000, t0102=9_000_000),
    plans=(
        _plan(1, "12-18", "12-20", "먼저", "", None),
        _plan(2, "12-21", "12-22", "나중", "", None),
        _plan(3, "12-23", "12-31", None, "끝", ""),
        _plan(4, "01-01", "01-05", "새해", "할인", ""),
    ),
)
_FIRST_DAY = Performance(
    "N2",
    "concert",
    "첫날",
    sale_start=on("12-31"),
    sale_end=on("01-03"),
    target_pct=Decimal(0),
    class_seats={"r": 40, "s": 30},
    snapshots=(
        Snapshot(
            on("12-31"),
            _days(("12-31", 100_001, 11, 0)),
            (_night("2025-02-01 20:00", 11, 0, r=9),),
        ),
    ),
    targets=_targets(t1231=0),
)
_NO_START = Performance(
    "N3",
    "concert",
    "시작 모름",
    sale_end=on("01-03"),
    target_pct=Decimal(50),
    break_even=7,
    class_seats={"r": 30},
    snapshots=(
        Snapshot(
            on("12-25"),
            _days(("12-24", 10, 1, 0), ("12-25", 11, 1, 0)),
            (_night("01-04 20:00", 22, 1, r=22),),
        ),
    ),
)
_UNKNOWN = Performance("N4", "concert", "소식 없음", break_even=900, targets=_targets(t0101=1))
_OVER = Performance(
    "N5",
    "concert",
    "끝난 밤",
    is_active=False,
    class_seats={"r": 10},
    snapshots=(
        Snapshot(
            on("12-31"),
            _days(("12-31", 5, 1, 0)),
            (_night("12-31 20:00", 1, 0, r=1),),
        ),
    ),
    plans=(_plan(1, "12-30", "01-05", "끝남"),),
)
_SOLD_OUT = Performance(
    "N6",
    "concert",
    "판매 끝",
    sale_start=on("01-02"),
    sale_end=on("12-30"),
    class_seats={"r": 10, "a": 4},
    snapshots=(
        Snapshot(
            on("12-31"),
            _days(("12-30", 81, 7, 0)),
            (_night("01-05 20:00", 15, 2, r=12, a=1, i_a=2),),
        ),
    ),
    plans=(_plan(1, "12-30", "12-31", "어제까지"), _plan(2, "01-02", "01-05", "내일부터")),
)

SEASON = Season(
    (
        *(_SONATA, _WINTER, _TIES, _FINISHED, _SILENT, _TO_COME, _NAMESAKE),
        *(_NIGHTS, _FIRST_DAY, _NO_START, _UNKNOWN, _OVER, _SOLD_OUT),
    ),
    {(2025, 1): "", (2024, 12): "연말", (2024, 2): None, (2023, 12): "보이지 않는다"},
)
