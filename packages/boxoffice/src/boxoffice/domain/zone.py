"""The business's time zone."""

from datetime import timedelta, timezone

SEOUL = timezone(timedelta(hours=9), "KST")
"""Days begin and end here. Korea has no daylight saving time, so the offset is all there is."""
