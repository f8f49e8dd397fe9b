"""Rules over figures: what is a fault, and what only looks like one (operations.md A.2.8, B.4)."""

from collections.abc import Callable

import pytest

from usher.diagnosis import measured
from usher.diagnosis.leak import BINS, FAST, LONG, MEGABYTE, PACE, Sample, ceiling, leaking
from usher.diagnosis.measured import Disk, Foreign, HostMemory, Memory
from usher.diagnosis.service import FigureSeen, diagnose_service

GIB = 2**30


def memory(
    size: Callable[[float], float], *, limit: int | None, seconds: float, pace: float = PACE
) -> Memory:
    """Samples of `size` (megabytes at a second); the host has 16 GiB left."""
    count = int(seconds / pace) + 1
    samples = [Sample(n * pace, round(size(n * pace) * MEGABYTE)) for n in range(count)]
    return Memory(samples, limit, 16 * GIB, pace)


# -- memory ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pace", [10.0, 1.0])
def test_a2_08_a_leak_is_named_as_soon_as_the_window_is_full(pace: float) -> None:
    """1 MB a second at the usual pace; the windows follow the pace."""
    growing = memory(
        lambda at: 60 + at * PACE / pace, limit=400 * MEGABYTE, seconds=13 * pace, pace=pace
    )
    found = measured.rising_fast(growing)
    assert found is not None
    assert found.fault.id == "memory.rising_fast"
    assert "MiB a second" in found.text
    assert "the limit of 381 MiB is reached in" in found.text
    assert measured.leak_suspected(growing) is None


def test_a2_08_the_long_window_foretells_the_time_of_the_limit() -> None:
    growing = memory(lambda at: 60 + at / 60, limit=400 * MEGABYTE, seconds=1850)
    assert measured.rising_fast(growing) is None
    found = measured.leak_suspected(growing)
    assert found is not None
    assert found.fault.id == "memory.leak_suspected"
    assert (
        found.text == "87 MiB, growing by 1.0 MiB a minute: the limit of 381 MiB is reached in 5 h"
    )


def test_acceptance_2_a_leak_without_a_limit_is_named_within_150_s() -> None:
    """From its beginning in an app that was calm before, measured with probes each 10 s."""
    for second in range(0, 160, 10):
        calm_then_leak = memory(
            lambda at: 60 + max(0.0, at - 600), limit=None, seconds=600 + second
        )
        if measured.rising_fast(calm_then_leak) is not None:
            assert 60 <= second <= 150
            break
    else:
        pytest.fail("it was not named")


def test_samples_that_come_with_probes_need_not_be_quite_even() -> None:
    """A bin may be empty because one probe was a little late."""
    late = [Sample(n * 10 + (n % 3) * 0.4, (60 + n * 10) * MEGABYTE) for n in range(BINS + 2)]
    assert leaking(late, 400 * MEGABYTE, FAST) is not None


@pytest.mark.parametrize(
    ("size", "limit", "available", "expected"),
    [
        (100, 400, 10, 400),
        (100, None, 1000, 200),  # twice what it is
        (100, None, 30, 130),  # or what the host has left
        (100, None, None, 200),
    ],
)
def test_what_is_too_much(
    size: int, limit: int | None, available: int | None, expected: int
) -> None:
    assert ceiling(size, limit, available) == expected


def test_nothing_is_said_of_nothing() -> None:
    nothing = Memory([], None, None, PACE)
    assert measured.rising_fast(nothing) is measured.leak_suspected(nothing) is None


def test_a_diagnosis_names_what_figures_say() -> None:
    figures = [
        FigureSeen("memory.leak_suspected", "87 MiB, growing"),
        FigureSeen("orm.second_pool", "is told by its own lines"),
        FigureSeen("fs.no_space", "cannot write log"),
    ]
    found = diagnose_service([], 0, [], figures)
    assert [cause.signature.id for cause in found.causes] == [
        "fs.no_space",
        "memory.leak_suspected",
    ]
    assert found.causes[1].evidence[0].text == "87 MiB, growing"


# -- descriptors -----------------------------------------------------------------------------------


def counts(number: Callable[[int], int]) -> list[tuple[float, int]]:
    return [(n * PACE, number(n)) for n in range(181)]


@pytest.mark.parametrize(
    ("number", "most_used", "said"),
    [
        (lambda n: 20, 0.5, ""),
        (lambda n: 20, 0.81, "81 % of its limit"),
        (lambda n: 20 + n, 0.1, "more than 30 min ago"),
        (lambda n: 20 + n // 10, 0.1, ""),  # too few to matter
        (lambda n: 20 + n % 60, 0.1, ""),  # comes and goes
        (lambda n: 20 if n < 90 else 400, 0.1, ""),  # grew once: a step
    ],
)
def test_descriptors(number: Callable[[int], int], most_used: float, said: str) -> None:
    found = measured.descriptors(counts(number), most_used, PACE)
    assert (found.text if found else "").replace("%", " %").replace("  %", " %").count(said) > 0
    assert (found is not None) is bool(said)


# -- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usual", "now", "is_slow"),
    [
        (0.1, 0.6, True),
        (0.1, 0.45, False),
        (0.01, 0.2, False),
        (0.01, 0.3, True),
        (2.0, 9.0, False),
    ],
)
def test_slower_than_usual_and_noticeably(usual: float, now: float, is_slow: bool) -> None:
    before = [(float(at), usual) for at in range(0, 3300, 10)]
    recent = [(float(at), now) for at in range(3310, 3600, 10)]
    found = measured.slow_answers([*before, *recent])
    assert (found is not None) is is_slow
    assert measured.slow_answers(recent) is None  # nothing to compare with
    assert measured.slow_answers([]) is None


def test_a_single_slow_answer_is_no_trend() -> None:
    answers = [(float(at), 5.0 if at == 3500 else 0.1) for at in range(0, 3600, 10)]
    assert measured.slow_answers(answers) is None


# -- the host --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "said"),
    [
        (HostMemory(16 * GIB, 8 * GIB, 0.0), ""),
        (HostMemory(16 * GIB, GIB, 0.0), "1.0 GiB of 16.0 GiB are left"),
        (HostMemory(16 * GIB, 8 * GIB, 40.0), "all work waits 40 % of time"),
        (HostMemory(16 * GIB, 8 * GIB, None), ""),
    ],
)
def test_pressure(host: HostMemory, said: str) -> None:
    found = measured.host_memory(host)
    assert (found.text if found else "").startswith(said)
    assert (found is not None) is bool(said)


@pytest.mark.parametrize(
    ("path", "odd"),
    [
        ("/usr/bin/java", ""),
        ("/tmp/x", "in a folder for temporary files"),
        ("/usr/bin/kworkerds (deleted)", "its program file was deleted"),
    ],
)
def test_a2_13_a_foreign_hog_is_named_with_what_makes_it_odd(path: str, odd: str) -> None:
    hog = Foreign(4711, path, "www-data", 7 * GIB, "2026-11-21 03:00:00")
    small = Foreign(4712, "/usr/bin/vim", "ops", GIB, "2026-11-21 03:00:00")
    (found,) = measured.foreign_hog([hog, small], HostMemory(16 * GIB, 8 * GIB))
    for word in ("4711", path, "www-data", "7.0 GiB", "44%", "2026-11-21 03:00:00", odd):
        assert word in found.text
    assert ("malware" in found.text) is bool(odd)
    assert found.fault.restart == "no"


def test_disks() -> None:
    roomy = Disk("/", 50 * GIB, 100 * GIB, 9000, 10000)
    assert measured.disk(roomy) is None
    for tight in (
        roomy._replace(free=9 * GIB),
        roomy._replace(size=5 * GIB, free=GIB - 1),
        roomy._replace(inodes_free=900),
    ):
        found = measured.disk(tight)
        assert found is not None
        assert "left at /" in found.text
    used = [Sample(n * 60, 50 * GIB + n * 60 * MEGABYTE) for n in range(31)]
    filling = measured.disk(roomy._replace(used=used))
    assert filling is not None
    assert filling.text.endswith("it is full in 15 h")
    assert measured.disk(roomy._replace(used=used[:10])) is None
    assert LONG.length == 1800


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ((160.0, 1060.5), ""),
        ((160.0, 4660.0), "forward by 60 min"),
        ((160.0, 1050.0), "back by 10 s"),
    ],
)
def test_the_wall_clock_was_set(after: tuple[float, float], said: str) -> None:
    found = measured.clock_jump((100.0, 1000.0), after)
    assert (found.text if found else "").endswith(said)
    assert (found is not None) is bool(said)
