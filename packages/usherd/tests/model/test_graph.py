"""What services say about each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.model.graph import levels, problems
from usher.model.spec import Condition, Dependency, ServiceSpec


def make(name: str, *needs: str, condition: Condition = "ready", **more: object) -> ServiceSpec:
    """Build a service that depends on the named ones."""
    dependencies = tuple(Dependency(need, condition) for need in needs)
    return ServiceSpec(name=name, argv=("x",), cwd="/", depends_on=dependencies, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("services", "said"),
    [
        ([make("a"), make("b", "a")], []),
        ([make("a"), make("a")], ["app 'a', name: the name is defined 2 times"]),
        ([make("a", "a")], ["app 'a', depends_on.a: a service cannot depend on itself"]),
        (
            [make("database"), make("b", "databse")],
            ["app 'b', depends_on.databse: no app is called 'databse' (did you mean 'database'?)"],
        ),
        ([make("a"), make("b", "a", "a")], ["app 'b', depends_on: 'a' stands there 2 times"]),
        (
            [make("a"), make("b", "a", condition="completed")],
            [
                "app 'b', depends_on.a: 'a' is a service and never completes; only a job does",
            ],
        ),
        ([make("a", kind="job"), make("b", "a", condition="completed")], []),
        (
            [make("a"), make("b", restart_with=("a",))],
            ["app 'b', restart_with: 'a' is not among the dependencies (add it to depends_on)"],
        ),
        (
            [make("x", "c"), make("b", "c"), make("c", "a"), make("a", "b")],
            ["app 'b', depends_on: these wait for each other for ever: b -> c -> a -> b"],
        ),
        (
            [make("a", "b"), make("b", "a"), make("c", "d"), make("d", "c")],
            [
                "app 'a', depends_on: these wait for each other for ever: a -> b -> a",
                "app 'c', depends_on: these wait for each other for ever: c -> d -> c",
            ],
        ),
    ],
)
def test_problems(services: list[ServiceSpec], said: list[str]) -> None:
    assert [str(finding) for finding in problems(services)] == said


def test_levels() -> None:
    services = [make("web", "api"), make("api", "db", "cache"), make("db"), make("cache")]
    assert levels(services) == (("db", "cache"), ("api",), ("web",))
    with pytest.raises(ValueError, match="cycle"):
        levels([make("a", "b"), make("b", "a")])
    with pytest.raises(ValueError, match="unknown"):
        levels([make("a", "b")])


def test_a_long_chain_needs_no_deep_stack() -> None:
    chain = [make("s0")] + [make(f"s{n}", f"s{n - 1}") for n in range(1, 3000)]
    assert problems(chain[::-1]) == []
    closed = [make("s0", "s2999"), *chain[1:]]
    assert len(problems(closed)) == 1


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefgh"), max_size=3), min_size=1
    )
)
def test_levels_exist_exactly_without_problems(needs: dict[str, set[str]]) -> None:
    services = [make(name, *sorted(need)) for name, need in needs.items()]
    if problems(services):
        with pytest.raises(ValueError, match="cannot order"):
            levels(services)
        return
    order = levels(services)
    place = {name: index for index, level in enumerate(order) for name in level}
    assert sorted(place) == sorted(needs)
    assert all(place[need] < place[name] for name in needs for need in needs[name])
