"""Money is whole won in an `int`; what is divided is exact until it is rounded once, at the end.

Rounding is half away from zero, as PostgreSQL's `round(numeric, n)` does it, so that a figure
computed here equals the same figure computed in a view.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def half_up(value: Decimal | Fraction | int, places: int = 0) -> Decimal:
    """Round half away from zero to `places` decimals; a `Fraction` stays exact until then."""
    scale = 10**places
    if isinstance(value, Fraction):
        doubled = abs(value) * scale * 2 + 1
        units = int(doubled) // 2
        return Decimal(units if value >= 0 else -units).scaleb(-places)
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def whole_won(value: Decimal | Fraction | int) -> int:
    """Round an average or a forecast to whole won."""
    return int(half_up(value))
