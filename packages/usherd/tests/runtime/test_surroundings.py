"""What a process finds in its environment besides what its definition says."""

from pathlib import Path

import msgspec
import pytest

from usher.model.events import Key
from usher.model.spec import Pm2View, ServiceSpec, StopPolicy, UserSpec
from usher.runtime import surroundings

SPEC = ServiceSpec(name="api", argv=("node", "api.js"), cwd="/srv")
RUN = "/home:api:1.2:7"


def seen(spec: ServiceSpec = SPEC, slot: int = 2, **values: str) -> dict[str, str]:
    return surroundings.environment(spec, values, Key("api", 1, slot), RUN, 5)


def test_a_process_knows_its_run_and_its_slot() -> None:
    assert seen(A="1") == {"A": "1", "USHER_RUN": RUN, "NODE_APP_INSTANCE": "2"}


def test_the_slot_goes_by_the_name_that_was_asked_for() -> None:
    spec = msgspec.structs.replace(SPEC, instance_var="WORKER")
    assert seen(spec) == {"USHER_RUN": RUN, "WORKER": "2"}


@pytest.mark.parametrize(("first", "expected"), [("3000", "3002"), ("x", "x"), ("-1", "-1")])
def test_a_variable_grows_with_the_slot_if_it_is_a_number(first: str, expected: str) -> None:
    spec = msgspec.structs.replace(SPEC, increment_var="PORT")
    assert seen(spec, PORT=first)["PORT"] == expected


def test_a_program_made_for_pm2_finds_its_number_unless_its_file_says_another() -> None:
    spec = msgspec.structs.replace(SPEC, pm2=Pm2View())
    assert seen(spec)["pm_id"] == "5"
    assert seen(spec, pm_id="mine")["pm_id"] == "mine"


def test_an_instance_keeps_its_unique_id_and_no_other_has_it() -> None:
    spec = msgspec.structs.replace(SPEC, pm2=Pm2View())
    ids = [
        surroundings.environment(spec, {}, key, f"/home:api:{key.generation}.{key.slot}:1", 0)
        for key in (Key("api", 1, 0), Key("api", 2, 0), Key("api", 1, 1))
    ]
    first, reloaded, sibling = (each["unique_id"] for each in ids)
    assert first == reloaded != sibling
    assert len(first) == 36


def test_a_worker_is_told_that_it_is_one() -> None:
    spec = msgspec.structs.replace(SPEC, channel="cluster")
    env = seen(spec)
    assert (env["NODE_UNIQUE_ID"], env["NODE_CHANNEL_SERIALIZATION_MODE"]) == ("3", "json")
    assert surroundings.channel(spec) == {"mode": "cluster", "owner": "api"}
    assert surroundings.channel(SPEC) is None


WORKER = msgspec.structs.replace(SPEC, channel="cluster")


def test_node_loads_the_drain_module_before_a_workers_program() -> None:
    node, option, module, *rest = surroundings.argv(WORKER)
    assert (node, option, rest) == ("node", "--require", ["api.js"])
    assert "server.listening" in Path(module).read_text()


@pytest.mark.parametrize(
    "spec",
    [
        SPEC,
        msgspec.structs.replace(SPEC, channel="ipc"),
        msgspec.structs.replace(WORKER, argv=("bun", "api.js")),
        msgspec.structs.replace(WORKER, argv=("node", "--permission", "api.js")),
        msgspec.structs.replace(WORKER, stop=StopPolicy(say_close=False)),
    ],
)
def test_a_program_that_is_no_worker_or_wants_to_be_alone_is(spec: ServiceSpec) -> None:
    assert surroundings.argv(spec) == list(spec.argv)


def test_a_module_that_the_services_user_cannot_read_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hidden = tmp_path / "drain.cjs"
    hidden.touch()
    tmp_path.chmod(0o700)
    monkeypatch.setattr(surroundings, "DRAIN_MODULE", hidden)
    spec = msgspec.structs.replace(WORKER, user=UserSpec("nobody"))
    assert surroundings.argv(spec) == list(spec.argv)


def test_the_callers_own_channel_is_not_taken_for_the_services() -> None:
    """`usher start` in an npm script, which Node started with a channel of its own."""
    env = seen(NODE_CHANNEL_FD="3", NODE_UNIQUE_ID="1", NODE_CHANNEL_SERIALIZATION_MODE="json")
    assert not [name for name in env if name.startswith(("NODE_CHANNEL", "NODE_UNIQUE"))]
