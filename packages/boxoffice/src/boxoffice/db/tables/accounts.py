"""People: users, the performances they may see, how they prove who they are, and what was done.

What proves a person (passwords, sessions, tokens) stands apart from the person: the policies of
`sql/rights.sql` show it to the system alone, to nobody acting for a user. Tokens are kept as
SHA-256 only; they are 256 random bits, which no dictionary holds.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from boxoffice.db.tables.base import identity, metadata
from boxoffice.db.tables.performances import performance


def _moment(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


app_user = Table(
    "app_user",
    metadata,
    identity(),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    # 0 master, 1 administrator, 2 user.
    Column("role", SmallInteger, nullable=False, server_default=text("2")),
    _flag("can_upload"),
    _flag("can_manage"),
    _flag("all_performances"),
    _flag("is_approved"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("email"),
    UniqueConstraint("name"),
    CheckConstraint("email = lower(email)", name="email"),
    CheckConstraint("role IN (0, 1, 2)", name="role"),
    # Who administers has every right: a role below the flags would say two things.
    CheckConstraint(
        "role = 2 OR (can_upload AND can_manage AND all_performances AND is_approved)",
        name="administrator",
    ),
)


def _user_key(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "user_id",
        BigInteger,
        ForeignKey(app_user.c.id, ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


user_performance = Table(
    "user_performance",
    metadata,
    _user_key(primary_key=True),
    Column(
        "performance_id",
        BigInteger,
        ForeignKey(performance.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
)

# Who may see a performance; also the way its deletion finds these rows.
Index("user_performance_performance_idx", user_performance.c.performance_id)

user_password = Table(
    "user_password",
    metadata,
    _user_key(primary_key=True),
    Column("argon2", Text, nullable=False),
    _moment("changed_at"),
)

# A code that lets its holder choose a password once: for a new or forgotten one.
password_reset = Table(
    "password_reset",
    metadata,
    Column("code_sha256", Text, primary_key=True),
    _user_key(),
    _moment("expires_at"),
)

user_session = Table(
    "user_session",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    _user_key(),
    _moment("created_at"),
    _moment("last_used_at"),
    _moment("expires_at"),
)

Index("user_session_user_idx", user_session.c.user_id)

api_token = Table(
    "api_token",
    metadata,
    identity(),
    _user_key(),
    Column("name", Text, nullable=False),
    Column("token_sha256", Text, nullable=False),
    _moment("created_at"),
    Column("last_used_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    UniqueConstraint("token_sha256"),
    UniqueConstraint("user_id", "name"),
)

# Attempts by account and by network, so that all processes count together.
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("key", Text, primary_key=True),
    Column("attempts", Integer, nullable=False),
    _moment("last_at"),
)

# Who did what to what, with what stood there before and after. Never changed, never deleted.
audit_event = Table(
    "audit_event",
    metadata,
    identity(),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", JSONB),
    Column("after", JSONB),
)
