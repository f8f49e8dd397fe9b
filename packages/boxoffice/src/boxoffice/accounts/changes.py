"""Who may change whom, and to what. Pure.

The rules of the former server's users page, where they only hid buttons: one sees oneself and who
stands below; only a master gives roles; nobody deletes, blocks or promotes themselves; a master
stays, whatever happens.
"""

from dataclasses import dataclass, replace
from enum import Enum

from boxoffice.accounts.rights import Account, Role


class Refusal(Enum):
    """Why a person may not be changed; the value is the stable code of the answer."""

    OWN_RIGHTS = "user_own_rights"
    ROLE_BY_MASTER_ONLY = "user_role_by_master_only"
    LAST_MASTER = "user_last_master"


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to become of a person; None leaves it as it is."""

    name: str | None = None
    role: Role | None = None
    can_upload: bool | None = None
    can_manage: bool | None = None
    is_approved: bool | None = None
    all_performances: bool | None = None
    performances: frozenset[str] | None = None
    """Codes of the performances permitted; all others are taken away."""

    @property
    def touches_rights(self) -> bool:
        """Whether it is about more than the name."""
        return replace(self, name=None) != Changes()


def completed(target: Account, changes: Changes) -> Changes:
    """Who is or becomes an administrator has every right, so that role and flags agree."""
    becomes = target.role if changes.role is None else changes.role
    if becomes > Role.ADMINISTRATOR:
        return changes
    return replace(
        changes, can_upload=True, can_manage=True, is_approved=True, all_performances=True
    )


def sees(actor: Account, target: Account) -> bool:
    """Whether `target` is shown to `actor`."""
    return actor.id == target.id or (actor.administers and target.role > actor.role)


def reason_to_refuse(
    actor: Account | None, target: Account, changes: Changes, *, masters: int
) -> Refusal | None:
    """Why `actor` (None: a command) may not do this to somebody they see.

    `masters` is how many there are now.
    """
    becomes = target.role if changes.role is None else changes.role
    if target.role is Role.MASTER and becomes is not Role.MASTER and masters == 1:
        return Refusal.LAST_MASTER
    if actor is None:
        return None
    if actor.id == target.id:
        return Refusal.OWN_RIGHTS if changes.touches_rights else None
    if becomes is not target.role and actor.role is not Role.MASTER:
        return Refusal.ROLE_BY_MASTER_ONLY
    return None


def reason_to_keep(actor: Account | None, target: Account, *, masters: int) -> Refusal | None:
    """Why `actor` (None: a command) may not delete somebody they see."""
    if target.role is Role.MASTER and masters == 1:
        return Refusal.LAST_MASTER
    if actor is None:
        return None
    return Refusal.OWN_RIGHTS if actor.id == target.id else None
