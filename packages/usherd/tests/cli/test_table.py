"""The table of `usher list`, at every width and with every name."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usher.api.text import age, counted, fit, printable, size, width
from usher.daemon.table import EMPTY, render

PLAIN = """\
NAME      STATUS    READY   PID  UPTIME  RESTARTS  CPU  MEMORY
database  active      1/1  1234   2h 5m         0   1%   45.0M
api       degraded    1/2
  api:0   active           1234   2h 5m         0   1%   45.0M
  api:1   failed              -       -         5    -       -
  one of two is ready
off       inactive    0/1     -       -         0    -       -
"""


@pytest.fixture
def services(make_service: Callable[..., Any], make_instance: Callable[..., Any]) -> list[Any]:
    """A healthy, a degraded and a stopped service."""
    down = {"pid": None, "uptime": None, "memory": None, "cpu": None, "ready": False}
    failed = make_instance(slot=1, status="failed", restarts=5, **down)
    return [
        make_service("database"),
        make_service(
            "api",
            status="degraded",
            instances_wanted=2,
            detail="one of two is ready",
            instances=[make_instance(), failed],
        ),
        make_service(
            "off",
            status="inactive",
            ready=0,
            detail="stopped by hand",
            instances=[make_instance(status="inactive", **down)],
        ),
    ]


def test_plain(services: list[Any]) -> None:
    assert render(services, columns=80, color=False) == PLAIN


def test_colours_change_nothing_but_colour(services: list[Any]) -> None:
    colored = render(services, columns=80, color=True)
    assert "\x1b[32mactive" in colored
    assert "\x1b[31mfailed" in colored
    bare = re.sub(r"\x1b\[\d*m", "", colored)
    assert [line.rstrip() for line in bare.splitlines()] == PLAIN.splitlines()


def test_columns_give_way(services: list[Any]) -> None:
    heads = [render(services, columns=n, color=False).splitlines()[0].split() for n in (55, 44, 30)]
    assert heads == [
        ["NAME", "STATUS", "READY", "PID", "UPTIME", "RESTARTS"],
        ["NAME", "STATUS", "READY", "PID", "UPTIME"],
        ["NAME", "STATUS", "READY"],
    ]


def test_a_job_that_ended_well_is_completed(
    make_service: Callable[..., Any], make_instance: Callable[..., Any]
) -> None:
    ended = make_instance(phase="exited", status="inactive", ready=False, pid=None, uptime=None)
    job = make_service("job", kind="job", status="inactive", ready=0, instances=[ended])
    assert render([job], columns=80, color=False).splitlines()[1].split()[:4] == [
        "job", "completed", "-", "-",
    ]  # fmt: skip


def test_an_empty_list_says_what_to_do() -> None:
    assert render([], columns=80, color=True) == EMPTY


@given(names=st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=4),
       details=st.text(max_size=200), columns=st.integers(30, 200))  # fmt: skip
@settings(deadline=None)
def test_no_line_is_wider_than_the_terminal(
    make_service: Callable[..., Any], names: list[str], details: str, columns: int
) -> None:
    made = [make_service(name, status="failed", detail=details) for name in names]
    text = render(made, columns=columns, color=False)
    assert all(width(line) <= columns for line in text.splitlines())
    assert all(printable(line) == line for line in text.splitlines())
    assert len(text.splitlines()) == 1 + len(names) * (2 if details else 1)


@pytest.mark.parametrize(
    ("text", "columns", "fitted"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("한국어", 6, "한국어"),
        ("한국어", 5, "한국…"),
        ("한국어", 4, "한… "),
        ("e\u0301tude", 5, "e\u0301tude"),
        ("abc", 0, ""),
    ],
)
def test_fit(text: str, columns: int, fitted: str) -> None:
    assert fit(text, columns).rstrip("\0") == fitted
    assert width(fit(text, columns)) == columns


@given(st.text(max_size=50), st.integers(0, 60))
def test_what_is_fitted_has_the_width(text: str, columns: int) -> None:
    assert width(fit(printable(text), columns)) == columns


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"), (0, "0s"), (59.9, "59s"), (60, "1m"), (200, "3m 20s"), (3600, "1h"),
        (7500, "2h 5m"), (86400, "1d"), (90000 + 60, "1d 1h"), (-3, "0s"),
    ],
)  # fmt: skip
def test_age(seconds: float | None, shown: str) -> None:
    assert age(seconds) == shown


def test_counted() -> None:
    assert [counted(n, "variable") for n in (0, 1, 2)] == [
        "0 variables",
        "1 variable",
        "2 variables",
    ]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(None, "-"), (0, "0B"), (1023, "1023B"), (1024, "1.0K"), (3 * 1024**3, "3.0G")],
)
def test_size(amount: int | None, shown: str) -> None:
    assert size(amount) == shown
