"""The figures once more, by a program that knows nothing of SQL: lists, sums and fractions.

Every metric of boxoffice as one function of a season and a day, written from the specification and
not from the views. Tests compare the two on seasons made by hand and on generated ones.
"""

from collections.abc import Callable, Mapping
from datetime import date

from tests.plain_figures import concerts, general, plays_by_day, plays_by_show
from tests.plain_figures.season import Row, Season

FIGURES: Mapping[str, Callable[[Season, date], list[Row]]] = {
    **concerts.FIGURES,
    **plays_by_day.FIGURES,
    **plays_by_show.FIGURES,
    **general.FIGURES,
}
"""By the metric's slug: its rows as of a day, in the order of its key, without database numbers."""
