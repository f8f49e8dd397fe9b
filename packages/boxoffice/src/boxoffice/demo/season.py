"""The whole season: performances with their plans, and the workbooks sent so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from boxoffice.demo.bookings import Show, amount_on, invent_shows
from boxoffice.demo.programme import MARKETING, PROGRAMME, Production
from boxoffice.demo.workbooks import write_workbook

_WEEKS_OF_HISTORY = 4
_TARGET_UNIT = 10_000


@dataclass(frozen=True)
class DemoWorkbook:
    """A file and the name it is sent under."""

    name: str
    content: bytes


@dataclass(frozen=True)
class DemoSeason:
    """`plan` has the fields of a season's `meta.json`; workbooks stand in the order of sending."""

    plan: Mapping[str, Any]
    workbooks: Sequence[DemoWorkbook]


def invent_season(today: date, seed: int = 1) -> DemoSeason:
    """The season as it looks on `today`. The same day and seed give the same bytes."""
    invented = [(p, invent_shows(p, today, seed)) for p in PROGRAMME]
    workbooks = sorted(
        (w for p, shows in invented for w in _workbooks(p, shows, today)), key=lambda w: w.name
    )
    months = [today.replace(day=1), (today.replace(day=1) - timedelta(days=1)).replace(day=1)]
    notes = [
        {"year": day.year, "month": day.month, "etc": text}
        for day, text in zip(months, ("연말 프로모션 준비", "신작 예매 시작"), strict=True)
    ]
    plan = {
        "as_of": today.isoformat(),
        "shows": [_performance(p, shows, today) for p, shows in invented],
        "monthly_etc": notes,
    }
    return DemoSeason(plan, workbooks)


def _workbooks(
    production: Production, shows: Sequence[Show], today: date
) -> Sequence[DemoWorkbook]:
    """A weekly file for a month, the last one of yesterday or of the last show."""
    last = min(today - timedelta(days=1), shows[-1].at.date())
    first = today + timedelta(days=production.sale_from)
    record_dates = [last - timedelta(weeks=n) for n in reversed(range(_WEEKS_OF_HISTORY))]
    return [
        DemoWorkbook(
            f"{day:%Y%m%d}_{production.code}_{production.title}.xlsx",
            write_workbook(production, shows, day),
        )
        for day in record_dates
        if day >= first
    ]


def _performance(production: Production, shows: Sequence[Show], today: date) -> dict[str, Any]:
    sale_from = today + timedelta(days=production.sale_from)
    sale_to = shows[-1].at.date()
    targets = _targets(production, shows, sale_from, sale_to)
    is_concert = production.category.is_concert
    return {
        "liveId": production.code,
        "category": production.category.label,
        "isLive": sale_to >= today,
        "liveName": production.title,
        "location": production.venue,
        "showStartDate": shows[0].at.date().isoformat(),
        "showEndDate": sale_to.isoformat(),
        "saleStartDate": sale_from.isoformat(),
        "saleEndDate": sale_to.isoformat(),
        "runningTime": production.running_minutes,
        "targetShare": round(production.fill * production.ambition * 100, 1),
        "bep": sum(targets.values()) * 8 // 10,
        "showTotalSeatNumber": production.seats_per_show,
        "concertDateTime": shows[0].at.isoformat() if is_concert else None,
        **(_seats_by_class(production) if is_concert else {}),
        "targets": targets,
        "marketing": _marketing(sale_from, sale_to),
    }


def _targets(
    production: Production, shows: Sequence[Show], first: date, last: date
) -> dict[str, int]:
    """A target for each day of the sale: what a planner expects of the week, evenly spread."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    sold = [amount_on(production, shows, day) for day in days]
    targets: dict[str, int] = {}
    for number, day in enumerate(days):
        around = sold[max(0, number - 3) : number + 4]
        expected = sum(around) * production.ambition / len(around)
        targets[day.isoformat()] = round(expected / _TARGET_UNIT) * _TARGET_UNIT
    return targets


def _seats_by_class(production: Production) -> dict[str, int]:
    names = {"vip": "Vip", "r": "R", "s": "S", "a": "A", "b": "B"}
    return {
        f"concertSeatNumber{names[name]}": entry.seats for name, entry in production.classes.items()
    }


def _marketing(first: date, last: date) -> list[dict[str, str]]:
    weeks = (last - first).days // 7 + 2
    texts = (MARKETING[n % len(MARKETING)] for n in range(weeks))
    return [{"salesMarketing": sales, "promotion": offer, "etc": ""} for sales, offer in texts]
