"""usher doctor, as it is typed: on a host whose unit lies in a folder of the test."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from usher import __version__
from usher.api.types import Drift, ServiceList
from usher.model.finding import Finding


@pytest.fixture(autouse=True)
def bare_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep cron and PM2 of the host that runs the tests out of it."""
    monkeypatch.setattr("usher.host.installation.scheduled", list)
    monkeypatch.setattr("usher.host.timers.FOLDERS", ())
    monkeypatch.setattr("usher.host.beside.find", list)
    monkeypatch.setattr("usher.host.installation.pm2_at_boot", tuple)


def test_a2_17_doctor_says_that_usher_starts_at_boot(
    daemon: Any, usher: Callable[..., Any], make_service: Callable[..., Any]
) -> None:
    folder = daemon.home / "units"
    folder.mkdir()
    asked = ("systemd", "--home", str(daemon.home), "--folder", str(folder))
    pong = daemon.answers["GET /v1/ping"]
    ours = msgspec.structs.replace(pong.daemon, version=__version__)
    daemon.answers |= {
        "GET /v1/ping": msgspec.structs.replace(pong, daemon=ours, keeper=ours),
        "GET /v1/services": ServiceList(services=[make_service("api")]),
        "GET /v1/drift": Drift(services=["api"], findings=[], alerts=[], host="h", role=""),
    }

    def boot() -> str:
        lines = json.loads(usher("doctor", *asked, "--json").out)["lines"]
        return next(each["found"] for each in lines if each["what"].startswith("start at boot"))

    assert "does not exist" in boot()
    usher("startup", *asked)
    assert "installed and not enabled" in boot()
    wants = folder / "multi-user.target.wants"
    wants.mkdir()
    (unit,) = folder.glob("*.service")
    (wants / unit.name).symlink_to(unit)
    assert boot() == f"'{unit}' is enabled and starts this home"

    ran = usher("doctor", *asked)
    assert f"ok         start at boot (systemd)  '{unit}' is enabled" in ran.out
    assert "ok         what runs                everything that should run does" in ran.out

    stray = Finding("pid 9 is foreign", severity="error", code="drift.foreign", hint="end pid 9")
    daemon.answers["GET /v1/drift"] = Drift(
        services=["api"], findings=[stray], alerts=[], host="h", role=""
    )
    ran = usher("doctor", *asked)
    assert ran.code == 6
    assert "warning    what runs                pid 9 is foreign\n" in ran.out
    assert f"\n{'':<36}-> end pid 9\n" in ran.out


def test_a2_17_doctor_starts_nothing_and_says_that_nobody_answers(
    home: Any, usher: Callable[..., Any]
) -> None:
    ran = usher("doctor", "--home", str(home / "none"), "--json")
    assert ran.code == 3
    answer = json.loads(ran.out)
    assert answer["exit_code"] == 3
    daemon = next(each for each in answer["lines"] if each["what"] == "daemon")
    assert daemon["grade"] == "not-ready"
    assert daemon["fix"] == "usher start FILE"
    assert not (home / "none").exists()
