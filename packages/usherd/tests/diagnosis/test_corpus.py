"""How often the first cause is the right one: a corpus of logs of ten stacks, and of healthy ones.

Each file of `corpus/<fault>/` is a log under a head (TOML, up to `+++`) that says whether it was
provoked from the real software or written in its form, of which versions, and how the probes of the
service stood. `corpus/README.md` says how it came about and what was measured first.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from usher.diagnosis.lines import plain
from usher.diagnosis.match import Matcher
from usher.diagnosis.ranking import Diagnosis
from usher.diagnosis.service import SEEN_NOW, ProbeSeen, diagnose_service

CORPUS: Final = Path(__file__).parent / "corpus"
BENIGN: Final = "benign"

STACKS: Final = (
    "nest", "next", "express", "prisma", "sequelize", "django", "fastapi", "flask", "celery",
    "plain",
)  # fmt: skip
FAULTS: Final = {
    "database-down": ("db.connection_refused", "redis.connection_refused", "dependency.down"),
    "environment-missing": ("env.missing", "py.missing_env"),
    "port-taken": ("net.port_in_use",),
    "out-of-memory": (
        "node.heap_oom", "os.oom_kill", "os.cannot_allocate", "py.worker_oom", "render.memory",
        "heroku.memory",
    ),
    "disk-full": ("fs.no_space",),
    "code-crash": ("node.uncaught_type_error", "py.uncaught_exception", "orm.invalid_arguments"),
    "hang": ("probe.unresponsive", "py.worker_timeout", "py.loop_blocked"),
    "wrong-probe": ("probe.never_succeeded",),
    "proxy-only": ("upstream.",),
    "websocket-only": ("ws.",),
}  # fmt: skip
"""The causes of A.3.2 and what names each: ids, or the beginnings of them."""

MORE: Final = {
    "database-auth": ("db.auth_failed", "redis.auth"),
    "module-missing": ("node.module_missing", "py.module_missing", "orm.prisma_init"),
}
"""Beyond those ten, in stacks where they can be provoked."""

FIRST, AMONG_THREE = 0.90, 0.98
"""What the issue asks for."""


class Fixture(NamedTuple):
    """One log, and what is known of it."""

    path: Path
    lines: tuple[str, ...]
    probes: tuple[ProbeSeen, ...]
    head: dict[str, Any]

    @property
    def fault(self) -> str:
        return self.path.parent.name

    @property
    def stack(self) -> str:
        return self.path.stem.partition("-")[0]

    @property
    def found(self) -> Diagnosis:
        matches = list(MATCHER.matches(self.lines))
        return diagnose_service(matches, len(self.lines), self.probes)

    @property
    def place(self) -> int | None:
        """At which place its cause is named, from 0."""
        named = {**FAULTS, **MORE}[self.fault]
        ids = [cause.signature.id for cause in self.found.causes]
        return next((at for at, name in enumerate(ids) if name.startswith(named)), None)


MATCHER: Final = Matcher()


def _read() -> Iterator[Fixture]:
    for path in sorted(CORPUS.glob("*/*.log")):
        head, _, log = path.read_text(encoding="utf-8").partition("\n+++\n")
        data = tomllib.loads(head)
        probes = tuple(ProbeSeen(**probe) for probe in data.get("probes", ()))
        yield Fixture(path, tuple(log.splitlines()), probes, data)


EVERY: Final = tuple(_read())
FAILING: Final = [fixture for fixture in EVERY if fixture.fault != BENIGN]
HEALTHY: Final = [fixture for fixture in EVERY if fixture.fault == BENIGN]


def test_every_fault_stands_in_every_stack_and_half_of_the_lines_are_provoked() -> None:
    cells = Counter((fixture.fault, fixture.stack) for fixture in FAILING)
    assert [(f, s) for f in FAULTS for s in STACKS if not cells[f, s]] == []
    assert len(HEALTHY) >= 40
    lines = Counter[str]()
    for fixture in FAILING:
        lines[fixture.head["source"]] += len(fixture.lines)
    assert set(lines) == {"provoked", "written"}
    assert lines["provoked"] >= lines["written"]


def test_a3_02_e16_the_first_cause_is_right_in_nine_of_ten_and_among_three_in_nearly_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {str(fixture.path.relative_to(CORPUS)): fixture.place for fixture in FAILING}
    first, among = (_share(list(places.values()), within) for within in (1, 3))
    missed = {name: place for name, place in places.items() if place != 0}
    with capsys.disabled():
        print(
            f"\n{len(places)} logs: first {first:.1%}, among three {among:.1%}; not first: {missed}"
        )
    assert first >= FIRST, missed
    assert among >= AMONG_THREE, missed


def _share(places: Sequence[int | None], within: int) -> float:
    found = [place is not None and place < within for place in places]
    return sum(found) / len(found)


@pytest.mark.parametrize("fixture", HEALTHY, ids=lambda fixture: fixture.path.stem)
def test_e16_nothing_is_asserted_of_a_healthy_log(fixture: Fixture) -> None:
    assert not fixture.found.known, fixture.found.causes


@pytest.mark.parametrize("fixture", FAILING, ids=lambda each: f"{each.fault}/{each.path.stem}")
def test_e16_every_cause_cites_lines_that_stand_there(fixture: Fixture) -> None:
    said = {f"{probe.name}: {probe.last}" for probe in fixture.probes}
    for cause in fixture.found.causes:
        assert cause.evidence
        for match in cause.evidence:
            if match.line == SEEN_NOW:
                assert match.text in said
            else:
                assert match.text == plain(fixture.lines[match.line])
