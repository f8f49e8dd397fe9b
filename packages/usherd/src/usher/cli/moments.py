"""Moments as people write them: "10m" (ago), "07:30" (today), "2026-11-21 07:30", ISO 8601."""

from argparse import ArgumentTypeError
from datetime import datetime, time
from typing import Final

from usher.config.units import Duration

EXPECTED: Final = "expected a time ago such as 10m or 2h, a time such as 07:30, or a date"


def moment(text: str, now: datetime) -> float:
    """Return seconds since 1970; `now` has the zone in which times without one are meant.

    Raises ArgumentTypeError for anything else.
    """
    try:
        return now.timestamp() - Duration.parse(text)
    except ValueError:
        pass
    try:
        found = datetime.combine(now.date(), time.fromisoformat(text)) if _is_time(text) else None
        found = found or datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{EXPECTED}, not {text!r}") from None
    return (found if found.tzinfo else found.replace(tzinfo=now.tzinfo)).timestamp()


def _is_time(text: str) -> bool:
    return text[2:3] == ":" and len(text) <= len("07:30:00")
