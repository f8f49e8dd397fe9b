"""A scheduled restart that masks a leak, by how large the app was (operations.md A.2.18)."""

import random
from collections.abc import Callable, Sequence

import pytest

from usher.diagnosis import measured
from usher.diagnosis.leak import MEGABYTE, PACE, RunEnd, Sample, run_end

DAY = 24 * 3600.0
COARSE = 120.0


def nights(sizes: Sequence[float], *, slope: float = 0.0, uptime: float = DAY) -> list[RunEnd]:
    """One restart a day, of an app of so many megabytes that grew by so many a minute."""
    return [
        RunEnd(n * DAY, uptime, round(size * MEGABYTE), slope * MEGABYTE / 60)
        for n, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        # from restart to restart
        (nights([200, 230, 270, 300]), "larger at each of the last scheduled restarts"),
        (nights([900, 200, 230, 270, 300]), "191 MiB, 219 MiB, 257 MiB, 286 MiB, after 24 h each"),
        (nights([200, 230, 270]), ""),  # two rises are an accident
        (nights([200, 230, 225, 300]), ""),  # not each time
        (nights([200, 201, 202, 203]), ""),  # nothing to speak of
        (nights([10, 11, 12, 13]), ""),  # less than 4 MB
        (nights([200, 299, 300, 301]), ""),  # it grew once
        (nights([300, 270, 230, 200]), ""),
        # at the same pace every day
        (nights([300, 300, 300], slope=1.0), "by 1.0 MiB a minute, 1.0 MiB a minute"),
        (nights([300, 300], slope=1.0), ""),
        ([*nights([300, 300], slope=1.0), *nights([300])], ""),  # mended
        ([*nights([300]), *nights([300, 300, 300], slope=1.0)], "grew in each of the last runs"),
        ([], ""),
    ],
)
def test_a2_18_memory_that_grows_from_restart_to_restart_is_told(
    ends: list[RunEnd], said: str
) -> None:
    found = measured.masked_leak(ends)
    assert (found is not None) is bool(said)
    if found is not None:
        assert found.fault.id == "memory.masked_leak"
        assert said in found.text
        assert "masks a leak" in found.fault.cause


def test_a2_18_runs_of_different_length_are_not_compared() -> None:
    """What ran longer may well be larger: somebody restarted it by hand in between."""
    short, longer = nights([200, 230], uptime=DAY / 2), nights([270, 300])
    assert measured.masked_leak([*short, *longer]) is None


def test_a2_18_sizes_that_only_vary_are_no_leak() -> None:
    """60 nights of 40 apps whose size varies by 2 %."""
    chance = random.Random(18)  # noqa: S311 (noise)
    for _ in range(40):
        ends = nights([chance.gauss(300, 6) for _ in range(60)])
        assert all(measured.masked_leak(ends[: n + 1]) is None for n in range(60))


def run(size: Callable[[float], float], uptime: float, pace: float) -> RunEnd | None:
    """The end of a run that was `size` megabytes large, at second `uptime`."""
    count = int(uptime / pace)
    samples = [Sample(n * pace, round(size(n * pace) * MEGABYTE)) for n in range(count + 1)]
    return run_end(samples, count * pace, uptime, PACE)


@pytest.mark.parametrize(
    ("size", "uptime", "pace", "size_at_end", "grows"),
    [
        (lambda at: 60 + at / 60, DAY, COARSE, 1380, True),  # 1 MB a minute, the whole day
        (lambda at: 60 + at / 60, 3600.0, PACE, 115, True),
        (lambda at: 60 + at / 60, 600.0, PACE, 69, False),  # too short to tell
        (lambda at: min(150.0, 60 + at / 10), DAY, COARSE, 150, False),  # warm, then flat
        (lambda at: 100 + at % 300 / 3, DAY, COARSE, 100, False),  # a collector's sawtooth
    ],
)
def test_a2_18_a_run_is_summed_up_when_it_ends(
    size: Callable[[float], float], uptime: float, pace: float, size_at_end: float, grows: bool
) -> None:
    end = run(size, uptime, pace)
    assert end is not None
    assert end.size == pytest.approx(size_at_end * MEGABYTE, rel=0.02)
    assert (end.slope > 0) is grows


def test_of_what_was_not_measured_nothing_is_known() -> None:
    assert run_end([], 100.0, 100.0, PACE) is None
    lately = run_end([Sample(100.0, 7 * MEGABYTE)], 100.0, 100.0, PACE)
    assert lately == RunEnd(100.0, 100.0, 7 * MEGABYTE)
