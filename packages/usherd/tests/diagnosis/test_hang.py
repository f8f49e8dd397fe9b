"""Two ways of one service not to answer are two faults; the same way again is the same one."""

import msgspec
import pytest

from usher.diagnosis.hang import judge, with_log
from usher.model.evidence import Connection, Evidence
from usher.model.incident import Cause, Diagnosis

IDLE = Evidence(at=0.0, service="api", slot=0, run=1, pid=7, probe="alive", state="S", cpu=0.0)


def mark(probe: str = "alive", peer: str = "", **more: object) -> str:
    """Return the fingerprint of a process that fails `probe` and is connected with `peer`."""
    connections = (Connection("established", peer, 1),) if peer else ()
    seen = msgspec.structs.replace(IDLE, probe=probe, connections=connections, **more)
    cause = judge(seen, {peer: "it"})
    assert cause is not None
    return cause.fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"probe": "alive"}, {"probe": "channel"}),
        ({"probe": "ws1"}, {"probe": "ws2"}),
        ({"peer": "127.0.0.1:5432"}, {"peer": "127.0.0.1:6379"}),
        ({"peer": "10.0.0.7:5432"}, {"peer": "10.0.0.8:5432"}),
        ({"probe": "alive"}, {"probe": "alive", "cpu": 1.0}),
        ({"probe": "alive", "cpu": 1.0}, {"probe": "channel", "cpu": 1.0}),
    ],
)
def test_another_probe_or_peer_or_way_is_another_fault(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert mark(**one) != mark(**other)


def test_what_waits_for_one_peer_is_one_fault_whichever_probe_failed_first() -> None:
    assert mark("alive", "10.0.0.7:5432") == mark("channel", "10.0.0.7:5432")


def test_the_same_again_is_the_same_fault() -> None:
    assert mark(at=150.0, run=2, pid=99, cpu=0.01) == mark()


@pytest.mark.parametrize("state", ["Z", "X"])
def test_what_has_ended_does_not_hang(state: str) -> None:
    """Its end may be told late; a hang told of it would be taken for the cause of the next one."""
    assert judge(msgspec.structs.replace(IDLE, state=state), {}) is None


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, "it answers, but with an error of its own: status 500"),
        (200, "it answers, but not as the probe asks for: status 200"),
    ],
)
def test_what_answers_with_an_error_does_not_hang(status: int, text: str) -> None:
    """Nor does it wait for the database of whose pool it holds connections, or compute only."""
    pool = (Connection("established", "127.0.0.1:5432", 5),)
    for seen in (IDLE, msgspec.structs.replace(IDLE, connections=pool, cpu=0.97)):
        cause = judge(msgspec.structs.replace(seen, status=status), {})
        assert cause is not None
        assert (cause.id, cause.text) == ("probe.error_answer", text)
    stopped = judge(msgspec.structs.replace(IDLE, status=status, state="T"), {})
    assert stopped is not None
    assert stopped.id == "process.stopped"


def test_the_error_that_the_log_names_goes_before_that_it_is_answered() -> None:
    seen = judge(msgspec.structs.replace(IDLE, status=500), {})
    assert seen is not None
    said = Diagnosis((Cause("node.uncaught_type_error", "a mistake", 0.8),), ())
    ids = [each.id for each in with_log(seen, said).causes]
    assert ids == ["node.uncaught_type_error", "probe.error_answer"]


def test_what_is_looked_at_for_its_memory_is_not_said_to_hang() -> None:
    cause = judge(msgspec.structs.replace(IDLE, probe="", memory=2**28), {})
    assert cause is not None
    assert cause.id == "memory.limit"
    assert "memory 256 MiB" in cause.evidence
