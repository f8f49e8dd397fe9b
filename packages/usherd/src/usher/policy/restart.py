"""Whether, when and why an instance that ended is started again: one question, one answer.

The numbers are those of `RestartPolicy` (design 2.3). Only automatic starts are counted; what a
person starts begins with an empty history.
"""

from typing import TypeAlias
from zlib import crc32

from usher.model.events import Exit, Key
from usher.model.phase import Result
from usher.model.spec import RestartPolicy, ServiceSpec, Value
from usher.model.world import History, Instance
from usher.policy.words import count, seconds

JITTER = 0.1
"""Delays of a second and more grow by up to this share, so that what failed together does not
come back together."""


DIAGNOSIS_PATIENCE = 0.3
"""Seconds that a start waits, from the second death on, to know why there was one (design 2.3)."""


class Again(Value, frozen=True):
    """Start it again after `delay` seconds."""

    delay: float


class Hold(Value, frozen=True):
    """Leave it alone for `seconds`, then try again."""

    seconds: float
    reason: str


class GiveUp(Value, frozen=True):
    """Only a person can start it now."""

    result: Result
    reason: str


class Rest(Value, frozen=True):
    """It did what it was for."""


Decision: TypeAlias = Again | Hold | GiveUp | Rest


def decide(
    spec: ServiceSpec,
    instance: Instance,
    result: Result,
    now: float,
    *,
    at_once: bool,
) -> Decision:
    """Decide about an instance that ended with `result` and was not meant to.

    `at_once`: the end was our replacement of an unhealthy process, which waits for nothing; the
    budget alone limits it. Why it ended may change the decision later (blocked.py).
    """
    policy, history = spec.restart, instance.history
    if result == "success" and (spec.kind == "job" or policy.when != "always"):
        return Rest()
    if isinstance(instance.last_exit, Exit) and instance.last_exit.code in policy.stop_codes:
        return Rest()
    if policy.when == "never":
        return GiveUp(result, "its restart policy is never")
    if _hopeless(policy, instance):
        times = count(history.attempt, "restart")
        if policy.min_uptime is None:
            return GiveUp("start-limit-hit", f"never ready in {times}")
        short = f"{count(instance.unstable, 'run')} in a row ended"
        return GiveUp("start-limit-hit", f"{short} within {seconds(policy.min_uptime)}")
    recent = len(recent_starts(policy, history, now))
    if history.proven and recent >= policy.budget_count:
        used_up = f"{count(recent, 'restart')} within {seconds(policy.budget_window)} did not help"
        if history.tries >= policy.hold_tries:
            return GiveUp(result, f"{used_up}, and it was held {count(history.tries, 'time')}")
        return Hold(policy.hold, used_up)
    return Again(0.0 if at_once else delay(policy, instance.key, history.attempt))


def _hopeless(policy: RestartPolicy, instance: Instance) -> bool:
    """Whether starting it has failed so often in a row that no pause would help.

    Counted without a window, so that no delay between the tries can outlast the counting.
    """
    if policy.min_uptime is None:
        return not instance.history.proven and instance.history.attempt >= policy.start_limit
    return instance.unstable > policy.start_limit


def delay(policy: RestartPolicy, key: Key, attempt: int) -> float:
    """Seconds before automatic start number `attempt` (0-based): the list, then by the factor."""
    listed = policy.delays or (0.0,)
    if attempt < len(listed):
        plain = listed[attempt]
    else:
        # The exponent is bounded so that a service that fails for years cannot overflow it.
        plain = listed[-1] * policy.factor ** min(attempt - len(listed) + 1, 64)
    plain = min(plain, policy.delay_limit)
    if plain < 1.0:
        return plain
    share = crc32(f"{key.service}:{key.slot}:{attempt}".encode()) / 2**32
    return min(plain * (1.0 + JITTER * share), policy.delay_limit)


def recent_starts(policy: RestartPolicy, history: History, now: float) -> tuple[float, ...]:
    """The automatic starts that still count."""
    return tuple(at for at in history.starts if at > now - policy.budget_window)
