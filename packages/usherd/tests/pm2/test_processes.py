"""Targets: what PM2's users write to name processes."""

import pytest

from usher.pm2.processes import (
    Environment,
    NotFoundError,
    Origin,
    Process,
    by_service,
    choose,
    read,
)


def process(
    pm_id: int, name: str, *, namespace: str = "default", script: str = "", slot: int = 0
) -> Process:
    env = Environment(
        status="online",
        namespace=namespace,
        pm_exec_path=script or f"/srv/{name}.js",
        pm_out_log_path="",
        pm_err_log_path="",
        restart_time=0,
        instances=1,
        usher=Origin(service=name, slot=slot),
    )
    return Process(pid=100 + pm_id, name=name, pm_id=pm_id, pm2_env=env)


LIST = [
    process(0, "api", slot=0),
    process(1, "api", slot=1),
    process(2, "worker", namespace="jobs"),
    process(3, "mailer", namespace="jobs", script="/srv/mail/send.js"),
    process(4, "7", namespace="api"),
    process(10, "b2", script="/srv/b.js"),
]

FOUND = {
    "all": ((0, 1, 2, 3, 4, 10), "[ 0, 1, 2, 3, 4, 10 ]"),
    "api": ((0, 1), "[ 0, 1 ]"),
    "1": ((1,), "[ '1' ]"),
    "jobs": ((2, 3), "[ 2, 3 ]"),
    "/er$/": ((2, 3), "[ 2, 3 ]"),
    "send.js": ((3,), "[ 3 ]"),
    "./send.js": ((3,), "[ 3 ]"),
    "/srv/b.js": ((10,), "[ 10 ]"),
}


@pytest.mark.parametrize("target", FOUND)
def test_a_target(target: str) -> None:
    chosen = choose(LIST, target)

    assert (tuple(each.pm_id for each in chosen.processes), chosen.ids) == FOUND[target]


MISSING = {
    "7": ("7 : id unknown", True),
    "nosuch": ("Process or Namespace nosuch not found", True),
    "/nosuch/": ("No process found", False),
    "/(/": ("cannot read the pattern '/(/': missing ), unterminated subpattern", True),
}


@pytest.mark.parametrize("target", MISSING)
def test_nothing_is_meant(target: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        choose(LIST, target)

    message, loud = MISSING[target]
    assert str(caught.value).startswith(message)
    assert caught.value.loud is loud


def test_all_of_nothing_is_nothing() -> None:
    with pytest.raises(NotFoundError, match="No process found"):
        choose([], "all")


def test_slots_by_service() -> None:
    assert by_service(LIST[:3]) == {"api": (0, 1), "worker": (0,)}


def test_an_entry_of_jlist_is_read_for_what_is_needed() -> None:
    raw = b"""[{"pid": 5, "name": "a", "pm_id": 0, "monit": {"cpu": 1}, "pm2_env": {
        "status": "online", "namespace": "default", "pm_exec_path": "/a.js", "restart_time": 2,
        "pm_out_log_path": "/o", "pm_err_log_path": "/e", "instances": 1, "PATH": "/bin",
        "usher": {"service": "a@2", "slot": 0}}}]"""

    (entry,) = read(raw)

    assert (entry.service, entry.slot, entry.pm2_env.restart_time) == ("a@2", 0, 2)
