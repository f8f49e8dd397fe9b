"""Why a run ended: its last words and the way it ended, as ranked causes."""

from collections.abc import Sequence
from typing import Any

import pytest

from usher.diagnosis.death import Death, Judgement, judge
from usher.diagnosis.match import Matcher
from usher.diagnosis.memory_kill import NO_EVIDENCE, Verdict
from usher.diagnosis.obstacles import Surroundings
from usher.model.events import Exit, ExitStatus, Killed, Vanished
from usher.model.fault import PortTaken, Unreachable

MATCHER = Matcher()

TYPE_ERROR = """\
2025-10-24T10:00:00.000Z "POST /api/session/7/end?x=1 HTTP/1.1" 200
/srv/app/src/report.js:41
TypeError: Cannot convert undefined or null to object
    at Function.keys (<anonymous>)
    at summarise (/srv/app/src/report.js:41:17)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)

Node.js v20.20.0""".splitlines()
TRACEBACK = """\
Traceback (most recent call last):
  File "/srv/app/main.py", line 9, in <module>
  File "/srv/app/orders.py", line 31, in total
ValueError: no price for 17""".splitlines()
PORT = ["OSError: [Errno 98] Address already in use"]
REFUSED = ["Error: connect ECONNREFUSED 127.0.0.1:5432"]


def judged(lines: Sequence[str], status: ExitStatus, **more: Any) -> Judgement:
    fields: dict[str, Any] = {
        "by_us": False,
        "around": Surroundings("/srv", 8000),
        **more,
    }
    return judge(Death(lines, status, **fields), MATCHER)


def test_a3_01_a_crash_names_file_line_request_and_what_a_restart_is_worth() -> None:
    found = judged(TYPE_ERROR, Exit(1))
    first = found.diagnosis.causes[0]
    assert first.id == "node.uncaught_type_error"
    assert first.place == "/srv/app/src/report.js:41"
    assert first.evidence == (
        "TypeError: Cannot convert undefined or null to object",
        "last request: POST /api/session/7/end",
    )
    assert first.restart == "once"
    assert first.confidence >= 0.8
    assert {"database", "environment", "port"} <= set(found.diagnosis.excluded)


def test_identical_crashes_have_one_fingerprint_and_others_another() -> None:
    once = judged(TYPE_ERROR, Exit(1)).diagnosis.causes[0]
    again = judged(["started in 12 ms", *TYPE_ERROR], Exit(1)).diagnosis.causes[0]
    moved = [line.replace("41:17", "52:3") for line in TYPE_ERROR]
    elsewhere = judged(moved, Exit(1)).diagnosis.causes[0]
    assert once.fingerprint == again.fingerprint != elsewhere.fingerprint


def test_an_unknown_error_is_told_with_its_line_and_place() -> None:
    found = judged(TRACEBACK, Exit(1))
    (cause,) = found.diagnosis.causes
    assert cause.id == "exit.error"
    assert cause.evidence == ("ValueError: no price for 17",)
    assert cause.place == "/srv/app/orders.py:31"
    assert cause.confidence < 0.8
    assert found.fault is None


def test_what_keeps_it_from_being_started_is_told_to_the_policy() -> None:
    port, database = judged(PORT, Exit(1)).fault, judged(REFUSED, Exit(1)).fault
    assert port is not None
    assert (port.restart, port.obstacle) == ("no", PortTaken("", 8000))
    assert database is not None
    assert (database.restart, database.obstacle) == ("wait", Unreachable("127.0.0.1", 5432))


KERNEL = Verdict(killed=True, confidence=0.95, evidence=("Out of memory: Killed process 7 (x)",))
PERHAPS = Verdict(killed=None, confidence=0.5, evidence=("the host counted 1 kill",))


@pytest.mark.parametrize(
    ("status", "memory", "first"),
    [
        (Killed(9), KERNEL, "os.oom_kill"),
        (Exit(137), KERNEL, "os.oom_kill"),
        (Killed(9), PERHAPS, "host.kill_unexplained"),
        (Killed(9), NO_EVIDENCE, "host.kill_unexplained"),
        (Killed(15), NO_EVIDENCE, "exit.terminated"),
        (Killed(11), NO_EVIDENCE, "os.segfault"),
    ],
)
def test_a2_14_an_end_from_outside_goes_before_what_the_log_says(
    status: ExitStatus, memory: Verdict, first: str
) -> None:
    found = judged(PORT, status, memory=memory)
    assert [cause.id for cause in found.diagnosis.causes] == [first, "net.port_in_use"]
    assert found.fault is None, "the log is of something else"


def test_a2_14_a_kill_is_told_with_what_says_whose_it_was() -> None:
    by_kernel, perhaps, plain = (
        judged(PORT, Killed(9), memory=memory).diagnosis.causes[0]
        for memory in (KERNEL, PERHAPS, NO_EVIDENCE)
    )
    assert (by_kernel.confidence, by_kernel.evidence) == (0.95, KERNEL.evidence)
    assert (perhaps.confidence, perhaps.evidence) == (0.5, PERHAPS.evidence)
    assert "perhaps by the kernel" in perhaps.text
    assert (plain.confidence, plain.evidence) == (0.7, ())
    assert plain.text == "killed by signal 9 from outside usher, no OOM evidence"
    assert perhaps.fingerprint == plain.fingerprint


@pytest.mark.parametrize("memory", [KERNEL, PERHAPS])
def test_a_lack_of_memory_that_may_be_is_not_excluded(memory: Verdict) -> None:
    assert "memory" in judged(PORT, Killed(9)).diagnosis.excluded
    assert "memory" not in judged(PORT, Killed(9), memory=memory).diagnosis.excluded


@pytest.mark.parametrize("status", [Exit(0), Exit(1), Exit(3), Exit(127), Vanished()])
def test_an_exit_code_alone_keeps_no_app_down(status: ExitStatus) -> None:
    found = judged(["listening on 3000"], status)
    assert found.fault is None
    assert len(found.diagnosis.causes) == 1


def test_what_we_ended_ourselves_is_no_cause() -> None:
    assert judged([], Killed(9), by_us=True).diagnosis.causes == ()
    late = judged(REFUSED, Killed(15), by_us=True)
    assert late.diagnosis.causes[0].id == "db.connection_refused"


def test_nothing_said_is_no_error() -> None:
    (cause,) = judged([], Exit(1)).diagnosis.causes
    assert (cause.id, cause.evidence, cause.place) == ("exit.error", (), "")
