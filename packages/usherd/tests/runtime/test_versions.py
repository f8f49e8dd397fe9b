"""Versions of what is wanted: kept, dropped when torn, and the exact way from one to another."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.model import events as ev
from usher.model.spec import ServiceSpec
from usher.runtime import versions
from usher.runtime.versions import Desired, Versions


def spec(name: str, *argv: str, **changes: Any) -> ServiceSpec:
    return ServiceSpec(name=name, argv=argv or ("run",), cwd="/", **changes)


def record(kept: Versions, *names: str, up: tuple[str, ...] = ()) -> None:
    specs = tuple(spec(name) for name in names)
    kept.record(Desired(specs, up), at=5.0, who="uid 0", what="test")


def test_a_version_is_read_back_and_the_same_state_makes_none(tmp_path: Path) -> None:
    kept = Versions(tmp_path)
    record(kept)  # nothing wanted is how it begins
    record(kept, "a", up=("a",))
    record(kept, "a", up=("a",))
    record(kept, "a")
    assert [each.n for each in kept.all()] == [1, 2]
    assert Versions(tmp_path).all() == kept.all()


def test_ten_are_kept_and_numbers_go_on(tmp_path: Path) -> None:
    kept = Versions(tmp_path)
    for number in range(25):
        record(kept, "a", "b", up=("a",) if number % 2 else ())
    assert [each.n for each in Versions(tmp_path).all()] == list(range(16, 26))
    assert len(list(tmp_path.iterdir())) == versions.KEPT


@pytest.mark.parametrize("cut", [0, 5, 60, -1])
def test_a_torn_or_damaged_version_is_passed_over(tmp_path: Path, cut: int) -> None:
    kept = Versions(tmp_path)
    record(kept, "a")
    record(kept, "a", "b")
    newest = tmp_path / "000000002"
    assert newest.stat().st_mode & 0o777 == 0o600
    content = newest.read_bytes()
    newest.write_bytes(content[:cut])
    assert [each.n for each in Versions(tmp_path).all()] == [1]
    newest.write_bytes(content.replace(b'"b"', b'"x"'))
    assert [each.n for each in Versions(tmp_path).all()] == [1]


NAMES = st.sampled_from("abcd")
STATES = st.lists(st.tuples(NAMES, st.integers(0, 2), st.booleans()), unique_by=lambda x: x[0]).map(
    lambda rows: Desired(
        tuple(spec(name, "run", str(n)) for name, n, _ in rows),
        tuple(name for name, _, up in rows if up),
    )
)


@given(STATES, STATES)
def test_the_way_leads_there_exactly_and_touches_nothing_else(a: Desired, b: Desired) -> None:
    way = versions.way(a, b)
    specs = {each.name: each for each in a.services}
    up = set(a.up) - set(way.stop) - set(way.delete) | set(way.start)
    for name in way.delete:
        del specs[name]
    specs |= {each.name: each for each in way.define}
    assert specs == {each.name: each for each in b.services}
    assert up == set(b.up)
    same = {each.name for each in a.services if b.spec(each.name) == each}
    assert not (same - set(a.up) ^ same - set(b.up)) & set(way.names) or way.start or way.stop
    assert bool(versions.differences(a, b)) == bool(way.names)


def test_differences_name_fields_and_never_a_value_of_the_environment() -> None:
    before = Desired((spec("a", env_digest="1"), spec("b"), spec("c")), ("a", "b"))
    changed = msgspec.structs.replace(before.services[0], env_digest="2", instances=3)
    after = Desired((changed, spec("c"), spec("d")), ("a", "c", "d"))
    assert versions.differences(before, after) == [
        "- b: deleted",
        "~ a: environment, instances 1 -> 3",
        "+ d: defined and started",
        "~ c: started",
    ]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (ev.Stop(job="", origin="", services=("a", "b")), "stop a, b"),
        (ev.Delete(job="", origin="", services=tuple("abcde")), "delete a, b, c and 2 more"),
        (ev.Scale(job="", origin="", service="a", instances=4), "scale a to 4"),
        (ev.PlanChanged(job="", origin="", services=(spec("a"),)), "define a"),
        (ev.PlanChanged(job="", origin="", services=(), start=("a",)), "start a"),
        (ev.Shutdown(job="", origin=""), "kill"),
    ],
)
def test_a_request_is_said_as_people_typed_it(event: ev.Request, said: str) -> None:
    assert versions.sentence(event) == said
