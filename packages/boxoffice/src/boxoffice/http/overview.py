"""The first page: a season as people look at it, without JavaScript. Figures come as they are."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from boxoffice.http import wording
from boxoffice.http.chart import NARROW, WIDE, draw
from boxoffice.http.context import AsOf, LanguageOf, ReadingOf
from boxoffice.http.identity import AskerOf, Person
from boxoffice.http.language import Language
from boxoffice.http.pages import page
from boxoffice.metrics.season import Season, SeasonWeek, read_season

router = APIRouter(include_in_schema=False)

_FULL_BAR = Decimal("1.25")
"""The attainment at which a bar is full: past the target there is still something to see."""


@router.get("/")
def overview(as_of: AsOf, reading: ReadingOf, language: LanguageOf, asker: AskerOf) -> HTMLResponse:
    """The season's totals, attainment, chart and performances as of a day."""
    with reading() as connection:
        season = read_season(connection)
    name = "overview.html" if season.performances else "empty.html"
    values = page_values(season, as_of, language)
    return page(name, language, values, signed_in=isinstance(asker, Person))


@dataclass(frozen=True)
class Bar:
    """A bar of 100 units, and where the target stands on it."""

    filled: Decimal
    target: Decimal = 100 / _FULL_BAR

    @property
    def reached(self) -> bool:
        """Whether the target is met."""
        return self.filled >= self.target


def bar(ratio: Decimal | None) -> Bar | None:
    """The bar of an attainment ratio; None without a target."""
    return None if ratio is None else Bar(min(ratio, _FULL_BAR) / _FULL_BAR * 100)


def page_values(season: Season, as_of: date, language: Language) -> dict[str, Any]:
    """What the templates show of a season."""
    now = _week_of(season, as_of)
    return {
        "as_of": as_of,
        "totals": season.totals,
        "counts": Counter(p.category for p in season.performances),
        "performances": season.performances,
        "weeks": season.weeks,
        "now": now,
        "drawings": [
            drawing
            for frame in (WIDE, NARROW)
            if (drawing := draw(season.weeks, as_of, frame, language))
        ],
        "bar": bar,
        "won": partial(wording.won, language=language),
        "short_won": partial(wording.short_won, language=language),
        "day": partial(wording.day, language=language),
        "percent": wording.percent,
        "per_cent": wording.per_cent,
        "nothing": wording.NOTHING,
    }


def _week_of(season: Season, as_of: date) -> SeasonWeek | None:
    """The newest week that has begun."""
    begun = [week for week in season.weeks if week.week_start <= as_of]
    return begun[-1] if begun else None
