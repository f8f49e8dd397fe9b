"""Apps that live and do not answer: seen, looked at, replaced, proved well, and told.

The times are short; `python -m benchmarks.recovery` tries the defaults.
"""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from tests.programs import is_alive
from tests.sample_app.sample import SHORT, Sample
from tests.usher_home import until

from usher.model.spec import ProbeSpec
from usher.model.target import HttpTarget

pytestmark = pytest.mark.process

ALIVE = f'probes.alive = {{ http = "{{url}}/health", {SHORT} }}'
STOP = 'stop = { timeout = "1s" }'

WELL = "".join(
    f'[apps.well{n}]\ncommand = ["sleep", "1000"]\nprobes.is = {{ command = ["true"] }}\n'
    for n in range(6)
)
"""Bystanders: what is done about the others reaches none of them. They are watched, too: if most
of what is watched fails together, it is the host that is in trouble."""


def incidents(usher: Any) -> list[dict[str, Any]]:
    return json.loads(usher("incidents", "--json").stdout)["incidents"]


def words(usher: Any, service: str) -> list[str]:
    return [each["event"] for each in usher.events(service)]


def proved(usher: Any, samples: list[Sample]) -> bool:
    """Each probe has passed: only then a failure says something about the app."""
    services = usher.services()
    probes = [
        probe
        for sample in samples
        for instance in services[sample.name]["instances"]
        for probe in instance["probes"]
    ]
    return len(probes) >= len(samples) and all(probe["ok"] for probe in probes)


def test_e5_the_default_times_bound_detection_by_30_s() -> None:
    """A.2.1: the longest wait for the first question, then every answer timing out."""
    probe = ProbeSpec(name="alive", target=HttpTarget(url="/"))
    pauses = (probe.failures - 1) * max(probe.confirm_interval, probe.timeout)
    assert probe.interval + pauses + probe.timeout <= 30


def test_a2_01_e5_hangs_are_detected_recovered_and_told(usher: Any, node: str) -> None:
    """Four ways to hang in two languages, beside six apps that nobody may touch."""
    faults = [
        (Sample("py-handler"), "/hang?path=/health"),
        (Sample("py-deadlock"), "/deadlock"),
        (Sample("js-handler", node), "/hang?path=/health"),
        (Sample("js-loop", node), "/block"),
    ]
    samples = [sample for sample, _ in faults]
    usher.config("".join(sample.table(ALIVE, STOP) for sample in samples) + WELL)
    usher("start")
    until(lambda: proved(usher, samples), 60)
    before = usher.pids()
    begin = time.time()
    for sample, fault in faults:
        sample.ask(fault)
    for sample in samples:
        until(lambda name=sample.name: "recovered" in words(usher, name), 90)
        assert sample.ask(patience=10)["pid"] != before[sample.name, 0]
        said = words(usher, sample.name)
        assert said.index("unhealthy") < said.index("evidence") < said.index("replaced")
        (told,) = (each for each in incidents(usher) if sample.name in each["services"])
        assert (told["kind"], told["state"]) == ("hang", "recovered")
        assert begin - 1 <= told["occurred"] <= told["detected"] <= told["recovered"]
    after = usher.pids()
    well = [key for key in before if key[0].startswith("well")]
    assert [after[key] for key in well] == [before[key] for key in well]


def test_a2_04_whoever_ignores_sigterm_is_killed_with_its_orphans(usher: Any) -> None:
    sample = Sample(env={"IGNORE_TERM": "1", "ORPHAN": "1"})
    usher.config(sample.table(ALIVE, STOP))
    usher("start")
    until(lambda: proved(usher, [sample]), 60)
    before = usher.marked()
    assert len(before) == 2, "the app and its orphan"
    sample.ask("/block")
    until(lambda: "recovered" in words(usher, "api"), 90)
    assert "killing" in words(usher, "api")
    assert not [pid for pid in before if is_alive(pid)]
    # The orphan held the port: whoever answers now could bind it.
    assert sample.ask(patience=10)["pid"] == usher.pids()["api", 0]


def test_a2_05_a_probe_that_never_passed_restarts_nothing(usher: Any) -> None:
    """Asked at a wrong port, and at a path that is not there."""
    elsewhere, missing = Sample("elsewhere"), Sample("missing")
    wrong = f'probes.alive = {{ tcp = "127.0.0.1:1", scope = "self", {SHORT} }}'
    path = f'probes.alive = {{ http = "{{url}}/healthz", {SHORT} }}'
    usher.config(elsewhere.table(wrong) + missing.table(path))
    usher("start")
    pids = usher.pids()
    for name in ("elsewhere", "missing"):
        until(lambda name=name: "probe-never-passed" in words(usher, name), 60)
    time.sleep(2)  # as long as three more rows of failures take
    assert usher.pids() == pids
    assert "status 404" in usher("describe", "missing").stdout


def test_a2_12_of_three_instances_only_the_hung_one_is_replaced(usher: Any) -> None:
    sample = Sample()
    usher.config(
        sample.table(
            "instances = 3",
            "probe_socket = true",
            f'sockets = [{{ name = "http", listen = "127.0.0.1:{sample.port}" }}]',
            f'probes.alive = {{ http = "/health", {SHORT} }}',
            STOP,
        )
    )
    usher("start")
    until(lambda: proved(usher, [sample] * 3), 60)
    before = usher.pids()
    sample.ask("/block")
    until(lambda: "recovered" in words(usher, "api"), 90)
    after = usher.pids()
    assert sum(after[key] != before[key] for key in before) == 1
    assert words(usher, "api").count("replaced") == 1
    assert {sample.ask(patience=10)["pid"] for _ in range(10)} <= set(after.values())


def test_e15_the_channel_that_never_upgrades_is_named(usher: Any) -> None:
    sample = Sample()
    address = sample.url.replace("http:", "ws:")
    channels = [
        f'probes.{name} = {{ ws = "{address}/ws/{name}", {SHORT} }}'
        for name in ("landmarks", "voice", "session")
    ]
    usher.config(sample.table(ALIVE, *channels, STOP))
    usher("start")
    until(lambda: proved(usher, [sample] * 4), 60)
    sample.ask("/mute?path=/ws/voice")
    until(lambda: "recovered" in words(usher, "api"), 90)
    told = [each["detail"] for each in usher.events("api") if each["event"] == "unhealthy"]
    assert len(told) == 1
    assert told[0].startswith("voice failed 3 times")


def test_e18_a_recovery_goes_on_when_the_daemon_is_killed(usher: Any) -> None:
    sample = Sample(env={"IGNORE_TERM": "1"})
    usher.config(sample.table(ALIVE, 'stop = { timeout = "3s" }'))
    usher("start")
    until(lambda: proved(usher, [sample]), 60)
    hung = usher.pids()["api", 0]
    sample.ask("/block")
    until(lambda: "replaced" in words(usher, "api"), 60)
    os.kill(usher.ping()["daemon"]["pid"], signal.SIGKILL)
    until(lambda: "recovered" in words(usher, "api"), 90)
    assert not Path(f"/proc/{hung}").exists() or not is_alive(hung)
    assert usher.marked() == {usher.pids()["api", 0]}
    said = words(usher, "api")
    assert said.count("replaced") == said.count("starting") - 1 == 1
