"""Node IPC channels as the daemon sees them: what processes say, and the drain of a worker.

The keeper answers Node; here its reports become events for the policy, and a drain is watched.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

from usher.keeper import wire
from usher.model import events as ev
from usher.model.spec import ChannelReady, ListeningReady, ServiceSpec
from usher.runtime import connections, runs
from usher.runtime.keeper import Keeper
from usher.runtime.keeper_channel import RefusedError

LOOK_INTERVAL: Final = 0.05
"""Seconds between two looks at the connections of a worker that drains."""

QUIET_LOOKS: Final = 3
"""Looks in a row without a connection: what has nothing else to do exits by itself meanwhile."""


class Channels:
    """Turns what processes say into events; `post` takes them, `spec_of` knows who waits."""

    def __init__(
        self,
        keeper: Keeper,
        post: Callable[[ev.Event], None],
        spec_of: Callable[[ev.Key], ServiceSpec | None],
    ) -> None:
        self._keeper = keeper
        self._post = post
        self._spec_of = spec_of

    def told(self, report: wire.Message) -> None:
        """Take a report of the keeper."""
        key, run = runs.parse(report["run"])
        if report["what"] in ("ready", "listening"):
            self._prove(key, run, report["said"])

    def recall(self, key: ev.Key, run: int, record: wire.Message) -> None:
        """Take what an adopted run said while nobody was there to hear it."""
        if record.get("channel"):
            self._prove(key, run, record["channel"]["said"])

    def _prove(self, key: ev.Key, run: int, said: dict[str, Any]) -> None:
        spec = self._spec_of(key)
        match None if spec is None else spec.ready.proof:
            case ChannelReady():
                proved = bool(said["ready"])
            case ListeningReady():
                proved = bool(said["listening"])
            case _:
                proved = False
        if proved:
            self._post(ev.Ready(key=key, run=run))

    async def drain(self, name: str, event: ev.Drained, patience: float) -> None:
        """Have worker `name` (a run id) close its servers; post `event` when it is idle.

        A worker that has nothing else to do exits then, which says the same. After `patience`
        seconds nobody waits any more: the policy goes on by itself.
        """
        # Refused: it has closed its channel before, and nothing it listens on is ours to close.
        with contextlib.suppress(RefusedError):
            await self._keeper.request("disconnect", run=name)
        try:
            async with asyncio.timeout(patience):
                quiet = 0
                while quiet < QUIET_LOOKS:
                    await asyncio.sleep(LOOK_INTERVAL)
                    quiet = 0 if self._is_busy(name) else quiet + 1
        except TimeoutError:
            return
        self._post(event)

    def _is_busy(self, name: str) -> bool:
        """Whether it still listens, or answers somebody."""
        held = self._keeper.runs.get(name)
        if held is None or not held.record.get("channel"):
            return False
        said = held.record["channel"]["said"]
        if not said["ended"]:
            return True
        where = said["listening"]
        ports = [each["port"] for each in where if each["port"] > 0]
        paths = [each["address"] for each in where if each["port"] < 0 and each["address"]]
        return connections.count_open(held.pid, ports, paths) > 0
