"""What should not run becomes a story with a begin and an end, whichever daemon tells it."""

from msgspec.structs import replace

from usher.incidents import fold
from usher.model import events as ev
from usher.model.finding import Finding
from usher.model.incident import Book, Cause, Diagnosis, Happening, Incident
from usher.runtime.stranger_log import LOOKS, StrangerLog

BEGAN = 1_755_382_589.0
"""2025-08-17 07:16:29 in Korea: the start that nobody noticed for 17 hours."""

ADMIN = Finding(
    "'o4o-admin' runs on this host, which has role 'api'; it needs 'web': pid 7",
    app="o4o-admin",
    code="drift.wrong_role",
    hint="end it: PM2 (pid 5)",
    since=BEGAN,
    culprit="PM2 (pid 5)",
)
STORE = replace(ADMIN, app="o4o-storefront", message="another")


class Told:
    """The stream of events, folded into incidents."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.book = Book()

    def note(
        self, event: str, detail: str, now: ev.Now, service: str, *, cause: Cause | None = None
    ) -> None:
        self.events.append((event, service))
        found = None if cause is None else Diagnosis((cause,))
        happening = Happening(now.wall, service, event, detail, diagnosis=found)
        self.book, _ = fold.advance(self.book, happening, lambda _: ())


def looked(told: Told, *looks: tuple[Finding, ...], begin: float = BEGAN + 20) -> StrangerLog:
    log = StrangerLog(told, lambda: ())
    for number, found in enumerate(looks):
        log.look(found, ev.Now(boot=float(number), wall=begin + 15.0 * number))
    return log


def only(told: Told) -> Incident:
    (incident,) = told.book.open
    return incident


def test_f4_2_the_story_of_s1_begins_with_the_process_not_with_the_look() -> None:
    told = Told()
    looked(told, (ADMIN,), (ADMIN,), (), ())
    incident = only(told)
    assert (incident.kind, incident.rule) == ("foreign", "drift.wrong_role")
    assert incident.occurred.at == incident.occurred.not_before == BEGAN
    assert incident.detected == BEGAN + 20
    assert incident.causes[0].remedy == "end it: PM2 (pid 5)"
    assert incident.recovered == BEGAN + 20 + 15 * (1 + LOOKS)
    assert told.events == [("finding", "o4o-admin"), ("finding-over", "o4o-admin")]


def test_what_one_hand_started_is_one_incident_until_the_last_of_it_has_gone() -> None:
    told = Told()
    looked(told, (ADMIN, STORE), (STORE,), (STORE,))
    incident = only(told)
    assert incident.services == ("o4o-admin", "o4o-storefront")
    assert incident.recovered is None
    apart = Told()
    looked(apart, (ADMIN, replace(STORE, culprit="")))
    assert len(apart.book.open) == 2


def test_what_is_away_for_one_look_is_not_over() -> None:
    told = Told()
    looked(told, (ADMIN,), (), (ADMIN,), (), (ADMIN,))
    assert [event for event, _ in told.events] == ["finding"]


def test_the_next_daemon_neither_tells_it_again_nor_forgets_to_end_it() -> None:
    told = Told()
    log = StrangerLog(told, lambda: [("drift.wrong_role", "o4o-admin")])
    log.look([ADMIN], ev.Now(boot=0.0, wall=BEGAN))
    assert told.events == []
    gone = StrangerLog(told, lambda: [("drift.wrong_role", "o4o-admin")])
    for number in range(LOOKS):
        gone.look([], ev.Now(boot=0.0, wall=BEGAN + number))
    assert told.events == [("finding-over", "o4o-admin")]


def test_other_findings_are_no_story() -> None:
    told = Told()
    looked(told, (replace(ADMIN, code="drift.env"),))
    assert told.events == []
