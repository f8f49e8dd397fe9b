"""Closed WebSocket connections by code, and what explains them: spec/operations.md A.3.6."""

import math

import pytest

from usher.diagnosis.close_codes import Closing, End, Said, closings, ends, may_tell, table

ENDED = End(100.0, "api at 10:00:00 (exit code 1)")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("WebSocket closed with code 1006", 1006),
        ("[ws] connection close: 1008 sessionId required", 1008),
        ("client closed (1001)", 1001),
        ("websockets.exceptions.ConnectionClosedError: received 1012 (service restart)", 1012),
        ("WebSocket closed: 4401 token expired", 4401),
        ("channel: the connection ended without a close frame (1006)", 1006),
        ("channel: closed with 1009 'too big' before it answered the ping", 1009),
        ("order 1008 closed by user 3", 0),
        ("closed 3 tickets, code 1006 items", 0),
        ("WebSocket server listens on 3000", 0),
        ("WebSocket closed after 1999 ms", 0),
        ("WebSocket closed after 3000 ms", 0),
    ],
)
def test_a3_06_a_code_is_read_where_a_connection_is_closed(line: str, code: int) -> None:
    found = closings([Said(1.0, line)])
    assert [each.code for each in found] == ([code] if code else [])
    assert not code or may_tell(line)


def test_a3_06_a_table_by_code_with_rates() -> None:
    codes = (1006, 1008, 1011, 1012, 1013, 1009, 1001)
    closed = [Closing(float(n), code) for place, code in enumerate(codes) for n in range(place + 1)]
    rows = table(closed, [], 120.0)
    assert [row.code for row in rows] == [1001, 1009, 1013, 1012, 1011, 1008, 1006]
    assert [row.closings for row in rows] == [7, 6, 5, 4, 3, 2, 1]
    assert [row.per_minute for row in rows] == [3.5, 3.0, 2.5, 2.0, 1.5, 1.0, 0.5]
    assert all(row.meaning and not row.cause for row in rows)


@pytest.mark.parametrize(
    ("at", "explained"),
    [(97.9, False), (98.1, True), (100.0, True), (102.0, True), (102.1, False), (math.nan, False)],
)
def test_a3_06_what_is_cut_within_2_s_of_an_end_is_of_that_end(at: float, explained: bool) -> None:
    (row,) = table([Closing(at, 1006)] * 14, [End(5.0, "an earlier one"), ENDED], 60.0)
    assert row.explained == (14 if explained else 0)
    words = "within 2 s of the end of api at 10:00:00 (exit code 1)"
    assert row.cause == (words if explained else "")


@pytest.mark.parametrize(("at", "explained"), [(99.0, 0), (101.0, 1), (159.0, 1), (161.0, 0)])
def test_a3_06_a_refused_session_after_a_restart_was_lost_with_it(
    at: float, explained: int
) -> None:
    (row,) = table([Closing(at, 1008)], [ENDED], 60.0)
    assert row.explained == explained
    assert row.cause.startswith("sessions were lost with the end of api" if explained else "")


def test_a3_06_no_other_code_is_explained_by_an_end() -> None:
    closed = [Closing(100.5, code) for code in (1001, 1009, 1011, 1012, 1013)]
    assert not any(row.cause for row in table(closed, [ENDED], 60.0))


def test_a3_06_several_ends_are_told_the_one_that_explains_most_first() -> None:
    late = [End(100.0 * n, f"run {n}") for n in range(1, 5)]
    closed = [Closing(100.0 * n, 1006) for n in (1, 2, 2, 3, 4)]
    (row,) = table(closed, late, 60.0)
    assert row.explained == 5
    assert row.cause == "within 2 s of the end of run 2 and of run 1 and of 2 more"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Process exited with status 137", "a process (exit code 137)"),
        ("App [api:0] exited with code [1] via signal [SIGINT]", "a process (exit code 1)"),
        ("worker (pid 7) was terminated by signal 9", "a process (signal 9)"),
        ("exited the fullscreen mode", ""),
    ],
)
def test_a3_06_a_log_may_tell_of_ends_itself(line: str, words: str) -> None:
    assert [each.words for each in ends([Said(1.0, line)])] == ([words] if words else [])
