"""F.4.8: two faults at once are one incident, with both causes ranked and evidenced."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.incidents.fold import STABLE, advance, settle
from usher.incidents.impact import reached
from usher.incidents.markdown import markdown
from usher.incidents.report import Shown, report
from usher.model.incident import Book, Cause, Diagnosis, Happening, Incident

REFUSED = "db: cannot connect to 127.0.0.1:5432: Connection refused"
FULL = "/var/log/api.log: No space left on device; the app goes on"


def disk(at: float, service: str = "api", *, over: bool = False) -> Happening:
    if over:
        words = "fs.no_space: its log is written again"
        return Happening(at, service, "finding-over", words)
    cause = Cause(
        "fs.no_space", "the disk is full", 0.9, (FULL,),
        fingerprint=f"fs.no_space {service}", shared="disk",
    )  # fmt: skip
    return Happening(at, service, "finding", f"fs.no_space: {FULL}", diagnosis=Diagnosis((cause,)))


def event(at: float, word: str, detail: str = "", service: str = "api") -> Happening:
    return Happening(at, service, word, detail, slot=0)


def told(*happenings: Happening) -> tuple[Book, dict[int, Incident]]:
    book, seen = Book(), dict[int, Incident]()
    for happening in happenings:
        book, changed = advance(book, happening, lambda _: ())
        seen |= {each.number: each for each in changed}
    return book, seen


def whole(seen: dict[int, Incident]) -> list[Incident]:
    return [each for each in seen.values() if each.part_of is None]


@pytest.mark.parametrize("first", ["database", "disk"])
@pytest.mark.parametrize("back_first", ["database", "disk"])
def test_f4_8_a_database_that_is_down_and_a_full_disk_are_one_incident(
    first: str, back_first: str
) -> None:
    begins = [event(10, "degraded", REFUSED), disk(12)]
    ends = [event(30, "restored"), disk(40, over=True)]
    begins = begins if first == "database" else [disk(10), event(12, "degraded", REFUSED)]
    if back_first == "disk":
        ends = [disk(30, over=True), event(40, "restored")]
    book, seen = told(*begins, *ends)
    (incident,) = seen.values()
    causes = {cause.id: cause for cause in incident.causes}
    assert set(causes) == {"dependency.down", "fs.no_space"}
    assert causes["dependency.down"].evidence == (REFUSED,)
    assert causes["fs.no_space"].evidence == (FULL,)
    sure = [cause.confidence for cause in incident.causes]
    assert sure == sorted(sure, reverse=True)
    assert incident.recovered == 40, "over when both are"
    (impact,) = reached(incident)
    assert (impact.begin, impact.end, impact.seconds) == (10, 40, 30)
    _, (closed,) = settle(book, 40 + STABLE)
    assert closed.state == "closed"
    assert incident.severity == "major"
    text = markdown(report(incident, "en", lambda at: Shown("day", f"{at:g}", "UTC")))
    assert text.index("The cause: ") < text.index("Found as well: ") < text.index("### 1. ")
    assert "It was not seen any more 30 s after it began" in text
    assert "### 2. " in text
    assert "127.0.0.1:5432" in text
    assert "No space left on device" in text


def test_f4_8_a_disk_that_is_full_in_the_middle_of_a_hang_outlives_its_end() -> None:
    """The app answers again, and its output is still lost: nobody is told that all is well."""
    _, seen = told(event(1, "unhealthy"), disk(3), event(9, "recovered"))
    (incident,) = seen.values()
    assert (incident.kind, incident.state, incident.recovered) == ("hang", "open", None)
    _, seen = told(event(1, "unhealthy"), event(9, "recovered"), disk(12), disk(20, over=True))
    (incident,) = seen.values()
    assert (incident.state, incident.recovered, incident.relapses) == ("recovered", 20, 0)


def test_f4_8_the_logs_of_all_services_on_a_full_disk_are_one_incident() -> None:
    down = event(2, "degraded", REFUSED, "shop")
    for order in permutations([disk(1), disk(1, "web"), down, disk(3, "shop")]):
        at = [Happening(float(n), e.service, e.event, e.detail, e.slot, e.diagnosis)
              for n, e in enumerate(order)]  # fmt: skip
        book, seen = told(*at)
        (incident,) = whole(seen)
        assert set(incident.services) == {"api", "web", "shop"}
        assert {cause.id for cause in incident.causes} >= {"fs.no_space", "dependency.down"}
        for service in ("api", "web", "shop"):
            book, _ = advance(book, disk(10, service, over=True), lambda _: ())
        assert book.open[0].state == "open"
        book, _ = advance(book, event(11, "restored", service="shop"), lambda _: ())
        assert book.open[0].recovered == 11


@pytest.mark.parametrize("word", ["deleted", "lost", "booted"])
def test_f4_8_nobody_waits_for_a_log_whose_writer_has_ended(word: str) -> None:
    _, seen = told(
        disk(1), event(5, word, service="" if word == "booted" else "api"), event(6, "ready")
    )
    (incident,) = seen.values()
    assert incident.state == "recovered"


def suffers(incident: Incident) -> set[str]:
    """Services that are not well now; one that was may be in the report of another, too."""
    return {*incident.unwritten, *(name for name, _ in incident.troubled)}


STEPS = st.lists(
    st.tuples(
        st.floats(0.1, 90),
        st.sampled_from(["api", "web", "shop"]),
        st.sampled_from(
            ["disk", "works", "unhealthy", "recovered", "degraded", "restored", "ready", "exited",
             "restarting", "lost", "stopped", "deleted", "booted"]
        ),
    ),
    max_size=60,
)  # fmt: skip


@given(STEPS)
def test_f4_8_whatever_overlaps_a_service_is_in_one_incident(
    steps: list[tuple[float, str, str]],
) -> None:
    at, book, full = 0.0, Book(), set[str]()
    for pause, service, word in steps:
        at += pause
        if word in ("disk", "works"):
            happening = disk(at, service, over=word == "works")
        else:
            happening = event(at, word, service="" if word == "booted" else service)
        book, _ = advance(book, happening, lambda _: ())
        if word == "disk":
            full.add(service)
        elif word == "booted":
            full.clear()
        elif word in ("works", "lost", "stopped", "deleted"):
            full.discard(service)
        suffering = [name for incident in book.open for name in suffers(incident)]
        assert len(suffering) == len(set(suffering))
        unwritten = [name for incident in book.open for name in incident.unwritten]
        assert sorted(unwritten) == sorted(full)
        for incident in book.open:
            assert (incident.state == "open") == (incident.recovered is None)
            if incident.state == "recovered":
                assert not incident.troubled
                assert not incident.unwritten
