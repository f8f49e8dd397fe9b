"""When a run with a limit is replaced: leaks soon, bursts not (operations.md A.2.7)."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from usher.diagnosis.memory_limit import Gauge
from usher.model.spec import MemorySpec

MEGABYTE = 1_000_000
SPEC = MemorySpec(limit=200 * MEGABYTE)


def acted(size: Callable[[float], float], first: float, seconds: float) -> float | None:
    """When it is acted on, of the readings that are due; `size` in megabytes at a second."""
    gauge, at = Gauge(), first
    while at < seconds:
        gauge = gauge.read(SPEC, at, round(size(at) * MEGABYTE))
        if gauge.exceeds(SPEC):
            return at
        at += gauge.due_in(SPEC)
    return None


@example(rate=13.0, begins=0.0, first=2.0, base=199.0)
@given(
    rate=st.floats(0.05, 400),
    begins=st.floats(0, 20),
    first=st.floats(0, 2),
    base=st.floats(10, 199),
)
def test_a2_07_a_leak_is_acted_on_before_it_is_two_seconds_further(
    rate: float, begins: float, first: float, base: float
) -> None:
    """Counted from the first reading, where it was beyond its limit before that."""
    over = begins + (200 - base) / rate
    at = acted(lambda now: base + max(0.0, now - begins) * rate, first, over + 60)
    assert at is not None
    assert (at - max(over, first)) * rate <= 2 * rate + 1e-3


@pytest.mark.parametrize(
    ("size", "is_acted_on"),
    [
        (lambda now: 199, False),
        (lambda now: 201, True),  # it lasts
        (lambda now: 250 if 10 <= now < 20 else 100, False),  # a burst that is over in time
        (lambda now: 250 if 10 <= now < 30 else 100, True),
        (lambda now: 301 if 10 <= now < 20 else 100, True),  # far above
        (lambda now: 100 + now % 60, False),  # a collector's saw-tooth below the limit
    ],
)
def test_what_is_no_leak_has_to_last(size: Callable[[float], float], is_acted_on: bool) -> None:
    assert (acted(size, 0.0, 100) is not None) is is_acted_on


def test_far_below_its_limit_it_is_read_as_often_as_said_and_no_oftener() -> None:
    gauge = Gauge()
    for second in range(0, 30, 3):
        gauge = gauge.read(SPEC, second, 20 * MEGABYTE + second)
        assert gauge.due_in(SPEC) == SPEC.interval
