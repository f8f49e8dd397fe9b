"""Becoming a user, and choosing a password: at sign-up, with the old one, or with a code.

Whoever signs up waits for an administrator. A forgotten password is replaced with a code that an
administrator hands out; nobody, not even a master, ever sees a password.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.dialects import postgresql

from boxoffice.accounts.changes import Refusal
from boxoffice.accounts.passwords import hashed, is_right, weakness
from boxoffice.accounts.rights import Role
from boxoffice.accounts.sign_in import SignInRefused, count_attempt
from boxoffice.accounts.throttle import BY_ACCOUNT, SIGN_UPS
from boxoffice.accounts.tokens import digest
from boxoffice.accounts.users import ChangeRefused, add_user, find_parties, get_user
from boxoffice.db.audit import record
from boxoffice.db.tables import password_reset, user_password, user_session
from boxoffice.db.transactions import SYSTEM, Actor, transaction

CODE_LASTS = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who wants an account."""

    email: str
    name: str
    password: str


class PasswordWeak(Exception):  # noqa: N818 - what happened, not a kind of error
    """`reason` is a key of the text catalogue."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CodeUnknown(Exception):  # noqa: N818
    """No such code, or it was used, or it is too old."""


def sign_up(engine: Engine, candidate: Candidate, *, network: str, now: datetime) -> int:
    """Add a person who waits for approval; the number of the account.

    Raises `PasswordWeak`, `NameTaken` or `TooManyAttempts`.
    """
    _demand_strong(candidate.password, candidate.email, candidate.name)
    argon2 = hashed(candidate.password)
    with transaction(engine, actor=SYSTEM) as connection:
        count_attempt(connection, f"sign-up:{network}", SIGN_UPS, now)
    with transaction(engine, actor=SYSTEM) as connection:
        user_id = add_user(connection, email=candidate.email, name=candidate.name, actor=SYSTEM)
        _keep(connection, user_id, argon2, now)
    return user_id


def add_administrator(engine: Engine, candidate: Candidate, *, now: datetime) -> int:
    """Add a master with all rights, for a command; raises `PasswordWeak` or `NameTaken`."""
    _demand_strong(candidate.password, candidate.email, candidate.name)
    argon2 = hashed(candidate.password)
    with transaction(engine, actor=SYSTEM) as connection:
        user_id = add_user(
            connection,
            email=candidate.email,
            name=candidate.name,
            role=Role.MASTER,
            actor=SYSTEM,
        )
        _keep(connection, user_id, argon2, now)
    return user_id


def change_password(engine: Engine, user_id: int, old: str, new: str, *, now: datetime) -> None:
    """Replace one's own password; all sessions end.

    Raises `PasswordWeak`, `SignInRefused` for a wrong old one, `TooManyAttempts`.
    """
    _demand_strong(new, *_known_of(engine, user_id))
    with transaction(engine, actor=SYSTEM) as connection:
        count_attempt(connection, f"password:{user_id}", BY_ACCOUNT, now)
        kept = connection.execute(
            select(user_password.c.argon2).where(user_password.c.user_id == user_id)
        ).scalar_one_or_none()
    if not is_right(old, kept):
        raise SignInRefused
    set_password(engine, user_id, new, now=now, actor=Actor.of_user(user_id))


def set_password(
    engine: Engine, user_id: int, password: str, *, now: datetime, actor: Actor
) -> None:
    """Replace somebody's password; all sessions end. Raises `PasswordWeak` or `UserUnknown`."""
    _demand_strong(password, *_known_of(engine, user_id))
    argon2 = hashed(password)
    with transaction(engine, actor=SYSTEM) as connection:
        _replace(connection, user_id, argon2, now, actor)


def issue_code(engine: Engine, user_id: int, *, code: str, now: datetime, actor: Actor) -> None:
    """Let whoever holds `code` choose that person's password, once, within 72 hours.

    Raises `UserUnknown` for whom `actor` may not change.
    """
    with transaction(engine, actor=SYSTEM) as connection:
        asker, target = find_parties(connection, actor, user_id)
        if asker is not None and asker.id == target.id:
            raise ChangeRefused(Refusal.OWN_RIGHTS)
        table = password_reset
        connection.execute(delete(table).where(table.c.user_id == user_id))
        connection.execute(
            insert(table).values(
                code_sha256=digest(code), user_id=user_id, expires_at=now + CODE_LASTS
            )
        )
        record(connection, actor, "password.code", f"user:{user_id}")


def use_code(engine: Engine, code: str, password: str, *, now: datetime) -> None:
    """Choose a password with a code. Raises `CodeUnknown` or `PasswordWeak` (it stays usable)."""
    table = password_reset
    valid = (table.c.code_sha256 == digest(code), table.c.expires_at > now)
    with transaction(engine, actor=SYSTEM) as connection:
        user_id = connection.execute(select(table.c.user_id).where(*valid)).scalar_one_or_none()
    if user_id is None:
        raise CodeUnknown
    _demand_strong(password, *_known_of(engine, user_id))
    argon2 = hashed(password)
    with transaction(engine, actor=SYSTEM) as connection:
        used = connection.execute(delete(table).where(*valid).returning(table.c.user_id))
        if used.scalar_one_or_none() is None:
            raise CodeUnknown
        _replace(connection, user_id, argon2, now, Actor.of_user(user_id))


def _demand_strong(password: str, *about: str) -> None:
    if reason := weakness(password, *about):
        raise PasswordWeak(reason)


def _known_of(engine: Engine, user_id: int) -> tuple[str, str]:
    user = get_user(engine, user_id)
    return user.email, user.name


def _replace(
    connection: Connection, user_id: int, argon2: str, now: datetime, actor: Actor
) -> None:
    _keep(connection, user_id, argon2, now)
    connection.execute(delete(user_session).where(user_session.c.user_id == user_id))
    record(connection, actor, "password.change", f"user:{user_id}")


def _keep(connection: Connection, user_id: int, argon2: str, now: datetime) -> None:
    values = {"argon2": argon2, "changed_at": now}
    connection.execute(
        postgresql.insert(user_password)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )
