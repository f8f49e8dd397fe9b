"""How much of a service works, as people are told it."""

from typing import Any

from usher.model.alert import Standing
from usher.model.spec import ProbeSpec
from usher.model.target import HttpTarget
from usher.policy.standing import standing

ALIVE = ProbeSpec("alive", HttpTarget("/"), failures=2)


def test_it_counts_instances_that_are_ready_and_answers_that_failed(
    system: Any, service: Any
) -> None:
    world = system(service("api", instances=2, probes=(ALIVE,)), start=("api",))
    assert standing(world.world, "api") == Standing("api", 0, 2)
    world.wait(30)
    assert standing(world.world, "api") == Standing("api", 2, 2)
    world.probe("api", True, False, False, False, of="alive")
    assert standing(world.world, "api") == Standing("api", 1, 2, 3)


def test_nothing_is_said_of_what_nobody_wants(system: Any, service: Any) -> None:
    world = system(service("api"))
    assert standing(world.world, "api") is None
    assert standing(world.world, "(host)") is None
