"""A supervised system in a test's hands: it obeys at once, and time passes when told to."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from usher.model import actions as act
from usher.model import events as ev
from usher.model.spec import ServiceSpec
from usher.model.world import Instance, World
from usher.policy.step import next_deadline, step

if TYPE_CHECKING:
    from usher.model.fault import Fault


class System:
    """The world, a clock, and imaginary processes.

    Checks pass, spawns succeed and signals end the process at once, unless a test names the
    service in `silent` (nothing is answered), `deaf` (signals are ignored) or `mortal` (it dies
    as soon as it is spawned).
    """

    def __init__(self, *specs: ServiceSpec, start: tuple[str, ...] = ()) -> None:
        self.world = World()
        self.boot = 1000.0
        self.silent: set[str] = set()
        self.deaf: set[str] = set()
        self.mortal: set[str] = set()
        self.faults: dict[str, Fault] = {}
        """What is found in the last words of a service; its obstacle is there as long."""
        self.log: list[tuple[float, act.Action]] = []
        self.jobs = 0
        self.steered: list[tuple[float, ev.Drained]] = []
        """When an instance without connections is told to be drained."""
        self.feed(ev.PlanChanged("plan", "test", specs, start))

    def feed(self, event: ev.Event) -> list[act.Action]:
        """One step; returns its actions, and those of the answers they got."""
        self.world, actions = step(self.world, event, ev.Now(self.boot, self.boot))
        self.log += [(self.boot, action) for action in actions]
        seen = list(actions)
        for action in actions:
            for answer in self._answers(action):
                seen += self.feed(answer)
        return seen

    def _answers(self, action: act.Action) -> list[ev.Event]:
        name = getattr(action, "key", ev.Key("", 0, 0)).service
        match action:
            case act.Check(key=key, run=run) if name not in self.silent:
                return [ev.CheckDone(key, run)]
            case act.Spawn(key=key, run=run) if name not in self.silent:
                born: list[ev.Event] = [ev.Spawned(key, run, 4000 + run)]
                return (
                    [*born, ev.ProcessExited(key, run, ev.Exit(3))] if name in self.mortal else born
                )
            case act.Examine(key=key, run=run) if name not in self.silent:
                return [ev.Examined(key, run, self.faults.get(name))]
            case act.Recheck(key=key, run=run) if name not in self.silent:
                gone = name not in self.faults
                return [ev.Rechecked(key, run, gone, "it is gone" if gone else "")]
            case act.Drain(key=key, run=run):
                stop = self.world.services[name].spec.stop
                if self.world.services[name].spec.channel != "cluster":
                    self.steered.append((self.boot + stop.drain, ev.Drained(key, run)))
                return []
            case act.Signal(key=key, run=run, signal=number) if number != 18 and not (
                name in self.deaf and number != 9
            ):
                return [ev.ProcessExited(key, run, ev.Killed(number))]
            case _:
                return []

    def ask(self, kind: Callable[..., ev.Event], *arguments: Any) -> str:
        """A request; returns its job id."""
        self.jobs += 1
        job = f"job-{self.jobs}"
        self.feed(kind(job, "test", *arguments))
        return job

    def wait(self, seconds: float) -> None:
        """Let time pass, with a tick at every deadline."""
        until = self.boot + seconds
        while (due := self._due()) is not None and due <= until:
            self.boot = max(self.boot, due)
            told = [event for at, event in self.steered if at <= self.boot]
            self.steered = [each for each in self.steered if each[0] > self.boot]
            for event in told or [ev.Tick()]:
                self.feed(event)
        self.boot = until

    def _due(self) -> float | None:
        dues = [next_deadline(self.world), *(at for at, _ in self.steered)]
        return min((due for due in dues if due is not None), default=None)

    def instance(self, name: str, slot: int = 0) -> Instance:
        """The instance of the current generation."""
        return self.world.services[name].current.instances[slot]

    def candidate(self, name: str, slot: int = 0) -> Instance:
        """The instance of the generation that is being proved."""
        generation = self.world.services[name].candidate
        assert generation is not None, "no reload is under way"
        return generation.instances[slot]

    def phase(self, name: str, slot: int = 0) -> str:
        """The word of its phase."""
        return str(type(self.instance(name, slot).phase).__struct_config__.tag)

    def exit(self, name: str, status: ev.ExitStatus | None = None, slot: int = 0) -> None:
        """Its process ends."""
        instance = self.instance(name, slot)
        self.feed(ev.ProcessExited(instance.key, instance.run, status or ev.Exit(1)))

    def probe(
        self,
        name: str,
        *answers: bool,
        slot: int = 0,
        every: float = 2.0,
        of: str = "http",
        status: int | None = None,
        took: float = 0.0,
    ) -> None:
        """Answers of a probe of the run that lives at that time, one after the other."""
        for ok in answers:
            self.wait(every)
            instance = self.instance(name, slot)
            detail = "passed" if ok else "timed out"
            self.feed(
                ev.ProbeResult(instance.key, instance.run, of, ok, detail, status=status, took=took)
            )

    def diagnose(self, name: str, state: Any, slot: int = 0, cause: str = "") -> None:
        """What the evidence says."""
        instance = self.instance(name, slot)
        self.feed(ev.Diagnosed(instance.key, instance.run, state, cause))

    # -- what happened -----------------------------------------------------------------------------

    def words(self, name: str, slot: int | None = None) -> list[str]:
        """The story of a service: the words of its events in order."""
        return [
            each.event
            for _, each in self.log
            if isinstance(each, act.Changed)
            and each.key.service == name
            and slot in (None, each.key.slot)
        ]

    def told(self, word: str) -> list[tuple[float, str]]:
        """When an event happened, with its sentence."""
        return [
            (at, each.detail)
            for at, each in self.log
            if isinstance(each, act.Changed) and each.event == word
        ]

    def done(self, kind: type[Any]) -> list[Any]:
        """All actions of a kind."""
        return [each for _, each in self.log if isinstance(each, kind)]

    def times(self, kind: type[Any], name: str) -> list[float]:
        """When actions of a kind were asked for, from the first one on."""
        found = [at for at, each in self.log if isinstance(each, kind) and each.key.service == name]
        return [round(at - found[0], 3) for at in found]

    def answer(self, job: str) -> act.JobDone | None:
        """The answer to a request."""
        return next((each for each in self.done(act.JobDone) if each.job == job), None)

    def forget(self) -> None:
        """Begin the story anew."""
        self.log.clear()


@pytest.fixture
def system() -> type[System]:
    """Systems to be made from definitions."""
    return System


@pytest.fixture
def service() -> Callable[..., ServiceSpec]:
    """Definitions that say only what the test is about."""

    def make(name: str, **fields: Any) -> ServiceSpec:
        return msgspec.structs.replace(ServiceSpec(name, ("program",), "/"), **fields)

    return make
