"""Apps that look well and are not: alive without a port, and a health page that sees nothing."""

import json
import os
import socket
from typing import Any

import pytest
from tests.sample_app.sample import SHORT, Sample
from tests.usher_home import until

pytestmark = pytest.mark.process


def causes(usher: Any) -> list[dict[str, Any]]:
    (case,) = json.loads(usher("diagnose", "api", "--json").stdout)["cases"]
    return case["causes"]


def test_a3_08_a_taken_port_is_named_though_the_app_swallows_the_error(usher: Any) -> None:
    """The guard refuses it. Where it is taken later the app lives on, and listens nowhere.

    Nothing asks it anything; when the port is free, it is restarted and listens.
    """
    with socket.create_server(("127.0.0.1", 0)) as holder:
        sample = Sample(env={"SWALLOW": "1"}, port=holder.getsockname()[1])
        usher.config(sample.table())
        refused = usher("start", code=2).stderr
        held = f"port {sample.port} is taken by pid {os.getpid()} of user"
        assert held in refused
        usher("start", "--no-wait", "--force", "port.taken", "--reason", "to see what follows")
        until(lambda: usher.services()["api"]["status"] == "degraded", 60)
        service = usher.services()["api"]
        assert service["ready"] == 0
        assert f"not listening: {held}" in service["detail"]
        assert usher.pids()["api", 0], "it lives"
        until(lambda: "net.port_in_use" in codes(usher), 60)
        (cause, *_) = causes(usher)
        assert cause["id"] == "net.port_in_use"
        assert held in cause["evidence"][0]["text"]
        until(lambda: held in usher("incident", "show", "--json", "latest", code=None).stdout, 60)
        until(lambda: "withheld" in [each["event"] for each in usher.events("api")], 60)
        assert "replaced" not in [each["event"] for each in usher.events("api")]
    until(lambda: "recovered" in [each["event"] for each in usher.events("api")], 120)
    until(lambda: usher.services()["api"]["status"] == "active", 60)
    until(sample.ask, 60)


def test_a3_12_an_app_that_listens_elsewhere_is_told_where(usher: Any) -> None:
    """It is declared to listen at all addresses, and does so at one that nobody outside reaches."""
    sample = Sample()
    table = sample.table().replace("env = {", 'env = { HOST = "0.0.0.0",')
    usher.config(table.replace('command = ["', 'command = ["env", "HOST=127.0.0.1", "', 1))
    usher("start")
    until(lambda: "net.bind_mismatch" in codes(usher), 60)
    said = usher("describe", "api").stdout
    assert f"listens on 127.0.0.1:{sample.port}; declared is 0.0.0.0:{sample.port}" in said


def test_a3_04_a_health_page_that_sees_nothing_is_told(usher: Any) -> None:
    sample = Sample()
    with socket.create_server(("127.0.0.1", 0)) as needed:
        usher.config(
            sample.table(
                'sample = "1s"',  # what is measured is judged then
                f'probes.alive = {{ http = "{{url}}/health", {SHORT} }}',
                f'probes.needed = {{ tcp = "127.0.0.1:{needed.getsockname()[1]}", '
                f'scope = "dependency", {SHORT} }}',
            )
        )
        usher("start")
        until(lambda: "needed" in usher("describe", "api").stdout, 30)
        until(lambda: all(each["ok"] for each in probes(usher)), 30)
    until(lambda: "health.endpoint_static" in codes(usher), 30)
    assert causes(usher)[0]["id"] == "dependency.down"
    assert "degraded" in [each["event"] for each in usher.events("api")]


def codes(usher: Any) -> list[str]:
    (instance,) = json.loads(usher("describe", "api", "--json").stdout)["instances"]
    return [each["code"] for each in instance["findings"]]


def probes(usher: Any) -> list[dict[str, Any]]:
    (instance,) = usher.services()["api"]["instances"]
    return instance["probes"] or [{"ok": False}]
