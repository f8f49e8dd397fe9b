"""What the daemon knows of an app is ranked together with what its log says."""

import pytest

from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.match import Matcher
from usher.diagnosis.next_step import step_for
from usher.diagnosis.service import SEEN_NOW, SEEN_THEN, ProbeSeen, diagnose_service
from usher.diagnosis.signature import Rank
from usher.diagnosis.signatures import measured, observed
from usher.model.incident import Cause

MATCHER = Matcher()
WAITING = Cause(
    "process.waiting",
    "waiting on the database 127.0.0.1:5432",
    0.8,
    ("state S, processor 0% of a core",),
    restart="auto",
    remedy="look why it does not answer",
    check="whether it answers others",
)
POOL = Cause(
    "db.pool_timeout", "Pool exhausted", 0.8, ("Error: timeout exceeded",), place="server.js:16"
)
FAILING = ProbeSeen("page", "self", failing=True, ever_passed=True, last="no answer within 2 s")


def test_what_the_incident_was_told_stands_beside_the_log_and_the_probes() -> None:
    line = "Error: timeout exceeded when trying to connect"
    found = diagnose_service(list(MATCHER.matches([line])), 1, [FAILING], (), [WAITING, POOL])
    ids = [cause.signature.id for cause in found.causes]
    assert ids == ["db.pool_timeout", "process.waiting", "probe.unresponsive"]
    pool, waiting, _ = found.causes
    assert pool.evidence[0].line == 0, "the log's own line comes first"
    assert pool.evidence[-1].text == "at server.js:16"
    assert [each.line for each in waiting.evidence] == [SEEN_THEN]
    assert waiting.signature.collect == "whether it answers others"
    assert waiting.signature.restart.value == "auto"


def test_an_app_that_answers_with_an_error_is_not_said_to_be_silent() -> None:
    (cause,) = diagnose_service([], 0, [FAILING._replace(last="status 500", answered=True)]).causes
    assert cause.signature.id == "probe.error_answer"


def test_the_same_is_told_once() -> None:
    text = "Error: timeout exceeded when trying to connect"
    same = Cause("db.pool_timeout", "Pool exhausted", 0.95, (text,))
    (cause,) = diagnose_service(list(MATCHER.matches([text])), 1, [], (), [same]).causes
    assert [each.text for each in cause.evidence] == [text]
    assert cause.confidence == 0.95


def test_what_is_seen_now_goes_before_what_was_seen_then() -> None:
    down = ProbeSeen("db", "dependency", failing=True, ever_passed=True, last="cannot connect")
    then = Cause("dependency.down", "what it needs does not answer", 0.9, ("db: refused",))
    (cause,) = diagnose_service([], 0, [down], (), [then]).causes
    assert [each.line for each in cause.evidence] == [SEEN_NOW, SEEN_THEN]


@pytest.mark.parametrize(
    ("cause", "rank"),
    [("drift.foreign", Rank.ROOT), ("process.stopped", Rank.ROOT), ("loop.blocked", Rank.CODE)],
)
def test_what_stands_in_no_catalogue_has_a_rank_too(cause: str, rank: Rank) -> None:
    (found,) = diagnose_service([], 0, [], (), [Cause(cause, "so it is", 0.9)]).causes
    assert found.signature.rank is rank
    assert [each.text for each in found.evidence] == ["so it is"]


def test_each_cause_has_something_that_would_disprove_it_and_a_command() -> None:
    known = (*CATALOGUE.values(), *measured.SIGNATURES, *observed.SIGNATURES)
    for name in (*(each.id for each in known), "process.waiting", "drift.foreign", "exit.error"):
        step = step_for(name, "shop")
        assert step.disproof
        assert step.command.startswith("usher "), name
        assert "NAME" not in step.command
    assert step_for("db.pool_timeout", "shop").command == "usher budget shop"
    assert step_for("db.auth_failed", "").command == "", "a log has no app"
