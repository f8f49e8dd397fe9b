"""Too much memory: that an instance is ready says nothing of it, a reading has to."""

import pytest

from usher.alerts.of_incident import alert_of
from usher.incidents.fold import BOOTED, STABLE, advance, settle
from usher.incidents.impact import deeds, reached
from usher.incidents.measures import downtime
from usher.model.incident import Book, Happening, Incident

Story = list[tuple[float, str]]


def told(story: Story, slot: int | None = 0) -> tuple[Book, dict[int, Incident]]:
    """What became of a story of one instance, told once it is over."""
    book, seen = Book(), dict[int, Incident]()
    for at, event in story:
        happening = Happening(at, "" if event == BOOTED else "app", event, event, slot=slot)
        book, changed = advance(book, happening, lambda _: ())
        seen |= {incident.number: incident for incident in changed}
    return book, seen


REPLACED: Story = [
    *((10.0, "memory-exceeded"), (10.1, "stopping"), (10.3, "exited"), (10.4, "starting")),
    *((10.5, "started"), (11.5, "ready")),
]
BESIDE: Story = [
    *((10.0, "memory-exceeded"), (10.2, "starting"), (11.5, "ready"), (12.5, "proved")),
    *((12.6, "stopping"), (12.7, "exited"), (12.7, "retired"), (12.8, "reloaded")),
]


@pytest.mark.parametrize("story", [REPLACED, BESIDE])
def test_only_a_reading_ends_it(story: Story) -> None:
    _, seen = told([*story, (500.0, "probe-passed")])
    assert seen[1].state == "open", "it has been ready for long, and nobody has looked"
    _, seen = told([*story, (14.0, "within-limit"), (14.0 + STABLE + 1, "probe-passed")])
    assert (seen[1].state, seen[1].recovered) == ("closed", 14.0)
    (app,) = reached(seen[1])
    assert (app.begin, app.end) == (10.0, 14.0)
    (deed,) = deeds(seen[1])
    assert (deed.what.event, deed.proves) == ("starting", True)
    assert deed.helped is not None
    assert deed.helped.event == "within-limit"


def test_what_grows_again_within_a_minute_was_not_over() -> None:
    again = [(50.0, "memory-exceeded"), *((at + 50, event) for at, event in REPLACED[1:])]
    _, seen = told([*REPLACED, (14.0, "within-limit"), *again, (200.0, "probe-passed")])
    (incident,) = seen.values()
    assert (incident.state, incident.relapses) == ("open", 1)
    assert [deed.proves for deed in deeds(incident)] == [False, None]
    helped = deeds(incident)[0].helped
    assert helped is not None
    assert (helped.event, helped.at) == ("memory-exceeded", 50.0)


def test_what_is_left_as_it_is_needs_a_person() -> None:
    story = [*REPLACED, (14.0, "within-limit"), (40.0, "over-limit"), (4000.0, "probe-passed")]
    _, seen = told(story)
    incident = seen[1]
    assert (incident.state, incident.recovered) == ("open", None)
    alert = alert_of(incident)
    assert (alert.state, alert.gave_up, alert.verified) == ("open", True, False)
    first, given_up = deeds(incident)
    assert first.helped is not None
    assert (first.helped.event, first.proves) == ("over-limit", False)
    assert given_up.helped is None
    assert downtime([incident], "app", 0, 4000) == 0, "it answers all the while"


def test_what_is_left_as_it_is_after_its_incident_is_one() -> None:
    _, seen = told([*REPLACED, (14.0, "within-limit"), (140.0, "over-limit")])
    assert [each.state for each in seen.values()] == ["closed", "open"]
    assert (seen[2].kind, seen[2].rule) == ("memory", "over-limit")
    assert alert_of(seen[2]).gave_up


@pytest.mark.parametrize("end", ["stopped", "deleted", "completed"])
def test_what_does_not_run_any_more_uses_nothing(end: str) -> None:
    book, seen = told([*REPLACED, (40.0, "over-limit"), (50.0, end)])
    assert seen[1].recovered == 50.0
    _, closed = settle(book, 50.0 + STABLE)
    assert [each.state for each in closed] == ["closed"]


def test_what_ends_for_its_successor_was_ended_by_nobody() -> None:
    _, seen = told([(10.0, "memory-exceeded"), (12.0, "retired")])
    assert seen[1].state == "open"


def test_after_the_host_was_started_anew_ready_is_a_word_again() -> None:
    _, seen = told([(10.0, "memory-exceeded"), (20.0, BOOTED), (30.0, "ready")])
    assert seen[1].recovered == 30.0


def test_a_candidate_that_dies_has_helped_nothing() -> None:
    rejected = [(10.0, "memory-exceeded"), (10.2, "starting"), (11.5, "ready"), (11.6, "exited")]
    _, seen = told([*rejected, (11.6, "reload-rejected"), (11.7, "retired")])
    (deed,) = deeds(seen[1])
    assert (deed.proves, seen[1].state) == (False, "open")


def test_how_long_it_did_not_answer_is_counted_of_an_app_that_crashes_as_well() -> None:
    crash = [(20.0, "exited"), (20.0, "restarting"), (24.0, "ready"), (30.0, "within-limit")]
    _, seen = told([(10.0, "memory-exceeded"), *crash])
    assert downtime([seen[1]], "app", 0, 100) == 4.0
