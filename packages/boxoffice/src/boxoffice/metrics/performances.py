"""The performances themselves, as people list them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

_ALL = text(
    """
    SELECT performance_code, title, category, is_active, venue,
           show_start_date, show_end_date, sale_start_date, sale_end_date,
           target_occupancy_pct, break_even_amount, seats_per_show, latest_record_date
    FROM performance_as_of
    ORDER BY performance_code COLLATE "C"
    """
)


def read_performances(connection: Connection) -> list[Mapping[str, Any]]:
    """All performances the acting user may see, finished ones too, by code."""
    return [dict(row) for row in connection.execute(_ALL).mappings()]
