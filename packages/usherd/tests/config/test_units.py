"""Durations, sizes, modes and signals: what is read, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.config.units import Duration, FileMode, Interval, SignalName, Size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("10s", 10),
        ("1.5s", 1.5),
        ("5m", 300),
        ("1h", 3600),
        ("2d", 172800),
        (" 1s ", 1),
        ("0s", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert Duration.parse(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["10", "s", "-1s", "1 s", "1y", "1e3s", "", "٣s", 10, 1.5, None, True, "999999999d", ["1s"]],
)
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="a duration with its unit"):
        Duration.parse(text)


def test_an_interval_is_above_zero() -> None:
    assert Interval.parse("1ms") == 0.001
    with pytest.raises(ValueError, match="above zero"):
        Interval.parse("0s")


@given(st.integers(min_value=0, max_value=10**8))
def test_a_duration_in_milliseconds_is_exact(milliseconds: int) -> None:
    assert Duration.parse(f"{milliseconds}ms") == pytest.approx(milliseconds / 1000, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("150M", 150 * 1024**2),
        ("150MB", 150 * 1024**2),
        ("150MiB", 150 * 1024**2),
        ("1G", 1024**3),
        ("1.5K", 1536),
        ("512", 512),
        (512, 512),
        ("10b", 10),
    ],
)
def test_sizes(text: object, amount: int) -> None:
    assert Size.parse(text) == amount


@pytest.mark.parametrize("text", ["M", "-1M", "1X", 1.5, True, -1, None, "1 M"])
def test_what_is_no_size(text: object) -> None:
    with pytest.raises(ValueError, match="a size such as"):
        Size.parse(text)


def test_file_modes_are_octal_text() -> None:
    assert FileMode.parse("0660") == FileMode.parse("660") == FileMode.parse("0o660") == 0o660
    for wrong in (660, "888", "1777", "", "rw-"):
        with pytest.raises(ValueError, match="octal"):
            FileMode.parse(wrong)


def test_signals_have_names() -> None:
    assert SignalName.parse("SIGINT") == SignalName.parse("int") == 2
    for wrong in ("SIGNOPE", 2, "", None):
        with pytest.raises(ValueError, match="name of a signal"):
            SignalName.parse(wrong)
