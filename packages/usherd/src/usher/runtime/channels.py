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
from usher.runtime import runs
from usher.runtime.keeper import Keeper
from usher.runtime.keeper_channel import RefusedError

EXIT_TIME: Final = 0.2
"""Seconds in which a worker that has nothing else to do exits, before it is told to."""


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
        self._leaving: dict[str, asyncio.Event] = {}
        """Workers that drain, by run id; set when their channel has ended."""

    def told(self, report: wire.Message) -> None:
        """Take a report of the keeper."""
        key, run = runs.parse(report["run"])
        if report["what"] in ("ready", "listening"):
            self._prove(key, run, report["said"])
        elif report["what"] == "disconnect":
            self._left(key, run, report["run"])

    def recall(self, key: ev.Key, run: int, record: wire.Message) -> None:
        """Take what an adopted run said while nobody was there to hear it."""
        if record.get("channel"):
            said = record["channel"]["said"]
            self._prove(key, run, said)
            if said["ended"]:
                self._left(key, run, record["run"])

    def _left(self, key: ev.Key, run: int, name: str) -> None:
        """A channel has ended; perhaps it was the daemon before us that began the drain."""
        if name in self._leaving:
            self._leaving[name].set()
        else:
            self._post(ev.Drained(key=key, run=run))

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
        """Have worker `name` (a run id) close its servers; post `event` when it has.

        Node ends the channel when the last connection of the last server has ended; a worker that
        has nothing else to do exits then, which says the same. After `patience` seconds nobody
        waits any more: the policy goes on by itself.
        """
        left = self._leaving[name] = asyncio.Event()
        try:
            async with asyncio.timeout(patience):
                # Refused: it has closed its channel before.
                with contextlib.suppress(RefusedError):
                    await self._keeper.request("disconnect", run=name)
                    await left.wait()
                await asyncio.sleep(EXIT_TIME)
        except TimeoutError:
            return
        finally:
            del self._leaving[name]
        self._post(event)
