"""What a restart only repeats is restarted once, and not again."""

from typing import Any

from usher.model.events import Exit, ProcessExited, Start

FAULT = "orm.double_initialize: 'api' says 'CannotConnectAlreadyConnectedError'"


def ends(system: Any, fault: str) -> None:
    instance = system.instance("api")
    system.feed(ProcessExited(instance.key, instance.run, Exit(1), fault))


def test_one_restart_is_tried_and_no_other(system: Any, service: Any) -> None:
    world = system(service("api"), start=("api",))
    ends(world, FAULT)
    world.wait(5)
    assert world.phase("api") == "running"
    ends(world, FAULT)
    assert world.phase("api") == "failed"
    assert FAULT in world.instance("api").history.detail
    assert "will not" in world.instance("api").history.detail
    world.wait(10_000)
    assert world.phase("api") == "failed"
    assert world.instance("api").history.restarts == 1


def test_a_person_may_start_it_again(system: Any, service: Any) -> None:
    world = system(service("api"), start=("api",))
    for _ in range(2):
        ends(world, FAULT)
        world.wait(5)
    world.ask(Start, ("api",))
    world.wait(5)
    assert world.phase("api") == "running"


def test_other_ends_are_restarted_as_before(system: Any, service: Any) -> None:
    world = system(service("api"), start=("api",))
    for _ in range(2):
        ends(world, "")
        world.wait(5)
    assert world.phase("api") == "running"
