"""Taking over, as values: what belongs together, what differs, and the way back."""

from typing import Any

from usher.host import adoption
from usher.model.spec import ServiceSpec


def process(ident: int, name: str, **env: Any) -> dict[str, Any]:
    usual = {
        "status": "online",
        "pm_exec_path": f"/srv/{name}.js",
        "pm_cwd": "/srv",
        "exec_mode": "fork_mode",
        "exec_interpreter": "node",
        "env": {"A": "1", "SECRET": "s3cret", "N": 5},
    }
    return {"pm_id": ident, "name": name, "pid": 100 + ident, "pm2_env": {**usual, **env}}


def spec(name: str, **changes: Any) -> ServiceSpec:
    return ServiceSpec(name=name, argv=("node", f"/srv/{name}.js"), cwd="/srv", **changes)


PROCESSES = [
    process(0, "web", exec_mode="cluster_mode"),
    process(1, "off", status="stopped"),
    process(2, "pm2-logrotate", pmx_module=True),
    process(3, "web", exec_mode="cluster_mode"),
    process(4, "odd"),
]


def test_processes_are_paired_with_definitions_and_the_rest_is_named() -> None:
    found, left = adoption.takeovers([spec("web"), spec("off"), spec("absent")], PROCESSES)
    assert [(each.spec.name, each.ids, each.is_up) for each in found] == [
        ("web", [0, 3], True),
        ("off", [1], False),
    ]
    assert [line.partition(":")[0] for line in left] == ["pm2-logrotate", "odd"]


def test_the_sentence_and_the_environment_show_no_value() -> None:
    (found,), _ = adoption.takeovers([spec("web", env={"A": "2", "B": "x"})], PROCESSES[:1])
    assert adoption.sentence(found) == "web: 1 instance, cluster, /srv/web.js, up"
    assert adoption.environment(found) == ["without N, SECRET", "new B", "changed A"]


def test_the_way_back_is_a_definition_that_pm2_reads() -> None:
    found, _ = adoption.takeovers([spec("web"), spec("off")], PROCESSES)
    web, off = (adoption.back(each) for each in found)
    assert (web["script"], web["exec_mode"], web["instances"]) == ("/srv/web.js", "cluster", 2)
    assert (off["exec_mode"], "instances" in off, off["env"]["SECRET"]) == ("fork", False, "s3cret")
