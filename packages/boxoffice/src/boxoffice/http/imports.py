"""Reading files takes room: few at a time, and known to the server that wants to stop."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, FastAPI, Request

AT_ONCE = 2
"""Files read at the same time: each may take a processor, 272 MiB for its reader, and its bytes."""


class Imports:
    """The uploads of one server."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_ONCE)
        self.running = 0
        """How many wait or run; a stop lets them end."""

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """Room to read one file: whoever waits for it holds no thread, and no bytes in memory."""
        self.running += 1
        try:
            async with self._limiter:
                yield
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
