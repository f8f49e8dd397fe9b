"""Which bytes a Range header means: one range, everything, or nothing that there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.serve.ranges import UnsatisfiableError, parse

ALL = range(10)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, ALL),
        ("bytes=0-0", range(1)),
        ("bytes=2-5", range(2, 6)),
        ("bytes=7-", range(7, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", ALL),
        ("bytes=5-99", range(5, 10)),
        ("bytes=5-2", ALL),  # what is no range is passed over
        ("bytes=-", ALL),
        ("bytes=0-1,4-5", ALL),  # several parts may be answered with the whole
        ("lines=0-1", ALL),
        ("bytes=" + "9" * 40 + "-", ALL),
    ],
)
def test_a_range(header: str | None, expected: range) -> None:
    assert parse(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_behind_the_end(header: str) -> None:
    with pytest.raises(UnsatisfiableError):
        parse(header, 10)


@given(st.text(alphabet="bytes=0123456789-, ", max_size=30), st.integers(0, 50))
def test_never_more_than_the_file(header: str, size: int) -> None:
    try:
        part = parse(header, size)
    except UnsatisfiableError:
        return
    assert 0 <= part.start <= part.stop <= size
