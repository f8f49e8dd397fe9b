"""What was measured before an incident, while it lasted, and after."""

from datetime import UTC, datetime
from typing import Any

import pytest

from usher.api.metrics import InstanceSeries, SeriesPoint
from usher.incidents.figures import AROUND, Compared, compared, window
from usher.incidents.markdown import markdown
from usher.incidents.report import Beside, Shown, report
from usher.model.incident import Incident, Occurred
from usher.model.language import Language

BEGIN = 1_763_715_600.0
END = BEGIN + 90
HANG = Incident(
    number=1,
    service="api",
    kind="hang",
    severity="major",
    occurred=Occurred(BEGIN + 5, BEGIN),
    detected=BEGIN + 20,
    rule="unhealthy",
    services=("api",),
    recovered=END,
)


def clock(at: float) -> Shown:
    return Shown("2025-11-21", f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}", "UTC+00:00")


def point(at: float, **changes: Any) -> SeriesPoint:
    usual: dict[str, Any] = {
        "memory": 100 * 2**20, "memory_least": 2**20, "cpu": 5.0, "descriptors": 9, "sockets": 1,
        "restarts": 0, "probes": 1, "probes_failed": 0, "probe_seconds": 0.02,
    }  # fmt: skip
    return SeriesPoint(at=at, **(usual | changes))


SERIES = InstanceSeries(
    service="api",
    slot=0,
    points=[
        point(BEGIN - AROUND - 1, memory=900 * 2**20),  # too long ago
        point(BEGIN - 20),
        point(BEGIN - 10, memory=120 * 2**20),
        point(BEGIN + 4, memory=110 * 2**20, probes=0, probe_seconds=0.0),  # before the first sign
        point(BEGIN + 10, cpu=99.0, probes_failed=1, probe_seconds=3.0),
        point(END, cpu=100.0, probes_failed=2),
        point(END + 5, memory=0, probes=0, cpu=0.0, descriptors=0),  # neither measured nor asked
        point(END + 10, cpu=4.0),
    ],
)


def test_what_is_compared_is_what_was_measured() -> None:
    assert window(HANG, END + 9999) == (BEGIN + 5 - AROUND, END + AROUND)
    found = {each.figure: each[2:] for each in compared(HANG, [SERIES], END + 9999)}
    assert found == {
        "memory": (120 * 2**20, 100 * 2**20, 100 * 2**20),
        "cpu": (5.0, 100.0, 4.0),
        "descriptors": (9, 9, 9),
        "answers": (0.02, 3.0, 0.02),
        "failed": (0, 3, 0),
    }


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert compared(HANG, [], END) == []
    unasked = InstanceSeries(service="api", slot=0, points=[point(BEGIN + 9, probes=0)])
    assert {each.figure for each in compared(HANG, [unasked], END)} == {
        "memory",
        "cpu",
        "descriptors",
    }
    silent = InstanceSeries(service="api", slot=0, points=[point(BEGIN + 1, memory=0, probes=0)])
    assert compared(HANG, [silent], END) == []
    only_during = InstanceSeries(service="api", slot=0, points=[point(BEGIN + 9)])
    assert compared(HANG, [only_during], END)[0] == Compared(
        "api:0", "memory", None, 100 * 2**20, None
    )


@pytest.mark.parametrize(
    ("language", "title", "unknown"),
    [
        ("en", "Before, during and after", "not measured"),
        ("ko", "발생 전, 지속 중, 회복 후", "측정되지 않음"),
    ],
)
def test_a_report_has_the_table(language: Language, title: str, unknown: str) -> None:
    figures = [*compared(HANG, [SERIES], END), Compared("api:1", "answers", None, 1.5, None)]
    written = markdown(report(HANG, language, clock, beside=Beside(figures)))
    assert f"## {title}" in written
    assert "| 120 MiB | 100 MiB | 100 MiB |" in written
    assert "| 5 % | 100 % | 4 % |" in written
    assert f"| {unknown} |" in written
    assert title not in markdown(report(HANG, language, clock))
