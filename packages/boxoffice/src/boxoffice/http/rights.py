"""The one way for a route to say which right it needs.

    Uploader = Annotated[Actor, needs(Right.UPLOAD)]

    @router.delete("/snapshots/{id}")
    def delete(id: int, actor: Uploader) -> ...: ...

Reading through `context.ReadingOf` needs `Right.READ` and says so by itself; who asks is found out
when the reading begins. A route that everybody may ask is declared too: `dependencies=[PUBLIC]`. A
test walks all routes and refuses one that declares nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fastapi import Depends

from boxoffice.accounts.rights import Right
from boxoffice.db.transactions import Actor
from boxoffice.http.errors import RequestError
from boxoffice.http.identity import AskerOf, Stranger, actor_of, rights_of_asker

__all__ = ["PUBLIC", "Needs", "Public", "Right", "needs"]

_CHALLENGE = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True)
class Needs:
    """The dependency behind `needs`: gives the actor, or refuses with 401 or 403."""

    right: Right

    async def __call__(self, asker: AskerOf) -> Actor:
        """Who asks, if they have the right."""
        if isinstance(asker, Stranger):
            raise stranger()
        demand(self.right, rights_of_asker(asker))
        return actor_of(asker)


def stranger() -> RequestError:
    """The answer to somebody who has not signed in."""
    return RequestError(401, "sign_in_required", headers=_CHALLENGE)


def demand(right: Right, held: Collection[Right]) -> None:
    """403 for whoever holds other rights than the one needed."""
    if right not in held:
        raise RequestError(403, "right_missing", right=right.name.lower())


def needs(right: Right) -> Any:
    """A `Depends` that gives the `Actor` and refuses whoever has not got `right`."""
    return Depends(Needs(right))


class Public:
    """The dependency of a route that everybody may ask, signed in or not."""

    async def __call__(self) -> None:
        """Refuse nobody."""


PUBLIC = Depends(Public())
"""Declares a route open: `router.get("/health", dependencies=[PUBLIC])`."""
