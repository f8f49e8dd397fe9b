"""The test of the test: seeded bugs, each of which the property test must find.

A mutant that survives means a sentence is missing in the specification, or a history the
generator does not reach. Each one is a change of one place of the source; the place must be there
exactly once, so that a mutant cannot rot unseen.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

PACKAGE = "usher.policy"


class Mutant(NamedTuple):
    """Which text of which module of the policy is replaced by what, and what finds it."""

    module: str
    old: str
    new: str
    found_as: str
    or_as: tuple[str, ...] = ()
    """What a walk may meet first; which one it is depends on what else is loaded."""


MUTANTS = {
    "stale run accepted": Mutant(
        "apply",
        "if instance and instance.run == event.run and is_accepted(instance.phase, event):",
        "if instance and is_accepted(instance.phase, event):",
        "is stale and changed the world",
    ),
    "stop order ignored": Mutant(
        "settle", "return _may_stop(turn, service)", "return True", "is stopped before"
    ),
    "start limit ignored": Mutant(
        "restart",
        "return not instance.history.proven and instance.history.attempt >= policy.start_limit",
        "return not instance.history.proven and instance.history.attempt >= 99",
        "was never ready and goes on",
    ),
    "KILL never sent": Mutant(
        "lifecycle",
        "turn.emit(Signal(key=instance.key, run=instance.run, signal=SIGKILL, scope=scope))",
        "pass",
        "something outlived the shutdown",
    ),
    "dependencies ignored": Mutant(
        "settle",
        "if unfulfilled(turn.services, turn.spec(instance)):",
        "if False and unfulfilled(turn.services, turn.spec(instance)):",
        "was spawned without",
    ),
    "off by one at a deadline": Mutant(
        "settle",
        "case Draining(process=process, until=at, why=why) if at <= turn.now:",
        "case Draining(process=process, until=at, why=why) if at < turn.now:",
        "a busy loop",
    ),
    "ready left set": Mutant(
        "health",
        "phase = replace(instance.phase, ready=False, stable_at=None)",
        "phase = replace(instance.phase, stable_at=None)",
        "ready is wrong",
    ),
    "job never answered": Mutant(
        "jobs",
        'turn.answer(job, JobDone(job=job_id, outcome="superseded", detail=detail))',
        "pass",
        "open here, open there",
    ),
    "want not tested at the end of a run": Mutant(
        "lifecycle",
        'elif service.want == "down" or instance.parked or why == "handover":',
        'elif instance.parked or why == "handover":',
        "wanted down, and not inactive",
        # What is to be down starts again, and what starts is counted.
        ("used up its budget and goes on", "was never ready and goes on"),
    ),
    "a reload trusts what is ready at once": Mutant(
        "rollout",
        "if phase.trial is not None and phase.trial.until is not None:",
        "if False and phase.trial is not None:",
        "was ended before its successor was proved",
    ),
    "a rejected generation goes before the old one is back": Mutant(
        "rollout",
        "elif old is None or is_ready(old) or not is_ready(instance):",
        "elif True or old is None:",
        "and serves while its predecessor does not",
    ),
    "a failed candidate is not seen": Mutant(
        "rollout",
        "elif (fault := _fault(turn, service)) is not None:",
        "elif (fault := None) is not None:",
        "has failed, and its reload goes on",
    ),
    "a single stop is forgotten": Mutant(
        "requests",
        "if instance.leaving or (instance.parked and not named):",
        "if instance.leaving:",
        "runs, and a person stopped it",
    ),
    "what no restart cures is restarted": Mutant(
        "blocked",
        'return fault.restart == "no" and history.attempt > BLIND_STARTS',
        'return fault.restart == "no" and history.attempt > 99',
        "is not held for",
    ),
    "an obstacle is not looked at": Mutant(
        "blocked",
        "turn.emit(Recheck(instance.key, instance.run, phase.fault.obstacle))",
        "lifecycle.start_again(turn, instance)",
        "and what kept it from that is there",
    ),
    "one start too many": Mutant(
        "turn",
        "if not self.before.spawn_limit or self.spawning < self.before.spawn_limit:",
        "if not self.before.spawn_limit or self.spawning <= self.before.spawn_limit:",
        "too many starts are under way",
    ),
    "a crash loop calls nobody": Mutant(
        "deadlines",
        "return instance.escalation.due",
        "return None",
        "and nobody was called",
    ),
    "a successor that is not proved counts for nothing": Mutant(
        "automatic",
        "        _count(turn, put)\n",
        "        pass\n",
        "is replaced for its memory again and again",
    ),
    "a storm of changed files is not broken": Mutant(
        "automatic",
        "if len(recent) < STORM_RESTARTS:",
        "if len(recent) < 99:",
        "was restarted for files too often",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_property_test_finds_the_seeded_bug(name: str, supervision: Any) -> None:
    mutant = MUTANTS[name]
    # Not pytest.raises: what comes may be a group, of the finding and of a teardown after it.
    error: BaseException | None = None
    with mutated(mutant) as policy:
        error = _failure_of(supervision(policy))
    messages = [str(leaf) for leaf in _leaves(error)]
    expected = (mutant.found_as, *mutant.or_as)
    assert any(words in message for message in messages for words in expected), messages


def _failure_of(machine: type[RuleBasedStateMachine]) -> BaseException | None:
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                # Ends at the first find. Hypothesis also draws from constants of whatever modules
                # are loaded, so the same seed finds a bug sooner or later in another test run.
                max_examples=4000,
                stateful_step_count=40,
                derandomize=True,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - judged by its message
        return error
    return None


def _leaves(error: BaseException | None) -> list[BaseException]:
    """The exceptions of a group, at any depth."""
    if error is None:
        return []
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]


class _MutatingLoader(SourceFileLoader):
    """Loads a module with one text of its source replaced."""

    mutant: Mutant

    def get_data(self, path: str) -> bytes:
        data = super().get_data(path)
        if not path.endswith(".py"):
            # No compiled file may be taken for the mutated source.
            raise OSError(path)
        text = data.decode()
        assert text.count(self.mutant.old) == 1, f"the text to mutate is gone: {self.mutant.old}"
        return text.replace(self.mutant.old, self.mutant.new).encode()

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """A mutated module is never written to a cache."""


class _MutatingFinder(MetaPathFinder):
    """Finds the one module that is to be mutated."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Any, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != f"{PACKAGE}.{self._mutant.module}":
            return None
        spec = PathFinder.find_spec(fullname, path)
        assert spec is not None
        assert spec.origin is not None
        loader = _MutatingLoader(fullname, spec.origin)
        loader.mutant = self._mutant
        spec.loader = loader
        return spec


@contextmanager
def mutated(mutant: Mutant) -> Iterator[ModuleType]:
    """The module `usher.policy.step` of a fresh copy of the package that has this bug."""

    def loaded() -> dict[str, ModuleType]:
        return {
            name: module
            for name, module in sys.modules.items()
            if name == PACKAGE or name.startswith(PACKAGE + ".")
        }

    original = loaded()
    finder = _MutatingFinder(mutant)
    for name in original:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield importlib.import_module(f"{PACKAGE}.step")
    finally:
        sys.meta_path.remove(finder)
        for name in loaded():
            del sys.modules[name]
        sys.modules.update(original)
