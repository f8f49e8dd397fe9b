"""The operating-system account that the server runs as.

PostgreSQL refuses to run as root. Started by root, the server therefore runs as the owner of the
data, else as the account `boxoffice` where an administrator made one, else as `nobody`. We make no
account ourselves: that would change the machine for a program somebody only tries out.
"""

import os
import pwd
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from boxoffice.database.errors import DatabaseError
from boxoffice.database.home import Home

_CANDIDATES = ("boxoffice", "nobody")


@dataclass(frozen=True)
class Account:
    """A user and group to become. Its supplementary groups are always empty."""

    uid: int
    gid: int


def server_account(home: Home) -> Account | None:
    """The account to become, or None when we are no root and stay who we are."""
    if os.geteuid() != 0:
        return None
    if home.data.exists():
        owner = home.data.stat()
        if owner.st_uid == 0:
            raise DatabaseError(
                f"cannot start the database in {home.data}: it belongs to root, and PostgreSQL"
                f" does not run as root; give it to another user (chown -R nobody {home.data})"
            )
        return Account(owner.st_uid, owner.st_gid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise DatabaseError(
        "cannot start the database as root: this machine has neither the user boxoffice nor nobody;"
        " make one (useradd --system --shell /usr/sbin/nologin boxoffice)"
    )


@contextmanager
def acting_as(account: Account | None) -> Generator[None]:
    """See files and processes with the account's rights for the time of the block.

    The effective ids belong to the whole process: only for use before threads are started.
    """
    if account is None:
        yield
        return
    groups = os.getgroups()
    own_gid, own_uid = os.getegid(), os.geteuid()
    os.setgroups([])
    os.setegid(account.gid)
    os.seteuid(account.uid)
    try:
        yield
    finally:
        os.seteuid(own_uid)
        os.setegid(own_gid)
        os.setgroups(groups)


def give_up_root(account: Account | None) -> None:
    """Become the account for good: real, effective and saved ids."""
    if account is None:
        return
    os.setgroups([])
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)


def first_unsearchable(path: Path, account: Account | None) -> Path | None:
    """The outermost folder on the way to `path` that the account cannot enter, or `path` itself.

    A program that it may not execute counts too. The kernel is asked, not the mode bits, so that
    ACLs and security modules count.
    """
    with acting_as(account):
        for step in (*reversed(path.parents), path):
            if not os.access(step, os.X_OK, effective_ids=True):
                return step
    return None
