"""A request from daemon to daemon: what is asked next, and when it is given up."""

import pytest

from usher.api.types import EventRecord, Frame, Problem, Report
from usher.client.errors import LostError, NotRunningError, ProblemError
from usher.client.pursuit import RETURN_LIMIT, Pursuit

LOST = LostError("the daemon ended")
REPORT = Report(outcome="done", exit_code=0, result="", detail="", services=[], tails=[])


def event(seq: int) -> EventRecord:
    return EventRecord(seq, "", "web", 0, 1, "ready", "running", ready=True, detail="")


def pursuit(patience: float | None = None) -> tuple[Pursuit, str]:
    begun = Pursuit("/v1/restart", b"{}", patience)
    asked = begun.ask(100.0)
    assert asked[:3] == ("POST", "/v1/restart", b"{}")
    return begun, asked.key


def test_a_report_ends_it() -> None:
    begun, key = pursuit()
    assert len(key) == 16
    begun.told(Frame(report=REPORT))
    assert begun.is_over


def test_the_next_daemon_is_asked_how_it_goes_on() -> None:
    begun, key = pursuit(60.0)
    begun.told(Frame(event=event(41)))
    begun.lost(LOST, 110.0)
    assert begun.ask(112.5) == ("GET", f"/v1/jobs/{key}?since=41&timeout=47.5", b"", "")
    begun.lost(NotRunningError("nothing is running"), 113.0)
    assert begun.ask(200.0).target.endswith("timeout=0"), "its patience is not renewed"


def test_what_nobody_has_heard_of_is_sent_again_under_the_same_key() -> None:
    begun, key = pursuit()
    begun.lost(LOST, 101.0)
    asked = begun.ask(101.1)
    unknown = ProblemError(Problem(error="cannot find", exit_code=1), status=404)
    assert begun.was_unknown(asked, unknown)
    again = begun.ask(101.2)
    assert (again.method, again.key) == ("POST", key)
    assert not begun.was_unknown(again, unknown), "now it is the answer"


def test_nothing_is_waited_for_where_nothing_runs() -> None:
    begun, _ = pursuit()
    with pytest.raises(NotRunningError):
        begun.lost(NotRunningError("nothing is running"), 100.0)


def test_an_end_of_all_is_not_waited_beyond() -> None:
    begun = Pursuit("/v1/kill", b"", None, ends_all=True)
    begun.ask(100.0)
    begun.lost(LOST, 100.0)
    with pytest.raises(NotRunningError):
        begun.lost(NotRunningError("nothing is running"), 100.1)


def test_it_is_given_up_when_no_daemon_comes() -> None:
    begun, _ = pursuit()
    begun.lost(LOST, 100.0)
    begun.lost(LOST, 100.0 + RETURN_LIMIT)
    with pytest.raises(LostError):
        begun.lost(LOST, 100.1 + RETURN_LIMIT)


def test_a_sign_of_life_begins_the_limit_anew() -> None:
    begun, _ = pursuit()
    begun.lost(LOST, 100.0)
    begun.told(Frame(event=event(1)))
    begun.lost(LOST, 110.0 + RETURN_LIMIT)
    assert not begun.is_over
