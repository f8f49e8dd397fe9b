"""Which rights a person has: the matrix of roles and flags. Pure.

Rights say what somebody may do. Which performances it may be done to is decided in PostgreSQL
alone, by the policies of `sql/rights.sql`.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum, auto


class Right(Enum):
    """What a route may ask for."""

    READ = auto()
    """Figures, plans, uploads and their history."""
    UPLOAD = auto()
    """Upload, delete and restore snapshots."""
    PLAN = auto()
    """Change a performance, its targets, marketing weeks and calendar; month notes."""
    MANAGE_PERFORMANCES = auto()
    """Create and delete performances."""
    READ_INTERFACE = auto()
    """The description of all routes for programs."""
    LIST_USERS = auto()
    """See who there is."""
    MANAGE_USERS = auto()
    """Approve, change and delete users; read the audit log."""
    OWN_ACCOUNT = auto()
    """Change one's own password, end one's own sessions."""


class Role(IntEnum):
    """Roles by rank: who has the smaller number stands above."""

    MASTER = 0
    ADMINISTRATOR = 1
    USER = 2


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the rules see one."""

    id: int
    role: Role
    can_upload: bool
    can_manage: bool
    is_approved: bool

    @property
    def administers(self) -> bool:
        """Whether the person looks after others."""
        return self.role <= Role.ADMINISTRATOR


LOCAL_RIGHTS = frozenset(Right) - {Right.MANAGE_USERS, Right.OWN_ACCOUNT}
"""A person at this machine while no administrator exists: everything but what needs accounts."""


def rights_of(account: Account) -> frozenset[Right]:
    """The rights of an account; none before it is approved."""
    if not account.is_approved:
        return frozenset()
    rights = {Right.READ, Right.OWN_ACCOUNT}
    if account.can_upload:
        rights.add(Right.UPLOAD)
    if account.can_manage:
        rights.add(Right.PLAN)
    if account.administers:
        rights |= {
            Right.MANAGE_PERFORMANCES,
            Right.READ_INTERFACE,
            Right.LIST_USERS,
            Right.MANAGE_USERS,
        }
    return frozenset(rights)
