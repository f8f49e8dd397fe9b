"""What the composition root hands to every request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from boxoffice.http.access import AccountsInForce
from boxoffice.http.kept_answers import KeptAnswers
from boxoffice.http.probe import DatabaseProbe


@dataclass(frozen=True)
class Services:
    """The parts of the running server that handlers need."""

    engine: Engine
    probe: DatabaseProbe
    accounts: AccountsInForce
    answers: KeptAnswers
    clock: Callable[[], datetime]
    """The current instant, with a zone. The only place where time enters."""
    started: datetime
    public_origin: str | None = None
    """`https://host` under which people reach us through a proxy; None: as they ask."""

    @property
    def is_encrypted(self) -> bool:
        """Whether people reach us by TLS alone, which ends at the proxy."""
        return (self.public_origin or "").startswith("https://")


async def services(request: Request) -> Services:
    """The services of the application that answers."""
    held: Services = request.app.state.services
    return held


ServicesOf = Annotated[Services, Depends(services)]
