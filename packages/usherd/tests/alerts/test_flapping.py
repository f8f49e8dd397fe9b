"""E19 from events on: flaps of a real service, folded to incidents, told as the daemon does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.alerts import telling
from usher.alerts.of_incident import sight_of
from usher.alerts.telling import CALM, Desk, Moment
from usher.incidents import fold
from usher.model.alert import AlertPlan, Message
from usher.model.incident import Book, Happening, Incident

PLAN = AlertPlan()


class Host:
    """A service whose probe fails and passes; incidents and alerts follow, with a clock."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.book = Book()
        self.desk = Desk()
        self.told: list[Message] = []

    def happen(self, event: str) -> None:
        happening = Happening(self.now, "api", event, "as recorded", 0)
        self.book, changed = fold.advance(self.book, happening, lambda _: ())
        self._tell(changed)

    def wait(self, seconds: float) -> None:
        """Let time pass: what has been well for a minute closes, and what is due is told."""
        end = self.now + seconds
        while (due := self._due()) <= end:
            self.now = due
            self.book, closed = fold.settle(self.book, self.now)
            self._tell(closed)
        self.now = end

    def _due(self) -> float:
        closing = (e.recovered + fold.STABLE for e in self.book.open if e.recovered is not None)
        telling_due = telling.next_due(self.desk, PLAN, Moment(self.now))
        times = [*closing, *([] if telling_due is None else [telling_due])]
        return max(min(times, default=float("inf")), self.now + 0.001)

    def _tell(self, changed: tuple[Incident, ...]) -> None:
        sights = [sight_of(each) for each in changed]
        self.desk, messages = telling.advance(self.desk, sights, PLAN, Moment(self.now))
        self.told += messages


def flapped(lengths: list[tuple[float, float]]) -> list[str]:
    """What people were told of a service that was broken and well for so many seconds."""
    host = Host()
    host.happen("ready")
    for broken, well in lengths:
        host.happen("probe-failing")
        host.happen("unhealthy")
        host.wait(broken)
        host.happen("recovered")
        host.wait(well)
    host.wait(2 * CALM)
    return [each.event for each in host.told]


@pytest.mark.parametrize("well", [0.5, 20.0, 59.0, 61.0, 300.0, 800.0])
@pytest.mark.parametrize("broken", [1.0, 30.0])
def test_e19_100_flaps_are_at_most_5_messages_at_any_pace(broken: float, well: float) -> None:
    told = flapped([(broken, well)] * 100)
    assert len(told) <= 5
    assert (told[0], told[-1]) == ("detected", "resolved")


@given(
    st.lists(st.tuples(st.floats(0.1, 120), st.floats(0.1, CALM - 61)), min_size=1, max_size=100)
)
def test_whatever_the_pace_it_is_a_handful_and_ends_with_the_truth(
    lengths: list[tuple[float, float]],
) -> None:
    told = flapped(lengths)
    assert len(told) <= 5
    assert (told[0], told[-1]) == ("detected", "resolved")


def test_a_single_hang_is_two_messages() -> None:
    assert flapped([(20.0, 0.1)]) == ["detected", "resolved"]
