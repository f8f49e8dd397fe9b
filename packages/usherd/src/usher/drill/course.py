"""How a drill goes: each fault is brought about, and it is measured what becomes of it."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec.structs import replace

from usher.drill.faults import FAULTS
from usher.drill.layout import SUPPLIER
from usher.drill.like import Settings
from usher.drill.measured import incident_of, is_over, measured
from usher.drill.site import Site, open_site
from usher.model.drill import Drill
from usher.model.incident import Incident

PATIENCE: Final = 60.0
"""Seconds that a fault may last once something must have been done about it."""

LOOK: Final = 0.25
"""Seconds between two looks at the incidents: each costs a request."""

HOLD: Final = 10.0
"""Seconds that a dependency stays away after that was noticed: time enough for a blind restart."""

Tell: TypeAlias = Callable[[str, str], None]
"""Takes a fault and what has just become of it."""


def hold(moments: Mapping[str, float], settings: Settings, tell: Tell) -> list[Drill]:
    """Bring about each fault so many seconds after all is well; return what was measured.

    Side by side, each in an app of its own; results have no number yet. Raises UsherError, and
    KeyboardInterrupt also on SIGTERM; whatever was started has ended then.
    """
    with open_site() as site:
        site.start([*moments], settings)
        patience = settings.latest + PATIENCE
        ahead = deque(sorted(moments, key=lambda name: moments[name]))
        trials: dict[str, _Trial] = {}
        begin = time.monotonic()
        while ahead or not all(each.is_over for each in trials.values()):
            while ahead and moments[ahead[0]] <= time.monotonic() - begin:
                name = ahead.popleft()
                trials[name] = _Trial(name, site, patience, tell)
            _look(site, [each for each in trials.values() if not each.is_over])
            time.sleep(LOOK)
        return [replace(trials[name].result(), like=settings.of) for name in moments]


def _look(site: Site, trials: Sequence["_Trial"]) -> None:
    incidents = site.incidents() if trials else []
    for each in trials:
        each.look(incidents)


class _Trial:
    """One fault, from the moment it is brought about."""

    def __init__(self, name: str, site: Site, patience: float, tell: Tell) -> None:
        self.is_over = False
        self._name = name
        self._fault = FAULTS[name]
        self._site = site
        self._patience = patience
        self._tell = tell
        self._incident: Incident | None = None
        self._relieved: float | None = None
        self._tell(name, self._fault.title)
        self._at = time.time()
        if name == "stop":
            site.stop_process(name)
        elif self._fault.of_dependency:
            site.say(SUPPLIER, "error")
        else:
            site.say(name, name)

    def look(self, incidents: Sequence[Incident]) -> None:
        """Take what usher tells; go on with what is to be done about it."""
        after = time.time() - self._at
        before, self._incident = self._incident, incident_of(self._name, self._at, incidents)
        if self._incident is None:
            self._end_late(after)
            return
        if before is None:
            self._tell(self._name, f"detected after {self._incident.detected - self._at:.1f} s")
        if self._fault.of_dependency and self._relieved is None:
            self._relieve(after, self._incident.detected - self._at)
        elif is_over(self._incident) and self._site.answers(self._name):
            self.is_over = True
            self._tell(self._name, "well again")
        else:
            self._end_late(after)

    def result(self) -> Drill:
        """Return what was measured."""
        incident = incident_of(self._name, self._at, self._site.incidents())
        return measured(
            self._name,
            self._at,
            incident,
            relieved=self._relieved,
            restarts=self._site.restarts(self._name),
            answers=self._site.answers(self._name),
        )

    def _relieve(self, after: float, detected: float) -> None:
        if after >= detected + HOLD:
            self._relieved = time.time() - self._at
            self._site.say(SUPPLIER, "well")
            self._tell(self._name, f"what it depends on is back after {self._relieved:.1f} s")

    def _end_late(self, after: float) -> None:
        if after > self._patience:
            self.is_over = True
            self._tell(self._name, f"given up after {self._patience:g} s")
