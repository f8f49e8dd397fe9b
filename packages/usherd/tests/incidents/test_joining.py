"""Causes in incidents: counted, told as found, and one incident a cause."""

from collections.abc import Iterable

from usher.incidents.fold import STABLE, advance
from usher.incidents.joining import CAUSES, DAY
from usher.model.incident import Book, Cause, Diagnosis, Happening, Incident


def needs(service: str) -> Iterable[str]:
    del service
    return ()


def cause(name: str, confidence: float = 0.9, mark: str = "", shared: str = "") -> Cause:
    return Cause(name, "why", confidence, ("the line",), fingerprint=mark or name, shared=shared)


class Story:
    """A book in a test's hands."""

    def __init__(self) -> None:
        self.book = Book()
        self.all: dict[int, Incident] = {}

    def tell(self, at: float, service: str, event: str, *causes: Cause) -> None:
        found = Diagnosis(causes, ("disk: 40% free",)) if causes else None
        happening = Happening(at, service, event, diagnosis=found)
        self.book, changed = advance(self.book, happening, needs)
        self.all |= {incident.number: incident for incident in changed}

    def crash(self, at: float, service: str, *causes: Cause) -> None:
        self.tell(at, service, "exited")
        self.tell(at, service, "restarting")
        self.tell(at + 0.1, service, "diagnosed", *causes)

    @property
    def whole(self) -> list[Incident]:
        return [each for each in self.all.values() if each.part_of is None]


def test_a_cause_comes_with_its_time_evidence_and_what_was_excluded() -> None:
    story = Story()
    story.crash(100, "api", cause("node.uncaught_type_error"))
    (incident,) = story.whole
    assert incident.causes[0].id == "node.uncaught_type_error"
    assert incident.cause_found == 100.1
    assert incident.excluded == ("disk: 40% free",)
    assert [each.diagnosis for each in incident.timeline] == [None] * len(incident.timeline)


def test_a_guess_is_told_and_not_called_found() -> None:
    story = Story()
    story.crash(100, "api", cause("exit.error", 0.4))
    assert story.whole[0].cause_found is None
    story.crash(101, "api", cause("db.auth_failed", 0.9))
    incident = story.whole[0]
    assert incident.cause_found == 101.1
    assert [each.id for each in incident.causes] == ["db.auth_failed", "exit.error"]


def test_identical_crashes_are_counted() -> None:
    story = Story()
    for number in range(5):
        story.crash(100.0 + number, "api", cause("node.uncaught_type_error"))
    (incident,) = story.whole
    assert [each.count for each in incident.causes] == [5]


def test_e6_the_same_fault_after_its_end_opens_the_incident_again() -> None:
    story = Story()
    for number in range(5):
        story.crash(300.0 * number, "api", cause("hang", mark="same"))
        story.tell(300.0 * number + 10, "api", "ready")
    (incident,) = story.whole
    assert incident.number == 1
    assert incident.causes[0].count == 5
    assert incident.relapses == 4
    assert incident.state == "recovered"
    assert incident.recovered == 1210
    story.tell(1210 + STABLE, "other", "ready")
    assert story.whole[0].state == "closed"
    assert {each.state for each in story.all.values()} == {"closed"}


def test_another_fault_or_a_day_later_is_another_incident() -> None:
    story = Story()
    story.crash(0, "api", cause("a.a"))
    story.tell(10, "api", "ready")
    story.crash(300, "api", cause("b.b"))
    story.tell(310, "api", "ready")
    story.crash(2 * DAY, "api", cause("a.a"))
    assert [each.number for each in story.whole] == [1, 2, 3]


def test_one_dependency_that_is_down_is_one_incident() -> None:
    story = Story()
    story.crash(100, "api", cause("db.connection_refused", shared="db:5432"))
    story.crash(101, "mail", cause("net.connection_refused", mark="m", shared="db:5432"))
    story.crash(102, "web", cause("net.connection_refused", mark="w", shared="cache:6379"))
    first, other = story.whole
    assert first.services == ("api", "mail")
    assert other.services == ("web",)
    story.tell(110, "api", "ready")
    assert story.all[1].state == "open", "the other one is not well"
    story.tell(111, "mail", "ready")
    assert story.all[1].state == "recovered"


def test_many_causes_are_bounded() -> None:
    story = Story()
    for number in range(3 * CAUSES):
        story.crash(100.0 + number, "api", cause("exit.error", 0.4, mark=str(number)))
    assert len(story.whole[0].causes) == CAUSES
