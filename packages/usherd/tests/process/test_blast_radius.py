"""An automatic action touches no process but those of the service that it is about."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.sample_app.sample import SHORT, Sample
from tests.signal_audit import SignalAudit
from tests.usher_home import Usher, end, until

pytestmark = [pytest.mark.process, pytest.mark.debian]

OTHERS = "".join(f'[apps.other{n}]\ncommand = ["sleep", "1000"]\n' for n in range(5))


@pytest.fixture
def neighbour(tmp_path: Any) -> Iterator[Usher]:
    """Another project on this host, under an usher of its own."""
    made = Usher(tmp_path)
    made.config('[apps.api]\ncommand = ["sleep", "1000"]\n')
    made("start")
    yield made
    made("kill")
    end(made.own() | made.marked())


def test_e22_faults_of_one_app_reach_no_other_process(
    usher: Any, neighbour: Any, tmp_path: Any
) -> None:
    """The app hangs, is killed for it, and crashes; five others and a foreign `api` go on."""
    sample = Sample(env={"IGNORE_TERM": "1", "ORPHAN": "1"})
    alive = f'probes.alive = {{ http = "{{url}}/health", {SHORT} }}'
    restart = 'restart = { replace_gap = "0s" }'
    usher.config(sample.table(alive, restart, 'stop = { timeout = "1s" }') + OTHERS)
    usher("start")
    bystanders = {key: pid for key, pid in usher.pids().items() if key[0] != "api"}
    elsewhere = neighbour.pids()

    def answers_anew(before: int | None) -> bool:
        return usher.pids()["api", 0] not in (None, before) and sample.ask() is not None

    with SignalAudit(usher, tmp_path / "calls") as audit:
        for fault in ("/block", "/end"):
            until(lambda: sample.ask() is not None and passes(usher), 60)
            before = usher.pids()["api", 0]
            sample.ask(fault)
            until(lambda before=before: answers_anew(before), 90)
    assert {audit.services.get(each.target) for each in audit.sent()} == {"api"}
    assert {each.signal for each in audit.sent()} >= {"SIGTERM", "SIGKILL"}
    assert {key: pid for key, pid in usher.pids().items() if key[0] != "api"} == bystanders
    assert neighbour.pids() == elsewhere
    assert not [each for key in bystanders for each in usher.events(key[0]) if each["run"] > 1]


def passes(usher: Any) -> bool:
    (instance,) = usher.services()["api"]["instances"]
    return bool(instance["probes"]) and all(probe["ok"] for probe in instance["probes"])
