"""Log writing as the main loop sees it: orders that never wait, and notes that come back.

A disk can hang for minutes, so files are used in threads only. One writer serves all streams; when
it hangs in a file, a second takes over everything that does not concern this file. Streams whose
lines are masked first (usher.keeper.masking) have a writer of their own: it waits for its helper.
"""

from __future__ import annotations

import time
from collections import deque

from usher.keeper.writer import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from usher.keeper.logfile import LogFile
    from usher.keeper.loop import Loop
    from usher.keeper.stream import Output
    from usher.keeper.wire import Message
    from usher.keeper.writer import Order

HANG_LIMIT: Final = 1.0
"""Seconds in one use of a file after which the other streams are given to another writer."""


ALL: Final = ""
"""Names no run; see `Logs.settle`."""


class Logs:
    """All writers. The calls are made in the main loop: `drained(run)`, and `tell(message)` with
    a log-trouble {run, error, dropped} or rotated {run, path} for the daemon.
    """

    def __init__(
        self, loop: Loop, drained: Callable[[str], None], tell: Callable[[Message], None]
    ) -> None:
        self._loop = loop
        self._drained = drained
        self._tell = tell
        self._notes: deque[tuple[Writer, str, str, Any]] = deque()
        self._hanging: dict[str, Writer] = {}
        """Files that made a writer hang once stay with that writer."""
        self._paths: dict[str, list[list[str]]] = {}
        self._suffering: dict[Writer, set[str]] = {}
        self._finishing: dict[str, set[Writer]] = {}
        self._masked: set[str] = set()
        """Files whose lines are masked; they stay with the writer that does."""
        self._writers: list[Writer] = []
        loop.on_note(self._take_notes)
        self._common = self._engage()
        self._masking: Writer | None = None

    def add(self, outputs: list[Output], *, held: bool) -> None:
        """Write them from now on, or with `held` from `resume` on.

        Their descriptors belong to the writers now; they stay open until `close`.
        """
        for output in outputs:
            if output.mask is not None and not self._is_used(output.paths):
                self._masking = self._masking or self._engage()
                self._masked.update(output.paths)
            self._paths.setdefault(output.run, []).append(output.paths)
        self._order(lambda writer: writer.add(outputs, held=held))

    def resume(self) -> None:
        """Begin with the streams that were added as held."""
        self._order(Writer.resume)

    def finish(self, run: str) -> None:
        """Take and write what is in the pipes of `run` now, then call `drained`."""
        writers = self._writers_of(run)
        if all(writer.has_written(run) for writer in writers):
            self._drained(run)
            return
        self._finishing[run] = writers
        self._order(lambda writer: writer.finish(run))

    def settle(self) -> None:
        """Call `drained(ALL)` when every order given so far is carried out."""
        self._finishing[ALL] = set(self._writers)
        self._order(lambda writer: writer.finish(ALL))

    def close(self, run: str) -> None:
        """Take and write what is in the pipes of `run`, then close them."""
        self._finishing.pop(run, None)
        self._paths.pop(run, None)
        self._order(lambda writer: writer.close(run))

    def each_file(self, run: str, call: Callable[[LogFile], None]) -> None:
        """Have `call` called with every file of `run`."""
        self._order(lambda writer: writer.each_file(run, call))

    def each_path(self, path: str, call: Callable[[str], object]) -> None:
        """Have `call` called with `path` by who writes it, or would."""
        self._order(lambda writer: writer.each_path(path, call))

    def _order(self, call: Order) -> None:
        for writer in self._writers:
            writer.order(call)

    def _owner(self, paths: list[str]) -> Writer:
        for path in paths:
            if path in self._hanging:
                return self._hanging[path]
        if self._masking is not None and not self._masked.isdisjoint(paths):
            return self._masking
        return self._common

    def _is_used(self, paths: list[str]) -> bool:
        """Whether a file has a writer now: it keeps it, for a file has one."""
        used = {path for outputs in self._paths.values() for each in outputs for path in each}
        return not used.isdisjoint(paths)

    def _writers_of(self, run: str) -> set[Writer]:
        return {self._owner(paths) for paths in self._paths.get(run, ())}

    def _engage(self) -> Writer:
        """Begin with a writer."""
        writer = Writer(self._note, self._owner)
        self._writers.append(writer)
        writer.begin()
        return writer

    # -- notes and hanging files -----------------------------------------------------------------

    def _note(self, writer: Writer, run: str, kind: str, detail: Any) -> None:
        """Take a note (in the writer's thread)."""
        self._notes.append((writer, run, kind, detail))
        self._loop.wake()

    def _take_notes(self) -> None:
        while self._notes:
            writer, run, kind, detail = self._notes.popleft()
            if kind == "drained":
                self._one_drained(writer, run)
            elif kind == "trouble":
                self._trouble(run, detail)
            elif kind == "rotated":
                self._tell({"kind": "rotated", "run": run, "path": detail})
            else:
                self._watch_over(writer)

    def _trouble(self, run: str, detail: dict[str, Any]) -> None:
        self._tell({"kind": "log-trouble", "run": run, **detail})

    def _one_drained(self, writer: Writer, run: str) -> None:
        waiting = self._finishing.get(run)
        if waiting is not None:
            waiting.discard(writer)
            if not waiting:
                del self._finishing[run]
                self._drained(run)

    def _watch_over(self, writer: Writer) -> None:
        self._loop.after(("writer", id(writer)), HANG_LIMIT, lambda: self._look_at(writer))

    def _look_at(self, writer: Writer) -> None:
        """Look whether a writer that used files lately hangs; a quiet one is not looked at."""
        writer.rearm()  # first: what it begins to use from now on, it notes
        using = writer.using()
        if using is None:
            for run in self._suffering.pop(writer, ()):
                self._trouble(run, {"error": None, "dropped": 0})
            return
        since, path = using
        others = writer in (self._common, self._masking)
        if others and time.monotonic() - since > HANG_LIMIT:
            self._relieve(writer, path)
        self._watch_over(writer)

    def _relieve(self, writer: Writer, path: str) -> None:
        successor = Writer(self._note, self._owner)
        self._writers.append(successor)
        if writer is self._common:
            self._common = successor
        else:
            self._masking = successor
        self._suffering[writer], kept = writer.relieve(successor, path)
        self._hanging.update(dict.fromkeys(kept, writer))
        for run, waiting in self._finishing.items():
            if writer in waiting:
                self._finishing[run] = self._writers_of(run)
        successor.begin()
        for run in self._suffering[writer]:
            self._trouble(run, {"error": f"cannot write log {path!r}: it hangs", "dropped": 0})
