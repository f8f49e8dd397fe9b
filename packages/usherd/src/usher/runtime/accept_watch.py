"""Sees without any probe that an app does not answer: clients wait and nobody accepts them.

The kernel completes connections by itself and keeps them until the app takes them, in the order in
which they came. So when the oldest ones stay the same for long, nobody takes any; a queue that is
long and moves is only busy. They are rows of /proc/net/tcp that belong to no process yet.

One look costs one reading of that table, and only while something listens that has no probe of its
own: apps that serve nobody keep no host awake.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from usher.model import events as ev
from usher.model.spec import ServiceSpec
from usher.model.world import World
from usher.policy import status
from usher.policy.probed import ACCEPT_QUEUE
from usher.runtime import clock, processes
from usher.runtime.listening import Listener, listeners

LOOK: Final = 4.0
"""Seconds from one look to the next."""

LOOKS: Final = 3
"""Looks at which nothing listens, each after twice the time of the one before, until the next start
of something: half a minute, in which most apps begin to listen."""

_CONNECTED: Final = ("01", "08")
"""States ESTABLISHED and CLOSE_WAIT: a client may have left before it was accepted."""

Run = tuple[ev.Key, int]


class Office(Protocol):
    """What has to be known, and where it is told what was seen."""

    def post(self, event: ev.Event) -> None:
        """Take an observation."""
        ...

    def pid(self, key: ev.Key, run: int) -> int | None:
        """Return the main pid of a live run."""
        ...


class _Head(NamedTuple):
    """The oldest connections that wait at a port, and since when they are the same."""

    connections: frozenset[str]
    since: float


class Queues:
    """How long the heads of queues have not moved. Pure: it is told the time."""

    def __init__(self) -> None:
        self._heads: dict[int, _Head] = {}
        self._steady: dict[str, tuple[int, float]] = {}
        """Inode of a listener -> its queue, and since when that has not become shorter."""

    def look(
        self, waiting: Mapping[int, frozenset[str]], found: list[Listener], now: float
    ) -> dict[str, float]:
        """Return the listeners (by inode) at which nobody accepts, and for how many seconds."""
        heads: dict[int, _Head] = {}
        for port, connections in waiting.items():
            before = self._heads.get(port)
            left = before.connections & connections if before else frozenset[str]()
            if before is not None and left == before.connections:
                heads[port] = before
            else:
                heads[port] = _Head(left or connections, now)
        self._heads = heads
        steady: dict[str, tuple[int, float]] = {}
        for each in found:
            queue, since = self._steady.get(each.inode, (0, now))
            steady[each.inode] = (each.queue, since if each.queue >= queue > 0 else now)
        self._steady = steady
        return {
            each.inode: min(now - heads[each.port].since, now - steady[each.inode][1])
            for each in found
            if each.queue and each.port in heads
        }


class AcceptWatch:
    """One a daemon; `follow` after the world changed."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._queues = Queues()
        self._watched: dict[Run, float] = {}
        """Runs, with the seconds after which nobody accepting means that they hang."""
        self._accused: dict[ev.Key, int] = {}
        """Instances that were seen to hang, and in which run: they have to be seen to accept."""
        self._listening: Run | None = None
        """One that was seen to listen."""
        self._vain = 0
        """Looks in a row at which nothing listened."""
        self._task: asyncio.Task[None] | None = None

    def follow(self, world: World) -> None:
        """Look at what runs in this world and has no probe of its own."""
        before = self._watched.keys()
        self._watched = {
            (key, run): spec.accept_within
            for key, run in status.live_runs(world).items()
            if (spec := status.spec_of(world, key)) is not None
            and spec.accept_within is not None
            and _is_unprobed(spec)
        }
        keys = {key for key, _ in self._watched}
        self._accused = {key: run for key, run in self._accused.items() if key in keys}
        if not self._watched:
            self.close()
        elif self._watched.keys() - before:
            self._vain = 0
            if self._task is None:
                self._task = asyncio.create_task(self._look_on())

    def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _look_on(self) -> None:
        while self._vain < LOOKS:
            await asyncio.sleep(LOOK * 2**self._vain)
            self.look(clock.read().boot)
            self._vain = 0 if self._is_anybody_listening() else self._vain + 1
        self._task = None

    def _is_anybody_listening(self) -> bool:
        inodes = {each.inode for each in listeners()}
        for run in sorted(self._watched, key=lambda each: each != self._listening):
            pid = self._office.pid(*run)
            tree = processes.descendants(pid) if pid is not None else ()
            if any(processes.sockets(each) & inodes for each in tree):
                self._listening = run
                return True
        return False

    def look(self, now: float) -> None:
        """Look once."""
        found = [each for each in listeners() if each.queue]
        waiting = _waiting({each.port for each in found}) if found else {}
        stuck = self._queues.look(waiting, found, now)
        hung = self._runs_of(stuck) if stuck else {}
        for (key, run), seconds in hung.items():
            self._tell(key, run, seconds)
        self._acquit({key for key, _ in hung})

    def _runs_of(self, stuck: Mapping[str, float]) -> dict[Run, float]:
        """Find whose listeners these are; one that several runs share accuses none of them."""
        owners: defaultdict[str, list[Run]] = defaultdict(list)
        for key, run in self._watched:
            pid = self._office.pid(key, run)
            for each in processes.descendants(pid) if pid is not None else ():
                for inode in processes.sockets(each) & stuck.keys():
                    if (key, run) not in owners[inode]:
                        owners[inode].append((key, run))
        return {
            runs[0]: stuck[inode]
            for inode, runs in owners.items()
            if len(runs) == 1 and stuck[inode] >= self._watched[runs[0]]
        }

    def _tell(self, key: ev.Key, run: int, seconds: float) -> None:
        if self._accused.get(key) != run:
            # It has accepted before, or nobody would wait for it: nothing is wrong with the probe.
            self._post(key, run, ok=True, detail="accepts connections")
            self._accused[key] = run
        detail = f"clients wait for {seconds:.0f} s, and none is accepted"
        self._post(key, run, ok=False, detail=detail, took=seconds)

    def _acquit(self, hung: set[ev.Key]) -> None:
        """Say of those that hung, and of their successors, that they accept."""
        for key, run in self._watched:
            if key in self._accused and key not in hung:
                pid = self._office.pid(key, run)
                if pid is not None and processes.listens(pid, None):
                    self._post(key, run, ok=True, detail="accepts connections")
                    del self._accused[key]

    def _post(self, key: ev.Key, run: int, *, ok: bool, detail: str, took: float = 0.0) -> None:
        answer = ev.ProbeResult(key, run, ACCEPT_QUEUE.name, ok=ok, detail=detail, took=took)
        self._office.post(answer)


def _is_unprobed(spec: ServiceSpec) -> bool:
    """Whether nothing else would see that it hangs. A cluster's sockets are the keeper's."""
    alone = not any(probe.scope == "self" for probe in spec.probes)
    return alone and spec.kind == "service" and spec.channel != "cluster"


def _waiting(ports: set[int]) -> dict[int, frozenset[str]]:
    """List the connections to these ports that no process has accepted, by their other ends."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for table in ("tcp", "tcp6"):
        for fields in map(str.split, processes.rows(table)):
            if fields[3] in _CONNECTED and fields[9] == "0":
                port = int(fields[1].rpartition(":")[2], 16)
                if port in ports:
                    found[port].add(fields[2])
    return {port: frozenset(ends) for port, ends in found.items()}
