"""Whose session or API token a request carries, and the tokens of scripts."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Table,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from boxoffice.accounts.rights import Account, Role
from boxoffice.accounts.sign_in import IDLE
from boxoffice.accounts.tokens import digest
from boxoffice.accounts.users import NameTaken
from boxoffice.db.audit import record
from boxoffice.db.tables import api_token, app_user, user_session
from boxoffice.db.transactions import SYSTEM, Actor, act_as, transaction

_NOTICED_AFTER = timedelta(minutes=5)
"""A use is written down at most this often: reading shall not write each time."""


@dataclass(frozen=True, slots=True)
class SessionToken:
    """From a browser's cookie."""

    token: str


@dataclass(frozen=True, slots=True)
class BearerToken:
    """From the Authorization header of a script."""

    token: str


Credential = SessionToken | BearerToken


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What may be shown of a script's token."""

    id: int
    email: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class TokenUnknown(Exception):  # noqa: N818 - what happened, not a kind of error
    """There is no such token."""


def _whose(table: Table, valid: ColumnElement[bool]) -> Executable:
    return (
        select(
            app_user.c.id,
            app_user.c.role,
            app_user.c.can_upload,
            app_user.c.can_manage,
            app_user.c.is_approved,
            table.c.last_used_at,
        )
        .select_from(table.join(app_user))
        .where(table.c.token_sha256 == bindparam("token"), valid, app_user.c.is_approved)
    )


# Asked by every request, so built once: building a statement takes longer than answering it.
_WHOSE = {
    user_session.name: _whose(
        user_session,
        (user_session.c.expires_at > bindparam("now"))
        & (user_session.c.last_used_at > bindparam("idle_since")),
    ),
    api_token.name: _whose(
        api_token,
        or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > bindparam("now")),
    ),
}


def whose(engine: Engine, credential: Credential, *, now: datetime) -> Account | None:
    """The approved person behind a credential that is valid now; None if there is none."""
    with transaction(engine, actor=SYSTEM) as connection:
        found = _look_up(connection, credential, now)
    if found is None:
        return None
    account, last_used = found
    _notice_use(engine, credential, last_used, now)
    return account


@contextmanager
def reading_as(
    engine: Engine, credential: Credential, *, as_of: date, now: datetime
) -> Generator[tuple[Connection, Account] | None]:
    """A read-only transaction of the approved person behind a credential; None if there is none.

    One transaction for both: signing in apart would cost a page as much as reading it.
    """
    with transaction(engine, actor=SYSTEM, as_of=as_of, read_only=True) as connection:
        found = _look_up(connection, credential, now)
        if found is None:
            yield None
            return
        account, last_used = found
        act_as(connection, Actor.of_user(account.id))
        yield connection, account
    _notice_use(engine, credential, last_used, now)


def _look_up(
    connection: Connection, credential: Credential, now: datetime
) -> tuple[Account, datetime | None] | None:
    """Whose it is, and when it was used last as far as was written down."""
    values = {"token": digest(credential.token), "now": now, "idle_since": now - IDLE}
    row = connection.execute(_WHOSE[_table_of(credential).name], values).one_or_none()
    if row is None:
        return None
    account = Account(row.id, Role(row.role), row.can_upload, row.can_manage, row.is_approved)
    return account, row.last_used_at


def _notice_use(
    engine: Engine, credential: Credential, last_used: datetime | None, now: datetime
) -> None:
    if last_used is not None and now - last_used <= _NOTICED_AFTER:
        return
    table = _table_of(credential)
    is_this = table.c.token_sha256 == digest(credential.token)
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(update(table).where(is_this).values(last_used_at=now))


def _table_of(credential: Credential) -> Table:
    return user_session if isinstance(credential, SessionToken) else api_token


def create_token(
    engine: Engine, user_id: int, name: str, *, token: str, now: datetime, expires: datetime | None
) -> None:
    """Let a script act as that person with `token`; raises `NameTaken`."""
    with transaction(engine, actor=SYSTEM) as connection:
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(api_token).values(
                        user_id=user_id,
                        name=name,
                        token_sha256=digest(token),
                        created_at=now,
                        expires_at=expires,
                    )
                )
        except IntegrityError as error:
            raise NameTaken from error
        record(connection, SYSTEM, "token.create", f"user:{user_id}", after={"name": name})


def list_tokens(engine: Engine) -> list[ApiToken]:
    """All tokens by person and name."""
    query = (
        select(
            api_token.c.id,
            app_user.c.email,
            api_token.c.name,
            api_token.c.created_at,
            api_token.c.last_used_at,
            api_token.c.expires_at,
        )
        .select_from(api_token.join(app_user))
        .order_by(app_user.c.email, api_token.c.name)
    )
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        return [ApiToken(*row) for row in connection.execute(query)]


def revoke_token(engine: Engine, token_id: int, *, actor: Actor = SYSTEM) -> None:
    """End a token at once; raises `TokenUnknown`."""
    with transaction(engine, actor=SYSTEM) as connection:
        gone = connection.execute(
            delete(api_token)
            .where(api_token.c.id == token_id)
            .returning(api_token.c.user_id, api_token.c.name)
        ).one_or_none()
        if gone is None:
            raise TokenUnknown(token_id)
        record(
            connection, actor, "token.revoke", f"user:{gone.user_id}", before={"name": gone.name}
        )
