"""What answers of a probe add up to: rows of failures, and failures now and then."""

import pytest

from usher.model import events as ev
from usher.model.spec import ProbeSpec
from usher.model.target import HttpTarget
from usher.model.world import ProbeCount
from usher.policy.health import count_answer
from usher.policy.probed import failed_words

KEY = ev.Key("api", 1, 0)


def counted(answers: str, fail: int = 3, *, passed: bool = True) -> tuple[str, ProbeCount]:
    """Count answers (`+` good, `-` bad), one a second; say after each whether it fails (`F`)."""
    probe = ProbeSpec("http", HttpTarget("/"), failures=fail, passes=2)
    count, told = ProbeCount(passed_ever=passed), ""
    for now, answer in enumerate(answers):
        event = ev.ProbeResult(KEY, 1, "http", ok=answer == "+", detail="said")
        count = count_answer(count, probe, event, float(now))
        told += "F" if count.failing else "."
    return told, count


@pytest.mark.parametrize(
    ("answers", "failing"),
    [
        ("---", "..F"),
        ("--+--", "....F"),
        ("+--+--", ".....F"),
        ("--++--", ".....F"),
        ("-+-+--", ".....F"),
        ("-+-+-+-+-+-+", "............"),  # three of six
        ("--++-+-++--+", "............"),
        ("--+--+-+-+", "....FFFFFF"),  # it passes, but not twice in a row
        ("--+--++--+--", "....FF.....F"),  # what counted once does not count again
        ("---++--", "..FF..."),
    ],
)
def test_d5_three_failures_in_a_row_or_four_of_six(answers: str, failing: str) -> None:
    assert counted(answers)[0] == failing


@pytest.mark.parametrize(
    ("fail", "answers", "failing"),
    [
        (1, "-+-++", "FFFF."),
        (2, "-+-+-+-+--", ".........F"),
        (4, "--+--+--+----", "............F"),
        (10, "--+" * 6, "." * 18),
    ],
)
def test_where_another_number_is_asked_for_only_rows_count(
    fail: int, answers: str, failing: str
) -> None:
    assert counted(answers, fail)[0] == failing


def test_failures_before_the_first_pass_accuse_the_question() -> None:
    assert counted("------", passed=False)[0] == "......"
    assert counted("-----+--+", passed=False)[0] == "........."
    assert counted("-----+--+--", passed=False)[0] == "..........F"


def test_how_it_failed_is_said_and_since_when() -> None:
    probe = ProbeSpec("http", HttpTarget("/"))
    _, row = counted("+++---")
    assert failed_words(probe, row) == "http failed 3 times in a row: said"
    assert row.failed_since == 3.0
    _, often = counted("++--+--")
    assert failed_words(probe, often) == "http failed 4 times of the last 6: said"
    assert often.failed_since == 2.0
