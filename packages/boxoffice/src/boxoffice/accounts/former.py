"""The former server's people, as a season's `meta.json` lists them.

Their passwords lay there in clear and are left behind: each chooses a new one with a code.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from boxoffice.accounts.changes import Changes
from boxoffice.accounts.rights import Role
from boxoffice.accounts.users import (
    EVERYTHING,
    NameTaken,
    PerformanceUnknown,
    add_user,
    as_email,
    change_user,
    codes_of,
)
from boxoffice.db.transactions import SYSTEM, transaction


class FormerPerson(BaseModel):
    """Somebody under the names the former server used; whatever else it kept is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    email: str
    name: str
    role: Role = Role.USER
    can_upload: bool = Field(False, alias="isFileUploader")
    can_manage: bool = Field(False, alias="isLiveManager")
    is_approved: bool = Field(False, alias="status")
    titles: frozenset[str] = Field(frozenset(), alias="liveNameList")


class FormerPeople(BaseModel):
    """The part of the file that is about people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    users: tuple[FormerPerson, ...] = ()


def read_people(meta: Path) -> tuple[FormerPerson, ...]:
    """The people in the file; `OSError` or `ValidationError` when it cannot be read."""
    return FormerPeople.model_validate_json(meta.read_bytes()).users


def load_people(engine: Engine, people: tuple[FormerPerson, ...]) -> Iterator[tuple[str, str]]:
    """Add each with their rights; yields e-mail address and what became of them.

    Whoever is there already stays as they are. A title that names no performance is told, and
    gives no right.
    """
    for person in people:
        yield as_email(person.email), _load(engine, person)


def _load(engine: Engine, person: FormerPerson) -> str:
    try:
        with transaction(engine, actor=SYSTEM) as connection:
            user_id = add_user(
                connection, email=person.email, name=person.name, role=person.role, actor=SYSTEM
            )
    except NameTaken:
        return "there already"
    everything = EVERYTHING in person.titles
    codes, unknown = _permitted(engine, frozenset() if everything else person.titles)
    changes = Changes(
        can_upload=person.can_upload,
        can_manage=person.can_manage,
        is_approved=person.is_approved,
        all_performances=everything,
        performances=codes,
    )
    change_user(engine, user_id, changes, actor=SYSTEM)
    return f"added, but there is no performance {unknown}" if unknown else "added"


def _permitted(engine: Engine, titles: frozenset[str]) -> tuple[frozenset[str], str]:
    """Codes of the titles that there are, and the others."""
    try:
        return codes_of(engine, titles), ""
    except PerformanceUnknown as unknown:
        return codes_of(engine, titles - set(unknown.codes)), str(unknown)
