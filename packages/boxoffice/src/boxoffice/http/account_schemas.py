"""What answers about people hold, for the OpenAPI document."""
# ruff: noqa: N815 - names of the wire

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Rights(_Schema):
    name: str
    role: int
    isFileUploader: bool
    isLiveManager: bool
    liveNameList: list[str]


class User(_Rights):
    """A person; never a password, not even its hash."""

    userId: int
    email: str
    isApproved: bool
    allPerformances: bool
    performances: list[str]
    createdAt: datetime


class UserList(_Schema):
    """Oneself and whoever stands below."""

    items: list[User]
    nextCursor: str | None


class SignedInUser(User):
    """Who asks."""

    rights: list[str]


class Nobody(_Schema):
    """Somebody at this machine, while there are no accounts."""

    userId: None
    rights: list[str]


class SignedUp(_Schema):
    """An account that waits for approval."""

    userId: int
    isApproved: bool


class PasswordCode(_Schema):
    """A code to choose a password with; shown once."""

    code: str
    expiresAt: datetime


class AuditEvent(_Schema):
    """Who did what to what."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditEventPage(_Schema):
    """The audit log, newest first."""

    items: list[AuditEvent]
    nextCursor: int | None


class FormerUser(_Rights):
    """A person in the former server's words."""

    id: int
    email: str
    status: bool
    createdAt: datetime


class FormerSession(_Rights):
    """The former answer to signing in."""

    code: int
    message: str
    userId: int


class FormerName(_Schema):
    """Number and name."""

    id: int
    name: str


class FormerNames(_Schema):
    """Numbers and names of people."""

    status: int
    userList: list[FormerName]


class FormerDone(_Schema):
    """Something was done."""

    code: int
    message: str
