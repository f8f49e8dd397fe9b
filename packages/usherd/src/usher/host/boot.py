"""What an init system has to know to start usher at boot, checked before any of it is written.

Everything ends up in files that root executes, so a value that could end a line, a word or a quoted
text early is refused or escaped, never passed on (PM2's `startup` and `logrotate` pass it on).
"""

import os
import re
from pathlib import Path
from pwd import getpwnam
from typing import Final, NamedTuple

from usher.keeper.paths import keeper_program

_USER: Final = re.compile(r"[a-z_][a-z0-9_.-]{0,31}\Z", re.IGNORECASE)


class BootError(ValueError):
    """str() is "cannot <verb> <what>: <cause>"."""


class Boot(NamedTuple):
    """One usher of one user. `argv` is a keeper in the foreground; `path` the PATH of its apps."""

    user: str
    group: str
    user_home: Path
    usher_home: Path
    path: str
    argv: tuple[str, ...]

    @property
    def service(self) -> str:
        """Name of the service in every init system."""
        return service_name(self.user)

    @property
    def update_argv(self) -> tuple[str, ...]:
        """Command of `usher update` for it."""
        module = ("-P", "-m", "usher.main")
        return (self.argv[0], *module, "update", "--home", str(self.usher_home))


def service_name(user: str) -> str:
    """Return the name of the service that starts the usher of `user`. Raises BootError."""
    if not _USER.match(user):
        raise BootError(f"cannot name a service after user {user!r}: unusual characters")
    return f"usher-{user}"


def boot_of(user: str, usher_home: Path | None = None, path: str | None = None) -> Boot:
    """Describe the boot of `user`'s usher; the defaults are their ~/.usher and our PATH.

    Raises BootError for a user this host does not know and for values no unit can hold.
    """
    service_name(user)
    try:
        entry = getpwnam(user)
    except KeyError:
        raise BootError(f"cannot find user {user!r} on this host") from None
    home = (usher_home or Path(entry.pw_dir) / ".usher").absolute()
    folders = (path or os.environ.get("PATH") or os.defpath).split(":")
    made = Boot(
        user=user,
        group=str(entry.pw_gid),
        user_home=Path(entry.pw_dir),
        usher_home=home,
        path=":".join(dict.fromkeys(folder for folder in folders if folder.startswith("/"))),
        argv=(*keeper_program(), "--home", str(home), "--foreground"),
    )
    for value in (str(made.user_home), str(home), made.path, *made.argv):
        if not value.isprintable():
            raise BootError(f"cannot write {value!r} into a service file: control characters")
    return made


def detect(root: Path = Path("/")) -> str:
    """Name the init system of the host whose root folder is `root`; a key of units.TEXTS."""
    found = [
        ("systemd", "run/systemd/system"),
        ("openrc", "run/openrc"),
        ("launchd", "Library/LaunchDaemons"),
        ("runit", "run/runit"),
        ("systemd", "lib/systemd/systemd"),
        ("systemd", "usr/lib/systemd/systemd"),
        ("openrc", "sbin/openrc-run"),
        ("runit", "etc/runit"),
    ]
    return next((kind for kind, mark in found if (root / mark).exists()), "sysv")
