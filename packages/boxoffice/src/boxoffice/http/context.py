"""What a request knows: its language and the day it is judged by.

The dependencies are coroutines although they wait for nothing: FastAPI would send plain functions
through the thread pool, one by one.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy import Connection

from boxoffice.accounts.credentials import Credential, reading_as
from boxoffice.accounts.rights import rights_of
from boxoffice.db.transactions import LOCAL, Actor, transaction
from boxoffice.domain.zone import SEOUL
from boxoffice.http.identity import shown_by
from boxoffice.http.language import Language, choose_language
from boxoffice.http.rights import Right, demand, needs, stranger
from boxoffice.http.services import Services, ServicesOf
from boxoffice.planning.fields import Day


async def language(
    request: Request,
    lang: Annotated[
        str | None, Query(description="`ko` or `en`; else Accept-Language, else Korean.")
    ] = None,
) -> Language:
    """The language of the answer: `?lang=`, Accept-Language, Korean."""
    return choose_language(lang, request.headers.get("accept-language"))


LanguageOf = Annotated[Language, Depends(language)]


async def as_of_day(
    held: ServicesOf,
    as_of: Annotated[
        Day | None,
        Query(alias="asOf", description="Day the figures are judged by; default: today in Seoul."),
    ] = None,
) -> date:
    """The day asked for, else today in Seoul."""
    return as_of or held.clock().astimezone(SEOUL).date()


AsOf = Annotated[date, Depends(as_of_day)]


@dataclass(frozen=True)
class Reading:
    """Opens the one consistent, read-only transaction of a request."""

    held: Services
    as_of: date
    shown: Credential | None
    """What the request shows for itself."""

    @contextmanager
    def __call__(self) -> Generator[Connection]:
        """A connection on which all reads see one state of the database.

        It tells, too, who asks: 401 and 403 come from here.
        """
        held = self.held
        if not held.accounts.ask():
            with transaction(
                held.engine, actor=LOCAL, as_of=self.as_of, read_only=True
            ) as connection:
                yield connection
            return
        if self.shown is None:
            raise stranger()
        with reading_as(held.engine, self.shown, as_of=self.as_of, now=held.clock()) as admitted:
            if admitted is None:
                raise stranger()
            connection, account = admitted
            demand(Right.READ, rights_of(account))
            yield connection


class Opens:
    """The dependency behind `ReadingOf`: who asks is found out when the reading begins."""

    right = Right.READ

    async def __call__(self, request: Request, held: ServicesOf, as_of: AsOf) -> Reading:
        """The reading of this request."""
        return Reading(held, as_of, shown_by(request, held))


ReadingOf = Annotated[Reading, Depends(Opens())]
# Where a route needs another right: Annotated[Actor, needs(Right.PLAN)].
ActorOf = Annotated[Actor, needs(Right.UPLOAD)]
