"""Signing in and out: a password becomes a session, and every attempt counts.

A session ends 12 hours after it was last used and 14 days after it began; by signing out; and
when the rights or the password of its person change.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql

from boxoffice.accounts.passwords import hashed, is_outdated, is_right
from boxoffice.accounts.throttle import (
    BY_ACCOUNT,
    BY_NETWORK,
    FORGOTTEN_AFTER,
    Attempts,
    Limit,
    wait,
)
from boxoffice.accounts.tokens import digest
from boxoffice.accounts.users import as_email
from boxoffice.db.audit import record
from boxoffice.db.tables import app_user, sign_in_attempt, user_password, user_session
from boxoffice.db.transactions import SYSTEM, Actor, transaction

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody signs in with, and where from (`throttle.network_of`)."""

    email: str
    password: str
    network: str


class SignInRefused(Exception):  # noqa: N818 - what happened, not a kind of error
    """The same for a wrong password and an unknown account."""


class NotApproved(Exception):  # noqa: N818
    """The password is right; nobody has approved the account yet."""


class TooManyAttempts(Exception):  # noqa: N818
    """The next attempt may come after `wait`."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__(str(pause))
        self.wait = pause


class _Kept(NamedTuple):
    """What the password is compared with."""

    user_id: int
    is_approved: bool
    argon2: str | None


def sign_in(engine: Engine, attempt: Attempt, *, token: str, now: datetime) -> int:
    """Begin a session under `token` (`tokens.random_text()`); the number of the account.

    Raises `SignInRefused`, `NotApproved` or `TooManyAttempts`.
    """
    email = as_email(attempt.email)
    account, network = f"account:{digest(email)}", f"network:{attempt.network}"
    # Counted before the password is looked at: attempts at the same moment count, too.
    with transaction(engine, actor=SYSTEM) as connection:
        count_attempt(connection, account, BY_ACCOUNT, now)
        count_attempt(connection, network, BY_NETWORK, now)
        kept = _kept(connection, email)
    if not is_right(attempt.password, kept.argon2 if kept else None) or kept is None:
        with transaction(engine, actor=SYSTEM) as connection:
            record(connection, SYSTEM, "session.refuse", account, after={"from": attempt.network})
        raise SignInRefused
    if not kept.is_approved:
        raise NotApproved
    with transaction(engine, actor=SYSTEM) as connection:
        _forgive(connection, account, network)
        _begin(connection, kept, attempt, token, now)
    return kept.user_id


def sign_out(engine: Engine, token: str) -> None:
    """End the session of that token, if there is one."""
    with transaction(engine, actor=SYSTEM) as connection:
        ended = connection.execute(
            delete(user_session)
            .where(user_session.c.token_sha256 == digest(token))
            .returning(user_session.c.user_id)
        ).scalar_one_or_none()
        if ended is not None:
            record(connection, Actor.of_user(ended), "session.end", f"user:{ended}")


def count_attempt(connection: Connection, key: str, limit: Limit, now: datetime) -> None:
    """Count one more; `TooManyAttempts` when it comes too early, and then it does not count."""
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"boxoffice.attempt:{key}", 0))
    connection.execute(select(lock))
    table = sign_in_attempt
    row = connection.execute(
        select(table.c.attempts, table.c.last_at).where(table.c.key == key)
    ).one_or_none()
    former = None if row is None else Attempts(row.attempts, row.last_at)
    if pause := wait(former, limit, now):
        raise TooManyAttempts(pause)
    is_old = former is None or now - former.last_at >= FORGOTTEN_AFTER
    values = {"attempts": 1 if is_old or former is None else former.count + 1, "last_at": now}
    connection.execute(
        postgresql.insert(table)
        .values(key=key, **values)
        .on_conflict_do_update(index_elements=["key"], set_=values)
    )


def _forgive(connection: Connection, account: str, network: str) -> None:
    """Who knows the password starts anew; for their network it was no failure either."""
    table = sign_in_attempt
    connection.execute(delete(table).where(table.c.key == account))
    connection.execute(
        update(table)
        .where(table.c.key == network, table.c.attempts > 0)
        .values(attempts=table.c.attempts - 1)
    )


def _kept(connection: Connection, email: str) -> _Kept | None:
    row = connection.execute(
        select(app_user.c.id, app_user.c.is_approved, user_password.c.argon2)
        .select_from(app_user.outerjoin(user_password))
        .where(app_user.c.email == email)
    ).one_or_none()
    return None if row is None else _Kept(row.id, row.is_approved, row.argon2)


def _begin(
    connection: Connection, kept: _Kept, attempt: Attempt, token: str, now: datetime
) -> None:
    connection.execute(delete(user_session).where(user_session.c.expires_at < now))
    connection.execute(
        insert(user_session).values(
            token_sha256=digest(token),
            user_id=kept.user_id,
            created_at=now,
            last_used_at=now,
            expires_at=now + LONGEST,
        )
    )
    if kept.argon2 and is_outdated(kept.argon2):
        connection.execute(
            update(user_password)
            .where(user_password.c.user_id == kept.user_id)
            .values(argon2=hashed(attempt.password))
        )
    actor = Actor.of_user(kept.user_id)
    record(
        connection, actor, "session.begin", f"user:{kept.user_id}", after={"from": attempt.network}
    )
