"""The user a service runs as: names looked up at each start, in the host's databases."""

import grp
import os
import pwd
from typing import Any

from usher.model.spec import UserSpec


def identity(user: UserSpec | None) -> dict[str, Any]:
    """Return uid, gid and groups of a SpawnSpec; nothing to stay who the keeper is.

    The groups are those of the user, as a login would give them: neither the keeper's nor none.
    Raises PermissionError when we may not become the user, LookupError when there is none.
    """
    if user is None:
        return {}
    account = _account(user.uid)
    gid = account.pw_gid if user.gid is None else _group(user.gid)
    if os.geteuid() != 0:
        if (account.pw_uid, gid) != (os.geteuid(), os.getegid()):
            raise PermissionError(
                f"cannot run as {user.uid!r}: only root can become another user; "
                "start usher as root, or leave `uid` and `gid` out"
            )
        return {}
    groups = os.getgrouplist(account.pw_name, gid)
    return {"uid": account.pw_uid, "gid": gid, "groups": groups}


def variables(user: UserSpec | None) -> dict[str, str]:
    """Return what a login of the user sets: HOME and names; nothing without a user."""
    if user is None:
        return {}
    account = _account(user.uid)
    return {"HOME": account.pw_dir, "USER": account.pw_name, "LOGNAME": account.pw_name}


def _account(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
    except KeyError:
        raise LookupError(f"cannot run as {name!r}: there is no such user on this host") from None


def _group(name: str) -> int:
    try:
        return int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
    except KeyError:
        raise LookupError(f"cannot run in group {name!r}: there is no such group here") from None
