"""The people themselves: found, added, changed and deleted, each with its audit.

All of it runs as the system, because no policy lets a person see or change others; who may do what
is decided in `changes` before anything is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.exc import IntegrityError

from boxoffice.accounts.changes import (
    Changes,
    Refusal,
    completed,
    reason_to_keep,
    reason_to_refuse,
    sees,
)
from boxoffice.accounts.rights import Account, Role
from boxoffice.db.audit import record
from boxoffice.db.tables import (
    app_user,
    performance,
    user_performance,
    user_session,
)
from boxoffice.db.transactions import SYSTEM, Actor, transaction

EVERYTHING = "전체"
"""What the list of permitted performances says for all of them, as it always did."""


@dataclass(frozen=True, slots=True)
class User:
    """A person with everything that may be shown of one."""

    account: Account
    email: str
    name: str
    all_performances: bool
    performances: Mapping[str, str]
    """Titles of the permitted performances by code; empty where all are permitted."""
    created_at: datetime

    @property
    def id(self) -> int:
        """The number of the account."""
        return self.account.id


class UserUnknown(Exception):  # noqa: N818 - what happened, not a kind of error
    """There is no such person, or none that the asker is shown."""


class ChangeRefused(Exception):  # noqa: N818
    """`reason` says which rule stands against it."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class PerformanceUnknown(Exception):  # noqa: N818
    """A permission names a performance that does not exist."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = sorted(codes)
        super().__init__(", ".join(self.codes))


class NameTaken(Exception):  # noqa: N818
    """Somebody has that name or e-mail address already."""


def administrator_exists(engine: Engine) -> bool:
    """Whether accounts are in force: once there is an administrator, everybody must sign in."""
    exists = select(select(app_user.c.id).where(app_user.c.role <= Role.ADMINISTRATOR).exists())
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        return connection.execute(exists).scalar_one()


def list_users(engine: Engine, *, actor: Actor) -> list[User]:
    """Whom `actor` is shown, by role and age: a command everybody, a person those below."""
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        everybody = _read(connection)
    if actor.user_id is None:
        return everybody
    asker = next((user.account for user in everybody if user.id == actor.user_id), None)
    return [user for user in everybody if asker and sees(asker, user.account)]


def find_user(engine: Engine, email: str) -> User:
    """The person with that e-mail address; `UserUnknown` if there is none."""
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        found = _read(connection, email=as_email(email))
    if not found:
        raise UserUnknown(email)
    return found[0]


def get_user(engine: Engine, user_id: int) -> User:
    """The person of that number; `UserUnknown` if there is none."""
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        return _one(connection, user_id)


def add_user(
    connection: Connection, *, email: str, name: str, role: Role = Role.USER, actor: Actor
) -> int:
    """Insert a person in the caller's transaction; without rights unless the role gives them.

    Raises `NameTaken`; the transaction goes on.
    """
    is_above = role <= Role.ADMINISTRATOR
    flags = ("can_upload", "can_manage", "all_performances", "is_approved")
    person = {"email": as_email(email), "name": name, "role": int(role)}
    values = {**person, **dict.fromkeys(flags, is_above)}
    try:
        with connection.begin_nested():
            created = connection.execute(insert(app_user).values(**values).returning(app_user.c.id))
            user_id: int = created.scalar_one()
    except IntegrityError as error:
        raise NameTaken from error
    record(connection, actor, "user.add", f"user:{user_id}", after=person)
    return user_id


def change_user(engine: Engine, user_id: int, changes: Changes, *, actor: Actor) -> User:
    """Change a person; everybody who is signed in as them is signed out when rights changed.

    Raises `UserUnknown`, `ChangeRefused`, `NameTaken` or `PerformanceUnknown`; then nothing has
    changed.
    """
    with transaction(engine, actor=SYSTEM) as connection:
        asker, target = find_parties(connection, actor, user_id)
        masters = _count_masters(connection)
        if reason := reason_to_refuse(asker, target.account, changes, masters=masters):
            raise ChangeRefused(reason)
        _apply(connection, target, completed(target.account, changes))
        changed = _one(connection, user_id)
        if _audited(changed) != _audited(target):
            record(
                connection,
                actor,
                "user.change",
                f"user:{user_id}",
                before=_audited(target),
                after=_audited(changed),
            )
        if changed.account != target.account:
            connection.execute(delete(user_session).where(user_session.c.user_id == user_id))
        return changed


def delete_user(engine: Engine, user_id: int, *, actor: Actor) -> None:
    """Delete a person with sessions and tokens; what they did stays in the audit.

    Raises `UserUnknown` or `ChangeRefused`.
    """
    with transaction(engine, actor=SYSTEM) as connection:
        asker, target = find_parties(connection, actor, user_id)
        if reason := reason_to_keep(asker, target.account, masters=_count_masters(connection)):
            raise ChangeRefused(reason)
        connection.execute(delete(app_user).where(app_user.c.id == user_id))
        record(connection, actor, "user.delete", f"user:{user_id}", before=_audited(target))


def codes_of(engine: Engine, titles: frozenset[str]) -> frozenset[str]:
    """Codes of all performances of these titles; `PerformanceUnknown` names the titles of none."""
    query = select(performance.c.code, performance.c.title).where(performance.c.title.in_(titles))
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        found = {row.code: row.title for row in connection.execute(query)}
    if unknown := titles - set(found.values()):
        raise PerformanceUnknown(unknown)
    return frozenset(found)


def as_email(text: str) -> str:
    """The spelling an address is kept and found under."""
    return text.strip().lower()


def find_parties(connection: Connection, actor: Actor, user_id: int) -> tuple[Account | None, User]:
    """Who changes (None: a command) and who is changed; nobody else changes people meanwhile.

    Else two masters could each make the other one the last. Whom the asker is not shown does not
    exist for them.
    """
    key = func.hashtextextended("boxoffice.users", 0)
    connection.execute(select(func.pg_advisory_xact_lock(key)))
    target = _one(connection, user_id)
    if actor.user_id is None:
        return None, target
    asker = _one(connection, actor.user_id).account
    if not sees(asker, target.account):
        raise UserUnknown(user_id)
    return asker, target


def _count_masters(connection: Connection) -> int:
    masters = select(func.count()).where(app_user.c.role == Role.MASTER)
    return connection.execute(masters).scalar_one()


def _apply(connection: Connection, target: User, changes: Changes) -> None:
    fields = ("name", "role", "can_upload", "can_manage", "is_approved", "all_performances")
    values: dict[str, object] = {
        field: value for field in fields if (value := getattr(changes, field)) is not None
    }
    try:
        with connection.begin_nested():
            connection.execute(
                update(app_user)
                .where(app_user.c.id == target.id)
                .values(**values, updated_at=func.now())
            )
    except IntegrityError as error:
        raise NameTaken from error
    if changes.performances is not None:
        _permit(connection, target.id, changes.performances)


def _permit(connection: Connection, user_id: int, codes: frozenset[str]) -> None:
    """Make these the permitted performances."""
    named = select(performance.c.code, performance.c.id).where(performance.c.code.in_(codes))
    found = {row.code: row.id for row in connection.execute(named)}
    if unknown := codes - found.keys():
        raise PerformanceUnknown(unknown)
    connection.execute(delete(user_performance).where(user_performance.c.user_id == user_id))
    if found:
        rows = [{"user_id": user_id, "performance_id": number} for number in found.values()]
        connection.execute(insert(user_performance), rows)


def _one(connection: Connection, user_id: int) -> User:
    found = _read(connection, id=user_id)
    if not found:
        raise UserUnknown(user_id)
    return found[0]


def _read(connection: Connection, **where: object) -> list[User]:
    order = performance.c.code
    permitted = (
        select(
            func.array_agg(aggregate_order_by(performance.c.code, order)).label("codes"),
            func.array_agg(aggregate_order_by(performance.c.title, order)).label("titles"),
        )
        .select_from(user_performance.join(performance))
        .where(user_performance.c.user_id == app_user.c.id)
        .lateral("permitted")
    )
    query = (
        select(app_user, permitted.c.codes, permitted.c.titles)
        .join_from(app_user, permitted, onclause=true())
        .where(*(app_user.c[name] == value for name, value in where.items()))
        .order_by(app_user.c.role, app_user.c.created_at, app_user.c.id)
    )
    return [_user(row) for row in connection.execute(query).mappings()]


def _user(row: Mapping[Any, Any]) -> User:
    account = Account(
        row["id"], Role(row["role"]), row["can_upload"], row["can_manage"], row["is_approved"]
    )
    return User(
        account,
        email=row["email"],
        name=row["name"],
        all_performances=row["all_performances"],
        performances=dict(zip(row["codes"] or (), row["titles"] or (), strict=True)),
        created_at=row["created_at"],
    )


def _audited(user: User) -> dict[str, object]:
    """What the audit keeps of a person."""
    return {
        "email": user.email,
        "name": user.name,
        "role": int(user.account.role),
        "can_upload": user.account.can_upload,
        "can_manage": user.account.can_manage,
        "is_approved": user.account.is_approved,
        "all_performances": user.all_performances,
        "performances": sorted(user.performances),
    }
