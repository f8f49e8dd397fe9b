"""What is promised of each fault, and how a result is judged by it."""

from typing import Any

import pytest
from msgspec.structs import replace

from usher.config.load import read, surroundings
from usher.drill.faults import FAULTS, shortfalls
from usher.drill.layout import SUPPLIER, Subject, app_names, configuration
from usher.model.drill import Drill
from usher.model.spec import ProbeSpec, ServiceSpec

HANG = Drill(
    number=1, fault="block", kind="hang", at=1000.0, version="1",
    detect=14.0, recover=22.0, cause="loop.blocked", restarts=1,
)  # fmt: skip
OUTAGE = Drill(
    number=2, fault="dependency", kind="dependency", at=1000.0, version="1",
    detect=14.0, recover=58.0, relieved=40.0, cause="dependency.down",
)  # fmt: skip


@pytest.mark.parametrize(
    ("result", "change", "expected"),
    [
        (HANG, {}, ()),
        (HANG, {"detect": 30.0, "recover": 45.0}, ()),
        (HANG, {"detect": None, "recover": None}, ("it was not detected",)),
        (HANG, {"detect": 30.1}, ("detected after 30.1 s, promised 30 s",)),
        (HANG, {"recover": None}, ("it did not recover",)),
        (HANG, {"recover": 45.1}, ("well again after 45.1 s, promised 45 s",)),
        (HANG, {"kind": "crash"}, ("told as 'crash', expected 'hang'",)),
        (HANG, {"cause": ""}, ("no cause was named",)),
        (HANG, {"restarts": 2}, ("2 restarts, expected 1",)),
        (HANG, {"fault": "stop"}, ("1 restart, expected 0",)),
        (HANG, {"fault": "crash", "kind": "crash"}, ("detected after 14.0 s, promised 1 s",)),
        (OUTAGE, {}, ()),
        (OUTAGE, {"recover": 60.1}, ("well again after 20.1 s, promised 20 s",)),
        (OUTAGE, {"restarts": 1}, ("1 restart, expected 0",)),
        (
            HANG,
            {"detect": 31.0, "recover": 50.0, "cause": ""},
            (
                "detected after 31.0 s, promised 30 s",
                "no cause was named",
                "well again after 50.0 s, promised 45 s",
            ),
        ),
    ],
)
def test_every_promise_that_did_not_come_true_is_said(
    result: Drill, change: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert shortfalls(replace(result, **change)) == expected


def test_no_service_is_promised_more_than_the_targets_of_f5() -> None:
    for fault in FAULTS.values():
        assert fault.promise.detect <= 30.0
        assert fault.promise.recover <= 45.0


# -- what runs while it is held --------------------------------------------------------------------


def plan_of(*faults: str, folder: Any) -> dict[str, ServiceSpec]:
    apps = {
        name: Subject(name, 4000 + n, f"{folder}/{name}.switch")
        for n, name in enumerate(app_names(faults))
    }
    text = configuration(apps, ["/usr/bin/env"])
    loaded = read("usher.toml", text.encode(), surroundings(folder))
    return {spec.name: spec for spec in loaded.plan.services}


def test_apps_have_default_probes_and_policies(tmp_path: Any) -> None:
    services = plan_of(*FAULTS, folder=tmp_path)
    for name in FAULTS:
        probe, *_ = services[name].probes
        assert probe == ProbeSpec("alive", probe.target)
        assert services[name].restart == ServiceSpec("", (), "").restart
        assert services[name].stop == ServiceSpec("", (), "").stop


def test_only_the_app_of_the_dependency_depends_on_something(tmp_path: Any) -> None:
    services = plan_of("stop", "dependency", folder=tmp_path)
    scopes = {name: [probe.scope for probe in spec.probes] for name, spec in services.items()}
    assert scopes["stop"] == ["self"]
    assert scopes["dependency"] == ["self", "dependency"]
    assert scopes[SUPPLIER] == []
    assert SUPPLIER not in plan_of("stop", folder=tmp_path)


def test_most_of_what_is_watched_stays_well(tmp_path: Any) -> None:
    """Else the global brake would take the faults for one of the host."""
    services = plan_of(*FAULTS, folder=tmp_path)
    watched = [spec for spec in services.values() if any(p.scope == "self" for p in spec.probes)]
    assert len(watched) > 2 * len(FAULTS)
