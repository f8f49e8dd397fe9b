"""How a request ended is remembered for who asks again, and it is carried out once."""

from collections.abc import Callable
from typing import Any

from usher.model import actions as act
from usher.model import events as ev
from usher.model.spec import ServiceSpec
from usher.policy.turn import ANSWERS_KEPT


def test_the_answer_is_kept_and_the_same_request_changes_nothing(
    system: Any, service: Callable[..., ServiceSpec]
) -> None:
    made = system(service("a"), start=("a",))
    made.wait(2)
    job = made.ask(ev.Restart, ("a",))
    before = made.world
    made.feed(ev.Restart(job, "test", ("a",)))
    assert made.world is before, "it is under way"
    made.wait(2)
    kept = made.world.answered[-1]
    assert (kept.id, kept.services, kept.outcome) == (job, ("a",), "done")
    before = made.world
    made.feed(ev.Restart(job, "test", ("a",)))
    assert made.world is before, "it is answered"


def test_only_the_latest_answers_are_kept(system: Any, service: Callable[..., ServiceSpec]) -> None:
    made = system(service("a"))
    jobs = [made.ask(ev.Stop, ("a",)) for _ in range(ANSWERS_KEPT + 5)]
    assert len(made.done(act.JobDone)) == len(jobs) + 1
    assert [each.id for each in made.world.answered] == jobs[-ANSWERS_KEPT:]
