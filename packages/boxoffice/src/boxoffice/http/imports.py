"""Runs what reads files: few at a time, and known to the server that wants to stop."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, FastAPI, Request

AT_ONCE = 2
"""Files read at the same time: each may take a processor, and 272 MiB."""

P = ParamSpec("P")
T = TypeVar("T")


class Imports:
    """The uploads of one server."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_ONCE)
        self.running = 0
        """How many wait or run; a stop lets them end."""

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it in a thread, when there is room: who waits holds no thread."""
        self.running += 1
        try:
            return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=self._limiter)
        finally:
            self.running -= 1


def is_importing(app: FastAPI) -> bool:
    """Whether a stop has to wait."""
    held: Imports = app.state.imports
    return held.running > 0


async def imports(request: Request) -> Imports:
    """The uploads of the application that answers."""
    held: Imports = request.app.state.imports
    return held


ImportsOf = Annotated[Imports, Depends(imports)]
