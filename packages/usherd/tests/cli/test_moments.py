"""Times as people write them."""

from argparse import ArgumentTypeError
from datetime import datetime, timedelta, timezone

import pytest

from usher.cli.moments import moment

NOW = datetime(2026, 3, 5, 10, 0, tzinfo=timezone(timedelta(hours=9)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10m", "2026-03-05T09:50:00+09:00"),
        ("07:30", "2026-03-05T07:30:00+09:00"),
        ("07:30:05", "2026-03-05T07:30:05+09:00"),
        ("2026-03-04", "2026-03-04T00:00:00+09:00"),
        ("2026-03-04 07:30", "2026-03-04T07:30:00+09:00"),
        ("2026-03-04T07:30:00Z", "2026-03-04T07:30:00+00:00"),
    ],
)
def test_a_moment(text: str, expected: str) -> None:
    assert moment(text, NOW) == datetime.fromisoformat(expected).timestamp()


@pytest.mark.parametrize("text", ["", "yore", "25:00", "10", "2026-13-01"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="expected a time"):
        moment(text, NOW)
