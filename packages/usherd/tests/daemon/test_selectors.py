"""What people write to name services and instances."""

from typing import Any

import pytest

from usher.daemon import selectors
from usher.daemon.server import HttpError
from usher.model import events as ev
from usher.model.spec import ServiceSpec
from usher.model.world import World
from usher.policy.step import step


@pytest.fixture(scope="module")
def world() -> World:
    """api (ids 0, 1), web in a namespace (2), two that are both called app (3, 4), 7 (5)."""

    def spec(name: str, **more: Any) -> ServiceSpec:
        return ServiceSpec(name, ("program",), "/", **more)

    specs = (
        spec("api", instances=2),
        spec("web", namespace="shop"),
        spec("app", namespace="shop"),
        spec("app@2", label="app"),
        spec("7"),
    )
    return step(World(), ev.PlanChanged("job", "test", specs), ev.Now(0, 0))[0]


@pytest.mark.parametrize(
    ("words", "services", "slots"),
    [
        ("api", "api", {}),
        ("all", "api web app app@2 7", {}),
        ("app", "app app@2", {}),
        ("app@2", "app@2", {}),
        ("1", "api", {"api": (1,)}),
        ("id:2", "web", {"web": (0,)}),
        ("0 1", "api", {"api": (0, 1)}),
        ("api 1", "api", {}),
        ("1 api", "api", {}),
        ("7", "7", {}),
        ("app:7", "7", {}),
        ("shop", "web app", {}),
        ("ns:shop", "web app", {}),
        ("/^a/", "api app app@2", {}),
        ("/eb$/ id:0", "web api", {"api": (0,)}),
        ("web api web", "web api", {}),
    ],
)
def test_what_is_meant(
    words: str, services: str, slots: dict[str, tuple[int, ...]], world: World
) -> None:
    target = selectors.find(world, words.split())
    assert target == (tuple(services.split()), slots)


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        (["ap"], 404, "cannot find service 'ap'"),
        (["9"], 404, "cannot find service '9'"),
        (["id:api"], 404, "cannot find service 'id:api'"),
        (["app:0"], 404, "cannot find service 'app:0'"),
        (["ns:none"], 404, "cannot find service 'ns:none'"),
        (["/x/"], 404, "cannot find service '/x/'"),
        (["/(/"], 400, "cannot read pattern '(': missing ), unterminated subpattern at position 0"),
        (["/" + "a" * 300 + "/"], 400, "cannot take a pattern of 300 characters: at most 200"),
        (["api", "nope"], 404, "cannot find service 'nope'"),
        ([], 404, "cannot act: no service named"),
    ],
)
def test_what_means_nothing(words: list[str], status: int, error: str, world: World) -> None:
    with pytest.raises(HttpError) as raised:
        selectors.find(world, words)
    assert (raised.value.status, raised.value.problem.error) == (status, error)
    assert raised.value.problem.exit_code == 1


def test_all_of_nothing_is_no_mistake() -> None:
    assert selectors.find(World(), ["all"]) == ((), {})
