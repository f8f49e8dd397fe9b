"""One owner of the world, one queue, one timer.

`post` may be called from anywhere in the event loop's thread. Events are taken in order; for
each one the policy decides, the journal remembers, the actions are performed, and only then
comes the next. Nobody else writes the world; readers take the last value, which is immutable.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from usher.model.actions import Action
from usher.model.events import Event, Now, Stalled, Tick
from usher.model.world import World

LATE: Final = 1.0
"""Seconds a timer may be late before the host counts as having stood still (design 2.3)."""


class Policy(Protocol):
    """What the driver needs of the policy: two pure functions."""

    def step(self, world: World, event: Event, now: Now, /) -> tuple[World, tuple[Action, ...]]:
        """Decide."""
        ...

    def next_deadline(self, world: World, /) -> float | None:
        """Boot-clock time at which a Tick is due."""
        ...


class Memory(Protocol):
    """What the driver needs of the journal."""

    def append(self, event: Event, now: Now, /) -> None:
        """Remember an event that changed the world."""
        ...

    @property
    def wants_snapshot(self) -> bool:
        """Whether the journal has grown enough."""
        ...

    def snapshot(self, world: World, /) -> None:
        """Replace the journal by the world."""
        ...


class Driver:
    """Runs the policy over events. `perform` must not block and may post further events."""

    def __init__(
        self,
        world: World,
        policy: Policy,
        memory: Memory,
        perform: Callable[[Action], None],
        clock: Callable[[], Now],
    ) -> None:
        self.world = world
        self._policy = policy
        self._memory = memory
        self._perform = perform
        self._clock = clock
        self._queue: deque[Event] = deque()
        self._running = False
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None

    def post(self, event: Event) -> None:
        """Take an event; it is decided before control returns, unless a decision is under way."""
        self._queue.append(event)
        if self._running:
            return
        self._running = True
        try:
            while self._queue:
                self._decide(self._queue.popleft())
        finally:
            self._running = False
        if self._memory.wants_snapshot:
            self._memory.snapshot(self.world)
        self._arm()

    def close(self) -> None:
        """Take no further tick."""
        if self._timer is not None:
            self._timer.cancel()

    def _decide(self, event: Event) -> None:
        now = self._clock()
        world, actions = self._policy.step(self.world, event, now)
        if world is not self.world:
            self._memory.append(event, now)
            self.world = world
        for action in actions:
            self._perform(action)

    def _arm(self) -> None:
        due = self._policy.next_deadline(self.world)
        if due == self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due = due
        if due is not None:
            delay = max(0.0, due - self._clock().boot)
            self._timer = asyncio.get_running_loop().call_later(delay, self._fire)

    def _fire(self) -> None:
        due, self._timer, self._due = self._due, None, None
        late = self._clock().boot - (due or 0.0)
        if late < 0:
            # The loop's clock may run a little ahead of the boot clock.
            self._arm()
            return
        if late > LATE:
            self._queue.append(Stalled(late))
        self.post(Tick())
