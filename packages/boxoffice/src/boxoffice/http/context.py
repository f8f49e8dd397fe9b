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
from sqlalchemy import Connection, Engine

from boxoffice.db.transactions import Actor, transaction
from boxoffice.domain.zone import SEOUL
from boxoffice.http.language import Language, choose_language
from boxoffice.http.rights import Right, needs
from boxoffice.http.services import ServicesOf
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

    engine: Engine
    as_of: date
    actor: Actor

    @contextmanager
    def __call__(self) -> Generator[Connection]:
        """A connection on which all reads see one state of the database."""
        with transaction(
            self.engine, actor=self.actor, as_of=self.as_of, read_only=True
        ) as connection:
            yield connection


async def reading(
    held: ServicesOf, as_of: AsOf, actor: Annotated[Actor, needs(Right.READ)]
) -> Reading:
    """The reading of this request."""
    return Reading(held.engine, as_of, actor)


ReadingOf = Annotated[Reading, Depends(reading)]
# Where a route needs another right: Annotated[Actor, needs(Right.PLAN)].
ActorOf = Annotated[Actor, needs(Right.UPLOAD)]
