"""An app that ends again and again: given up, told as one incident, and taken up when mended."""

import json
from typing import Any

import pytest
from tests.sample_app.sample import Sample
from tests.usher_home import until

pytestmark = pytest.mark.process

RESTART = 'restart = { delays = ["0s", "100ms"], factor = 1, start_limit = 4 }'
READY = 'ready = { http = "{url}/health", interval = "100ms" }'


def incidents(usher: Any) -> list[dict[str, Any]]:
    return json.loads(usher("incidents", "--json").stdout)["incidents"]


def words(usher: Any) -> list[str]:
    return [each["event"] for each in usher.events("api")]


def test_a2_09_a_crash_loop_is_given_up_and_is_one_incident(usher: Any) -> None:
    """Design 2.3 has the numbers: what was never ready gets so many starts, and then no more."""
    loops = Sample(env={"EXIT_AFTER": "0", "EXIT_CODE": "3"})
    usher.config(loops.table(READY, RESTART))
    usher("start", code=4)
    assert usher.services()["api"]["status"] == "failed"
    assert words(usher).count("starting") == 5
    assert [word for word in words(usher) if word != "diagnosed"][-1] == "start-limit-hit"
    (told,) = until(lambda: incidents(usher), 30)
    assert (told["kind"], told["state"], told["severity"]) == ("crash", "open", "critical")

    usher.config(Sample(port=loops.port).table(READY, RESTART))
    usher("start")
    (told,) = until(lambda: [each for each in incidents(usher) if each["recovered"]], 30)
    assert told["durations"]["whole"] > 0


def test_e6_hangs_again_and_again_are_held_and_one_incident(usher: Any) -> None:
    """Every new process answers for a second and then hangs: no timer would cure that."""
    sample = Sample()
    probe = 'probes.alive = { http = "{url}/health", interval = "200ms", '
    times = 'confirm_interval = "200ms", timeout = "500ms", fail = 2 }'
    budget = (
        'restart = { budget_count = 3, delays = ["0s"], replace_gap = "0s", replace_count = 9 }'
    )
    usher.config(sample.table(READY, probe + times, budget, 'stop = { timeout = "500ms" }'))
    usher("start")

    def hangs_until_held() -> bool:
        (instance,) = usher.services()["api"]["instances"]
        if instance["probes"] and all(probe["ok"] for probe in instance["probes"]):
            sample.ask("/hang?path=/health")
        return "held" in words(usher)

    until(hangs_until_held, 120)
    assert words(usher).count("replaced") == 4
    (told,) = until(lambda: incidents(usher), 30)
    assert (told["kind"], told["severity"], told["services"]) == ("hang", "critical", ["api"])
