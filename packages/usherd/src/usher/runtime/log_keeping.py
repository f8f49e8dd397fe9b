"""Care for log files: emptied and rotated when asked, old ones compressed and removed.

The keeper's writers own the names of log files; here is decided, there is done. A sweep follows
each rotation, each trouble, and the start of the daemon; none is due while nothing happens, but
for the one at which a file becomes too old.
"""

import asyncio
import contextlib
import glob
import logging
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from usher.keeper import compress, rotation, wire
from usher.keeper.owner import is_safe
from usher.model.spec import ServiceSpec
from usher.policy import log_retention
from usher.policy.log_retention import Disk, Rotated, Rule
from usher.runtime import clock, runs
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError
from usher.runtime.log_files import rotated_inodes
from usher.runtime.log_paths import NOWHERE, log_paths
from usher.runtime.users import identity

log = logging.getLogger(__name__)

COMPRESS_LIMIT: Final = 600.0
"""Seconds a compression may take."""

SOONEST: Final = 60.0
"""Seconds between two sweeps for age."""


class Instance(NamedTuple):
    """Whose logs there may be; `ident` is its pm_id."""

    spec: ServiceSpec
    slot: int
    ident: int


class Writers(Protocol):
    """The keeper, as far as logs go (runtime.keeper.Keeper)."""

    @property
    def runs(self) -> Collection[str]:
        """Names of the runs that it has."""
        ...

    async def request(self, kind: str, /, **fields: Any) -> object:
        """Ask. Raises RefusedError, KeeperGoneError."""
        ...

    async def run_helper(self, argv: list[str], /, **fields: Any) -> wire.Message:
        """Run a program with low priority. Raises RefusedError, KeeperGoneError."""
        ...


class LogKeeper:
    """One a daemon. `instances` lists whose logs there may be; `note` takes an event."""

    def __init__(
        self,
        home: Path,
        keeper: Writers,
        instances: Callable[[], Iterable[Instance]],
        note: Callable[[str, str, str], None],
    ) -> None:
        self._home = home
        self._keeper = keeper
        self._instances = instances
        self._note = note
        self._handed: dict[int, str] = {}
        """Compressed files by the inode of their original, until a writer has taken them."""
        self._again = False
        self._work: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Leave things as they are."""
        if self._timer is not None:
            self._timer.cancel()
        for task in (self._work, *self._tasks):
            if task is not None:
                task.cancel()

    def files(self) -> frozenset[str]:
        """Return every path that may be a log."""
        return frozenset(path for each in self._instances() for path in self._paths(each))

    # -- what people and schedules ask for --

    async def flush(self, paths: Collection[str]) -> int:
        """Empty these logs; returns how many there were.

        Those of live runs by their writer, for an append may be under way; the others here.
        """
        written = await self._order("flush", lambda found: not found.isdisjoint(paths))
        left = [path for path in paths if path not in written]
        return len(written.intersection(paths)) + await asyncio.to_thread(_empty, left)

    async def reopen(self) -> None:
        """Open every log anew at its path: something else has rotated them."""
        await self._order("reopen", lambda _: True)

    def reopen_soon(self) -> None:
        """The same, for who cannot wait."""
        self._begin(self.reopen())

    def rotate(self, service: str) -> None:
        """Begin new files for a service, whatever the size of the present ones."""
        self._begin(self._rotate(service))

    async def _rotate(self, service: str) -> None:
        for run in list(self._keeper.runs):
            if runs.parse(run)[0].service == service:
                await self._request("logs", run=run, op="rotate")

    async def _order(self, op: str, wanted: Callable[[set[str]], bool]) -> set[str]:
        """Give an order for the files of runs that `wanted` chooses; returns their paths."""
        done: set[str] = set()
        known = {(each.spec.name, each.slot): each for each in self._instances()}
        for run in list(self._keeper.runs):
            key = runs.parse(run)[0]
            instance = known.get((key.service, key.slot))
            paths = self._paths(instance) if instance else set[str]()
            if wanted(paths) and await self._request("logs", run=run, op=op):
                done |= paths
        return done

    # -- what the keeper tells --

    def told(self, report: wire.Message) -> None:
        """Look after what was rotated; tell that a log cannot be written, or can be again."""
        if report["kind"] == "rotated":
            self.sweep()
            return
        service = runs.parse(report["run"])[0].service
        dropped = int(report["dropped"])
        lost = f"; {dropped} bytes of output are lost" if dropped else ""
        if report["error"] is None:
            self._note("log-works", f"its log is written again{lost}", service)
        else:
            self._note("log-trouble", f"{report['error']}{lost}", service)
            self.sweep()

    def keeper_back(self) -> None:
        """Look at everything anew: what writers of the keeper before had not done, is undone."""
        self._handed.clear()
        self.sweep()

    # -- sweeping --

    @property
    def is_busy(self) -> bool:
        """Whether a sweep is under way."""
        return self._work is not None and not self._work.done()

    def sweep(self) -> None:
        """Compress and remove what is due, soon."""
        self._again = True
        if not self.is_busy:
            self._work = asyncio.create_task(self._sweep_until_quiet())

    async def _sweep_until_quiet(self) -> None:
        while self._again:
            self._again = False
            try:
                await self._sweep()
            except OSError as error:
                log.warning("cannot look after logs: %s", error)

    async def _sweep(self) -> None:
        rules: dict[str, Rule] = {}
        users: dict[str, dict[str, Any]] = {}
        for each in self._instances():
            logs = each.spec.logs
            rules.update(dict.fromkeys(self._paths(each), Rule(logs.max_age, logs.compress)))
            users.update(dict.fromkeys(self._paths(each), _identity(each.spec)))
        self._handed = await asyncio.to_thread(_not_taken, self._handed)
        files, disks = await asyncio.to_thread(_look, list(rules), frozenset(self._handed.values()))
        now = asyncio.get_running_loop().time()
        decision = log_retention.decide(files, rules, disks, clock.read().wall)
        for path in {each.path for each in decision.drop}:
            inodes = [each.inode for each in decision.drop if each.path == path]
            await self._request("tidy-logs", path=path, drop=inodes, compressed=[], **users[path])
        for each in decision.compress:
            if each.inode in self._handed:
                continue
            await self._compress(each, users[each.path])
        self._look_again(now, decision.again)

    def _look_again(self, now: float, after: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if after is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(now + max(after, SOONEST), self.sweep)

    async def _compress(self, file: Rotated, user: dict[str, Any]) -> None:
        """Compress as `user` (the fields of an identity, or none) where the folder is theirs."""
        if user and is_safe(str(Path(file.path).parent)):
            user = {}
        made = _temporary(file.path, file.inode)
        # A rotation moves it up: its name is asked for at the last moment, and checked once more.
        name = (await asyncio.to_thread(rotated_inodes, file.path)).get(file.inode)
        if name is None:
            return
        program = [sys.executable, "-I", "-S", compress.__file__]
        argv = [*program, name, str(file.inode), made]
        try:
            done = await self._keeper.run_helper(
                argv, env={}, cwd="/", timeout=COMPRESS_LIMIT, memory=1 << 30, **user
            )
        except (KeeperGoneError, RefusedError) as error:
            log.warning("cannot compress %r: %s", name, error)
            return
        if done["status"] == {"code": 0}:
            self._handed[file.inode] = made
            made_of = [[file.inode, made]]
            await self._request("tidy-logs", path=file.path, drop=[], compressed=made_of, **user)
        else:
            log.info("not compressed: %r: %s %s", name, done["status"], done["output"][-200:])
            self._again = self._again or done["status"] == {"code": compress.MOVED}
            with contextlib.suppress(OSError):
                Path(made).unlink()

    # -- parts --

    def _paths(self, instance: Instance) -> set[str]:
        named = log_paths(self._home, instance.spec, instance.slot, instance.ident)
        return {path for path in named if path and path != NOWHERE}

    async def _request(self, kind: str, **fields: Any) -> bool:
        try:
            await self._keeper.request(kind, **fields)
        except (KeeperGoneError, RefusedError) as error:
            log.info("%s: %s", kind, error)
            return False
        return True

    def _begin(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _identity(spec: ServiceSpec) -> dict[str, Any]:
    """Return uid, gid and groups of a service's user; none where that is our own, or unknown."""
    try:
        return identity(spec.user)
    except (LookupError, OSError):
        return {}


def _temporary(path: str, inode: int) -> str:
    return str(Path(path).with_name(f".{Path(path).name}.{inode}.gz.new"))


def _not_taken(handed: Mapping[int, str]) -> dict[int, str]:
    return {inode: made for inode, made in handed.items() if os.path.lexists(made)}


def _look(paths: list[str], handed: frozenset[str]) -> tuple[list[Rotated], dict[int, Disk]]:
    """List the rotated files of these logs and the space of their disks.

    What a killed compression left behind is removed, unlike what was `handed` to a writer.
    """
    files: list[Rotated] = []
    disks: dict[int, Disk] = {}
    present = set(paths)
    for path in paths:
        for left in Path(path).parent.glob(f".{glob.escape(Path(path).name)}.*.gz.new"):
            if str(left) not in handed:
                with contextlib.suppress(OSError):
                    left.unlink()
        for name in rotation.rotated(path):
            with contextlib.suppress(OSError):
                found = os.lstat(name)
                if name not in present:
                    files.append(
                        Rotated(
                            path, name, found.st_ino, found.st_dev, found.st_size, found.st_mtime
                        )
                    )
                if found.st_dev not in disks:
                    space = os.statvfs(name)
                    free, total = space.f_bavail, space.f_blocks
                    disks[found.st_dev] = Disk(total * space.f_frsize, free * space.f_frsize)
    return files, disks


def _empty(paths: list[str]) -> int:
    count = 0
    for path in paths:
        with contextlib.suppress(OSError):
            fd = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK)
            os.close(fd)
            count += 1
    return count
