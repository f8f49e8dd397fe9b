"""Who buys when: tickets of every show by class and sales day. Pure and repeatable."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from boxoffice.demo.programme import Production

_WEEKDAYS = (0.9, 1.0, 0.95, 1.0, 1.15, 1.1, 0.9)
"""Sales by weekday, Monday first."""

_OPENING_DAYS = 3
_OPENING_RUSH = 5.0
_LEAD_DAYS = 16.0
"""Most people decide in the last two or three weeks before a show."""

_INVITED = 0.02
_LATE_PAYERS = 0.04


@dataclass(frozen=True)
class Show:
    """One show, with what was sold for it on every day of the sale."""

    at: datetime
    cast: tuple[str, ...]
    sold: Mapping[str, Mapping[date, int]]
    """Tickets by class and sales day."""
    invited: Mapping[str, int]

    def sold_until(self, day: date) -> Mapping[str, int]:
        """Tickets by class sold up to the end of a day."""
        return {
            name: sum(count for sold_on, count in days.items() if sold_on <= day)
            for name, days in self.sold.items()
        }

    def unpaid_on(self, day: date) -> int:
        """Tickets that are reserved and not paid yet, as of a day."""
        if self.at.date() <= day:
            return 0
        return round(sum(self.sold_until(day).values()) * _LATE_PAYERS)


def invent_shows(production: Production, today: date, seed: int) -> tuple[Show, ...]:
    """All shows of a production with all their sales, the future ones included."""
    sale_from = today + timedelta(days=production.sale_from)
    days = range(production.first_show, production.last_show + 1)
    moments = [
        datetime.combine(day, start)
        for day in (today + timedelta(days=offset) for offset in days)
        for start in production.starts.get(day.weekday(), ())
    ]
    return tuple(
        _invent_show(production, moment, sale_from, number, seed)
        for number, moment in enumerate(moments)
    )


def amount_on(production: Production, shows: Sequence[Show], day: date) -> int:
    """Won taken on a sales day for all shows."""
    return sum(
        days.get(day, 0) * production.classes[name].price
        for show in shows
        for name, days in show.sold.items()
    )


def _invent_show(
    production: Production, moment: datetime, sale_from: date, number: int, seed: int
) -> Show:
    random = Random(f"{seed} {production.code} {number}")  # noqa: S311 - invented figures
    liking = random.gauss(1.0, 0.12) * (1.08 if moment.weekday() >= 4 else 0.97)
    weights = _weights(sale_from, moment.date(), random)
    sold: dict[str, Mapping[date, int]] = {}
    invited: dict[str, int] = {}
    for name, seats in production.classes.items():
        free = round(seats.seats * _INVITED * random.uniform(0, 2))
        wanted = round(seats.seats * production.fill * liking * random.uniform(0.9, 1.1))
        sold[name] = _spread(max(0, min(wanted, seats.seats - free)), weights)
        invited[name] = free
    cast = tuple(role[(number + turn) % len(role)] for turn, role in enumerate(production.roles))
    return Show(moment, cast, sold, invited)


def _weights(sale_from: date, show_day: date, random: Random) -> Mapping[date, float]:
    """How likely a ticket is bought on each day from the start of the sale to the show."""
    weights: dict[date, float] = {}
    for offset in range((show_day - sale_from).days + 1):
        day = sale_from + timedelta(days=offset)
        nearness = math.exp(-(show_day - day).days / _LEAD_DAYS) + 0.08
        rush = _OPENING_RUSH if offset < _OPENING_DAYS else 1.0
        weights[day] = nearness * rush * _WEEKDAYS[day.weekday()] * random.uniform(0.6, 1.4)
    return weights


def _spread(tickets: int, weights: Mapping[date, float]) -> Mapping[date, int]:
    """Whole tickets on days by weight: cumulative rounding, so that their sum is exact."""
    total = sum(weights.values())
    spread: dict[date, int] = {}
    reached, given = 0.0, 0
    for day, weight in weights.items():
        reached += weight
        spread[day] = round(tickets * reached / total) - given
        given += spread[day]
    return spread
