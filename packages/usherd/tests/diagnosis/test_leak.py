"""Which series of memory are a leak: the forty noisy series of each kind of A.2.8."""

import math
import random
from collections.abc import Callable

import pytest

from usher.diagnosis.leak import FAST, LONG, MEGABYTE, Sample, Window, leaking

LIMIT = 400 * MEGABYTE
SERIES = 40

Shape = Callable[[float], float]
"""Megabytes at a second."""


def series(shape: Shape, window: Window, seed: int) -> list[Sample]:
    noise = random.Random(seed)  # noqa: S311 (noise, the same in every run)
    step = window.length / 240
    offset = noise.uniform(0, 300)
    return [
        Sample(n * step, round((shape(n * step + offset) + noise.gauss(0, 1)) * MEGABYTE))
        for n in range(241)
    ]


def found(shape: Shape, window: Window) -> int:
    return sum(
        leaking(series(shape, window, seed), LIMIT, window) is not None for seed in range(SERIES)
    )


def sawtooth(height: float, period: float) -> Shape:
    return lambda at: 80 + height * (at % period) / period


def leak(per_second: float) -> Shape:
    return lambda at: 60 + per_second * at


def warm_up(at: float) -> float:
    return 150 - 100 * math.exp(-at / 60)


def step_of_load(at: float) -> float:
    return 90 if at < 900 else 160


@pytest.mark.parametrize(
    ("shape", "window", "times"),
    [
        (leak(1), FAST, 40),
        (leak(1 / 60), FAST, 0),
        (leak(1 / 60), LONG, 40),
        (sawtooth(60, 90), FAST, 0),
        (sawtooth(60, 90), LONG, 0),
        (sawtooth(100, 300), LONG, 0),
        (step_of_load, LONG, 0),
        (warm_up, LONG, 0),
        (lambda at: 120.0, FAST, 0),
        (lambda at: 120.0, LONG, 0),
    ],
)
def test_a2_08_a_leak_is_told_from_what_only_looks_like_one(
    shape: Shape, window: Window, times: int
) -> None:
    assert found(shape, window) == times


def test_a2_08_the_time_of_the_limit_is_foretold() -> None:
    samples = [Sample(n, (100 + n) * MEGABYTE) for n in range(121)]
    judged = leaking(samples, LIMIT, FAST)
    assert judged is not None
    assert judged.slope == pytest.approx(MEGABYTE)
    assert judged.limit_in == pytest.approx(180)


def test_a_limit_far_away_is_no_matter() -> None:
    samples = [Sample(n, (100 + n) * MEGABYTE) for n in range(121)]
    assert leaking(samples, 2000 * MEGABYTE, FAST) is None


def test_nothing_is_said_before_the_window_is_full() -> None:
    samples = [Sample(n, (100 + n) * MEGABYTE) for n in range(90)]
    assert leaking(samples, LIMIT, FAST) is None
    assert leaking([], LIMIT, FAST) is None


def test_a_gap_in_the_samples_is_not_bridged() -> None:
    samples = [Sample(n, (100 + n) * MEGABYTE) for n in range(121) if not 30 <= n < 60]
    assert leaking(samples, LIMIT, FAST) is None
