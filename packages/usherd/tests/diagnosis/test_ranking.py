"""What a log names as the cause, what only followed, and what is not there."""

import pytest

from usher.diagnosis.fingerprint import fingerprint, frame_of_app, normalised
from usher.diagnosis.match import Matcher
from usher.diagnosis.ranking import AREAS, WINDOW, Diagnosis, diagnose
from usher.diagnosis.service import ProbeSeen, diagnose_service

MATCHER = Matcher()


def diagnosed(*lines: str) -> Diagnosis:
    return diagnose(list(MATCHER.matches(lines)), len(lines))


def causes(*lines: str) -> list[str]:
    return [cause.signature.id for cause in diagnosed(*lines).causes]


REFUSED = "Error: connect ECONNREFUSED 127.0.0.1:5432"
REJECTED = "[UnhandledPromiseRejection: This error originated either by throwing]"
UNDEFINED = "TypeError: Cannot read properties of undefined (reading 'id')"
BAD_GATEWAY = "connect() failed (111: Connection refused) while connecting to upstream"


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        ((REJECTED, REFUSED), "db.connection_refused"),  # what is outside before what followed
        ((UNDEFINED, REFUSED), "db.connection_refused"),  # and before the code it broke
        ((REJECTED, UNDEFINED), "node.uncaught_type_error"),
        ((BAD_GATEWAY, UNDEFINED), "node.uncaught_type_error"),
        ((BAD_GATEWAY,), "upstream.refused_502"),  # a consequence when there is nothing else
        (("EADDRINUSE: address already in use", REFUSED), "net.port_in_use"),  # who spoke first
        (("duplicate key value violates unique constraint", UNDEFINED), "node.uncaught_type_error"),
        (("password authentication failed for user", REFUSED), "db.auth_failed"),
    ],
)
def test_the_cause_is_chosen_by_rank_and_then_by_place(lines: tuple[str, ...], first: str) -> None:
    assert causes(*lines)[0] == first


def test_what_says_less_in_the_same_line_is_left_out() -> None:
    assert causes(REFUSED) == ["db.connection_refused"]
    assert causes("Error: connect ECONNREFUSED 127.0.0.1:8080") == ["net.connection_refused"]


def test_an_old_story_does_not_count() -> None:
    old = "Error: listen EADDRINUSE: address already in use :::3000"
    assert causes(old, *["quiet"] * WINDOW, REFUSED) == ["db.connection_refused"]
    assert causes(old, *["quiet"] * (WINDOW - 2), REFUSED)[0] == "net.port_in_use"


def test_what_no_line_speaks_of_is_excluded() -> None:
    found = diagnosed(REFUSED)
    assert set(AREAS) - set(found.excluded) == {"database"}


def test_nothing_is_asserted_of_a_harmless_log() -> None:
    found = diagnosed("listening on 3000", "GET / 200 3ms", "closed 3 tickets, code 1006 items")
    assert found.causes == ()
    assert not found.known


def test_a_warning_alone_is_no_cause() -> None:
    assert not diagnosed("(node:1) MaxListenersExceededWarning: Possible leak").known


def test_two_causes_make_each_less_certain() -> None:
    alone = diagnosed(REFUSED).causes[0].confidence
    both = diagnosed(REFUSED, "Error: ENOSPC: no space left on device, write").causes
    assert [cause.signature.id for cause in both] == ["db.connection_refused", "fs.no_space"]
    assert all(cause.confidence < alone for cause in both)


BACK = "connected to the database"
TIMEOUT = "[227] [CRITICAL] WORKER TIMEOUT (pid:228)"
KILLED = "[227] [ERROR] Worker (pid:228) was sent SIGKILL! Perhaps out of memory?"
BOOTING = "FATAL:  the database system is starting up"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((REFUSED, BACK), []),
        ((REFUSED, BACK, REFUSED), ["db.connection_refused"]),
        ((REFUSED, "Connected to redis://127.0.0.1:6379/0"), ["db.connection_refused"]),
        (("password authentication failed for user", BACK), ["db.auth_failed"]),  # not by waiting
        ((TIMEOUT, KILLED), ["py.worker_timeout"]),
        ((KILLED,), ["py.worker_oom"]),
        ((TIMEOUT, KILLED.replace("228", "231")), ["py.worker_oom", "py.worker_timeout"]),
        (
            ("Error: connect ECONNREFUSED 127.0.0.1:8080", REFUSED),
            ["db.connection_refused", "net.connection_refused"],
        ),
    ],
)
def test_what_is_over_or_explained_is_no_cause(lines: tuple[str, ...], expected: list[str]) -> None:
    assert causes(*lines) == expected


SILENT = ProbeSeen("http", "self", failing=True, ever_passed=True, last="no answer within 2 s")
NEVER = SILENT._replace(ever_passed=False)
AWAY = SILENT._replace(scope="dependency")
OUTSIDE = SILENT._replace(scope="edge")


@pytest.mark.parametrize(
    ("lines", "probe", "expected"),
    [
        ((), NEVER, ["probe.never_succeeded"]),
        ((REFUSED,), NEVER, ["db.connection_refused", "probe.never_succeeded"]),
        (("EADDRINUSE", REFUSED), NEVER, ["net.port_in_use", "db.connection_refused"]),
        ((REFUSED,), AWAY, ["dependency.down", "db.connection_refused"]),
        ((UNDEFINED,), SILENT, ["node.uncaught_type_error", "probe.unresponsive"]),
        ((BAD_GATEWAY,), SILENT, ["probe.unresponsive", "upstream.refused_502"]),
        (
            ("FATAL:  the database system is starting up",),
            SILENT,
            ["probe.unresponsive", "db.not_ready"],
        ),
        ((BAD_GATEWAY,), OUTSIDE, ["upstream.refused_502"]),
    ],
)
def test_what_is_seen_now_takes_its_place_among_what_was_said(
    lines: tuple[str, ...], probe: ProbeSeen, expected: list[str]
) -> None:
    found = diagnose_service(list(MATCHER.matches(lines)), len(lines), [probe])
    assert [cause.signature.id for cause in found.causes][:2] == expected


def test_evidence_is_every_line_in_order() -> None:
    (cause,) = diagnosed(REFUSED, "again", REFUSED).causes
    assert [match.line for match in cause.evidence] == [0, 2]


# -- fingerprints --------------------------------------------------------------------------------

NODE_STACK = (
    "TypeError: Cannot convert undefined or null to object",
    "    at Function.keys (<anonymous>)",
    "    at node:internal/process/task_queues:95:5",
    "    at summarise (/srv/app/node_modules/lib/index.js:3:9)",
    "    at end (/srv/app/src/session.js:41:17)",
    "    at Object.<anonymous> (/srv/app/src/app.js:7:1)",
)
PYTHON_STACK = (
    "Traceback (most recent call last):",
    '  File "/srv/app/main.py", line 3, in <module>',
    '  File "/srv/app/orders.py", line 12, in total',
    '  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode',
)


def test_the_place_is_the_apps_own_innermost_frame() -> None:
    assert frame_of_app(NODE_STACK) == "/srv/app/src/session.js:41"
    assert frame_of_app(PYTHON_STACK) == "/srv/app/orders.py:12"
    assert frame_of_app(["no stack"]) == ""


def test_what_differs_between_occurrences_is_left_out() -> None:
    one = "order 17 of user 0b8c2a64-9d0e-4c47-8f5b-0c1f0a1b2c3d at 0x7ffd in /home/app/x.js"
    two = "order 9812 of user 11111111-2222-3333-4444-555555555555 at 0xbeef in /home/dev/x.js"
    assert normalised(one) == normalised(two)


def test_a_fingerprint_names_fault_message_and_place() -> None:
    same = {fingerprint("x.y", f"took {n} ms", NODE_STACK) for n in range(5)}
    assert len(same) == 1
    assert fingerprint("x.y", "took 1 ms", PYTHON_STACK) not in same
    assert fingerprint("x.z", "took 1 ms", NODE_STACK) not in same
