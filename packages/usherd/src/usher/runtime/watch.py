"""Sees that files change for which services are to be restarted: one watcher for all of them.

`watchfiles` (inotify, in a thread of its own) is loaded when the first service is watched. Our own
files and every service's logs never count, whatever a definition says: writing a log line because
of a restart must not cause the next restart.
"""

import asyncio
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Final

from usher.model.spec import WatchSpec

log = logging.getLogger(__name__)
# It logs each change it sees, and our log may lie in a watched folder: a change, and so on.
logging.getLogger("watchfiles").setLevel(logging.WARNING)

STEP: Final = 100
"""Milliseconds in which the watcher gathers what happens together."""


class FileWatch:
    """`changed(service, path)` is called once for changes that follow each other closely."""

    def __init__(self, changed: Callable[[str, str], None]) -> None:
        self._changed = changed
        self._specs: dict[str, WatchSpec] = {}
        self._ignore: dict[str, list[re.Pattern[str]]] = {}
        self._never: frozenset[str] = frozenset()
        self._pending: dict[str, asyncio.TimerHandle] = {}
        self._task: asyncio.Task[None] | None = None

    def follow(self, specs: Mapping[str, WatchSpec], never: frozenset[str]) -> None:
        """Watch for these services; `never` are files and folders that do not count."""
        self._never = never
        if specs == self._specs:
            return
        for service in set(self._specs) - set(specs):
            self._forget(service)
        places = _places(self._specs)
        self._specs = dict(specs)
        self._ignore = {
            service: [re.compile(pattern) for pattern in spec.ignore]
            for service, spec in specs.items()
        }
        if _places(self._specs) != places:
            self._watch_anew()

    def close(self) -> None:
        """Watch nothing any more."""
        for service in list(self._pending):
            self._forget(service)
        if self._task is not None:
            self._task.cancel()

    def _watch_anew(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        paths, poll = _places(self._specs)
        if paths:
            self._task = asyncio.create_task(self._watch(paths, poll=poll))
            self._task.add_done_callback(_tell_of_failure)

    async def _watch(self, paths: frozenset[str], *, poll: bool) -> None:
        # The daemon does without some modules (main.py), but what reports changes imports them.
        for name in [name for name, module in sys.modules.items() if not module]:
            del sys.modules[name]
        from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType] (anyio's part)

        there = [path for path in paths if os.path.lexists(path)]
        for path in paths.difference(there):
            log.warning("cannot watch %r: it does not exist", path)
        if not there:
            return
        found = awatch(
            *there,
            watch_filter=None,
            step=STEP,
            debounce=STEP,
            force_polling=poll or None,
            ignore_permission_denied=True,
        )
        try:
            async for changes in found:
                for _, path in sorted(changes, key=lambda change: change[1]):
                    self._seen(path)
        except OSError as error:
            log.warning("cannot watch %s: %s", ", ".join(map(repr, there)), error)

    def _seen(self, path: str) -> None:
        if any(path == each or path.startswith(each + "/") for each in self._never):
            return
        for service, spec in self._specs.items():
            if _below(path, spec.paths) and not self._ignores(service, path):
                self._wait(service, spec.delay, path)

    def _ignores(self, service: str, path: str) -> bool:
        return any(pattern.search(path) for pattern in self._ignore[service])

    def _wait(self, service: str, delay: float, path: str) -> None:
        """Wait until it is quiet for `delay` seconds; the first path names the change."""
        waiting = self._pending.get(service)
        if waiting is None:
            call = lambda: self._tell(service, path)  # noqa: E731
            self._pending[service] = asyncio.get_running_loop().call_later(delay, call)

    def _tell(self, service: str, path: str) -> None:
        del self._pending[service]
        self._changed(service, path)

    def _forget(self, service: str) -> None:
        waiting = self._pending.pop(service, None)
        if waiting is not None:
            waiting.cancel()


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    """Without it, a watcher that ends would do so without a word."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("cannot watch files any more: %s", error, exc_info=error)


def _places(specs: Mapping[str, WatchSpec]) -> tuple[frozenset[str], bool]:
    paths = frozenset(path for spec in specs.values() for path in spec.paths)
    return paths, any(spec.poll for spec in specs.values())


def _below(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)
