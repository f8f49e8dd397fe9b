"""Databases for tests about people: one empty for each, and one with a season for reading."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from boxoffice.accounts.credentials import create_token
from boxoffice.accounts.sign_in import Attempt, sign_in
from boxoffice.accounts.sign_up import Candidate, add_administrator, issue_code
from boxoffice.db.engine import create_engine
from boxoffice.db.tables import app_user, performance, user_performance
from boxoffice.db.transactions import SYSTEM, Actor, transaction
from boxoffice.demo.season import DemoSeason, invent_season
from boxoffice.ingest import UploadRequest, upload
from boxoffice.planning import Season, store_plan

AS_OF = date(2026, 3, 10)
PERMITTED = ("MUS1001", "CON3001")
"""The performances that the restricted people of these tests may see: a musical, a concert."""

PASSWORD = "a stitch in time"
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)

AddPerson = Callable[..., int]


@dataclass(frozen=True)
class Site:
    """A database with a season, and the people who look at it."""

    engine: Engine
    restricted: Actor
    nobody: Actor
    unapproved: Actor
    wide: Actor
    master: Actor


def insert_person(engine: Engine, name: str, codes: Collection[str] = (), **fields: Any) -> int:
    """A person straight into the tables; approved unless said otherwise."""
    values = {"email": f"{name}@example.org", "name": name, "is_approved": True, **fields}
    with transaction(engine, actor=SYSTEM) as connection:
        statement = insert(app_user).values(**values).returning(app_user.c.id)
        user_id: int = connection.execute(statement).scalar_one()
        found = select(performance.c.id).where(performance.c.code.in_(codes))
        for performance_id in connection.execute(found).scalars().all():
            row = {"user_id": user_id, "performance_id": performance_id}
            connection.execute(insert(user_performance).values(**row))
    return user_id


@pytest.fixture
def add_person(engine: Engine) -> AddPerson:
    """`add_person(name, codes, **fields)`: a person in the database of this test."""
    return lambda name, codes=(), **fields: insert_person(engine, name, codes, **fields)


@pytest.fixture
def as_of() -> date:
    """The day the season is judged by."""
    return AS_OF


@pytest.fixture
def now() -> datetime:
    """The moment of these tests."""
    return NOW


@pytest.fixture
def password() -> str:
    """One that is strong enough."""
    return PASSWORD


@pytest.fixture(scope="module")
def season() -> DemoSeason:
    """The demo season as of `AS_OF`."""
    return invent_season(AS_OF)


def _fill(engine: Engine, season: DemoSeason, codes: Collection[str] | None) -> None:
    """Load the plans and the newest workbook of each performance; of `codes` only, if given."""
    shows = [s for s in season.plan["shows"] if codes is None or s["liveId"] in codes]
    plan = Season.model_validate({**season.plan, "shows": shows})
    with transaction(engine, actor=SYSTEM) as connection:
        store_plan(connection, plan)
    newest = {workbook.name.split("_")[1]: workbook for workbook in season.workbooks}
    for code in (show["liveId"] for show in shows):
        request = UploadRequest(newest[code].name, newest[code].content)
        upload(engine, request, as_of=AS_OF, actor=SYSTEM)


def _master_with_everything(engine: Engine) -> Actor:
    """A master with a password, a session, a token, a code and a failed attempt."""
    person = Candidate("master@example.org", "master", PASSWORD)
    user_id = add_administrator(engine, person, now=NOW)
    sign_in(engine, Attempt(person.email, PASSWORD, "::1"), token="session", now=NOW)
    create_token(engine, user_id, "script", token="token", now=NOW, expires=None)
    issue_code(engine, user_id, code="code", now=NOW, actor=SYSTEM)
    return Actor.of_user(user_id)


@contextmanager
def _filled(server: Any, template: str, season: DemoSeason, codes: Collection[str] | None) -> Any:
    with server.database(template) as url:
        engine = create_engine(url)
        try:
            _fill(engine, season, codes)
            yield engine
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def whole(server: Any, template_database: str, season: DemoSeason) -> Iterator[Site]:
    """All performances of the season."""
    with _filled(server, template_database, season, None) as engine:
        yield Site(
            engine,
            restricted=Actor.of_user(insert_person(engine, "restricted", PERMITTED)),
            nobody=Actor.of_user(insert_person(engine, "nobody")),
            unapproved=Actor.of_user(
                insert_person(
                    engine, "unapproved", PERMITTED, is_approved=False, all_performances=True
                )
            ),
            wide=Actor.of_user(insert_person(engine, "wide", all_performances=True)),
            master=_master_with_everything(engine),
        )


@pytest.fixture(scope="module")
def part(server: Any, template_database: str, season: DemoSeason) -> Iterator[Engine]:
    """The same season as if the permitted performances were all there are."""
    with _filled(server, template_database, season, PERMITTED) as engine:
        yield engine
