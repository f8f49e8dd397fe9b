"""The people: who there is, what they may do, approval, deletion; the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from boxoffice.accounts.changes import Changes
from boxoffice.accounts.history import read_events
from boxoffice.accounts.rights import Role
from boxoffice.accounts.sign_up import CODE_LASTS, issue_code
from boxoffice.accounts.tokens import random_text
from boxoffice.accounts.users import EVERYTHING, User, change_user, delete_user, list_users
from boxoffice.db.transactions import Actor
from boxoffice.domain.zone import SEOUL
from boxoffice.http import account_schemas as schemas
from boxoffice.http.account_errors import CHANGE_REFUSED, account_errors
from boxoffice.http.answers import ExactJson
from boxoffice.http.rights import Right, needs
from boxoffice.http.services import ServicesOf

router = APIRouter(tags=["accounts"])

UserId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Manager = Annotated[Actor, needs(Right.MANAGE_USERS)]
Lister = Annotated[Actor, needs(Right.LIST_USERS)]


class UserChange(BaseModel):
    """What is to become of a person; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=AliasGenerator(validation_alias=to_camel)
    )

    name: Annotated[
        str | None,
        StringConstraints(
            strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$"
        ),
    ] = None
    role: Role | None = None
    can_upload: Annotated[bool | None, Field(validation_alias="isFileUploader")] = None
    can_manage: Annotated[bool | None, Field(validation_alias="isLiveManager")] = None
    is_approved: bool | None = None
    all_performances: bool | None = None
    performances: Annotated[frozenset[str] | None, Field(max_length=10_000)] = None
    """Codes of all performances permitted."""

    def as_changes(self) -> Changes:
        """The same for `accounts`."""
        return Changes(**dict(self))


@router.get("/api/v1/users", responses={200: {"model": schemas.UserList}})
@router.get("/users", responses={200: {"model": schemas.UserList}})
def users(held: ServicesOf, actor: Lister) -> ExactJson:
    """Oneself and whoever stands below, by role and age. Never a password, not even its hash."""
    people = list_users(held.engine, actor=actor)
    return ExactJson({"items": [described(user) for user in people], "nextCursor": None})


@router.patch("/api/v1/users/{user_id}", responses={200: {"model": schemas.User}, **CHANGE_REFUSED})
def change(user_id: UserId, body: UserChange, held: ServicesOf, actor: Manager) -> ExactJson:
    """Approve somebody, give or take rights and performances. Their sessions end."""
    with account_errors():
        return ExactJson(
            described(change_user(held.engine, user_id, body.as_changes(), actor=actor))
        )


@router.delete("/api/v1/users/{user_id}", status_code=204, responses=CHANGE_REFUSED)
def delete(user_id: UserId, held: ServicesOf, actor: Manager) -> Response:
    """Delete somebody with their sessions and tokens; the audit keeps what they did."""
    with account_errors():
        delete_user(held.engine, user_id, actor=actor)
    return Response(status_code=204)


@router.post(
    "/api/v1/users/{user_id}/password-code",
    status_code=201,
    responses={201: {"model": schemas.PasswordCode}, **CHANGE_REFUSED},
)
def password_code(user_id: UserId, held: ServicesOf, actor: Manager) -> ExactJson:
    """A code with which somebody below chooses a password, once. It is shown here only."""
    now, code = held.clock(), random_text()
    with account_errors():
        issue_code(held.engine, user_id, code=code, now=now, actor=actor)
    return ExactJson({"code": code, "expiresAt": (now + CODE_LASTS).astimezone(SEOUL)}, 201)


@router.get(
    "/api/v1/audit-events",
    dependencies=[needs(Right.MANAGE_USERS)],
    responses={200: {"model": schemas.AuditEventPage}},
)
def audit_events(
    held: ServicesOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="nextCursor of the page before.")
    ] = None,
) -> ExactJson:
    """Who did what to what, newest first."""
    events = read_events(held.engine, before=before, limit=limit)
    items = [
        {
            "id": event.id,
            "at": _seoul(event.at),
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "before": event.before,
            "after": event.after,
        }
        for event in events
    ]
    return ExactJson(
        {"items": items, "nextCursor": events[-1].id if len(events) == limit else None}
    )


def described(user: User) -> Mapping[str, object]:
    """A person under the names the interface always had."""
    titles = [EVERYTHING] if user.all_performances else sorted(user.performances.values())
    return {
        "userId": user.id,
        "email": user.email,
        "name": user.name,
        "role": int(user.account.role),
        "isFileUploader": user.account.can_upload,
        "isLiveManager": user.account.can_manage,
        "isApproved": user.account.is_approved,
        "allPerformances": user.all_performances,
        "performances": sorted(user.performances),
        "liveNameList": titles,
        "createdAt": _seoul(user.created_at),
    }


def _seoul(moment: datetime) -> datetime:
    return moment.astimezone(SEOUL)
