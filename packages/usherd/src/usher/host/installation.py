"""How usher itself is set up on this host: its unit, cron's entries, what else starts apps at boot.

Files are read and nothing is asked of an init system, so it works in a chroot and for an image.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from usher.host import units
from usher.host.boot import Boot
from usher.host.scripts import scripts_in, text_of
from usher.model.installation import BootUnit, SavedList, Scheduled

_CRON_FILES: Final = (
    "/etc/crontab", "/etc/cron.d/*", "/etc/cron.hourly/*", "/etc/cron.daily/*",
    "/etc/cron.weekly/*", "/etc/cron.monthly/*", "/var/spool/cron/crontabs/*", "/var/spool/cron/*",
)  # fmt: skip
_PM2_UNITS: Final = "/etc/systemd/system/multi-user.target.wants/pm2-*.service"

_PATIENCE: Final = 3.0
"""Seconds for `crontab -l`."""


def boot_unit(kind: str, boot: Boot, folder: Path | None = None) -> BootUnit:
    """Look for our unit where `usher startup` writes it, or in `folder`."""
    usual = units.target(kind, boot.user)
    path = usual if folder is None else folder / usual.name
    return BootUnit(
        kind=kind,
        path=str(path),
        expected=units.TEXTS[kind](boot),
        text=text_of(path),
        enabled=any(_there(pattern) for pattern in units.links(kind, path)),
    )


def pm2_at_boot() -> tuple[str, ...]:
    """Name the enabled units of `pm2 startup`."""
    return tuple(found.name for found in _there(_PM2_UNITS))


def nofile_of(pid: int) -> int | None:
    """Return the hard limit of open files of a process; None: none, or not to be seen."""
    for line in (text_of(Path(f"/proc/{pid}/limits")) or "").splitlines():
        if line.startswith("Max open files"):
            hard = line.split()[-2]
            return int(hard) if hard.isdecimal() else None
    return None


def saved_list(home: Path) -> SavedList | None:
    """Read the names in what `usher save` wrote; None where there is none that can be read."""

    class Named(msgspec.Struct):
        name: str

    class Saved(msgspec.Struct):
        services: list[Named] = []
        up: list[str] = []

    try:
        saved = msgspec.json.decode((home / "saved.json").read_bytes(), type=Saved)
    except (OSError, msgspec.DecodeError):
        return None
    return SavedList(tuple(each.name for each in saved.services), tuple(saved.up))


def scheduled(files: Iterable[str] = _CRON_FILES, crontab: str = "crontab") -> list[Scheduled]:
    """List what cron runs on this host for all and for us, as far as we may read it."""
    found: list[Scheduled] = []
    for pattern in files:
        for path in _there(pattern):
            if path.is_file():
                found += _of_file(path)
    known = {each.line for each in found}  # root reads everybody's crontab, its own among them
    own = _entries("your crontab", _own_crontab(crontab))
    return [*found, *(each for each in own if each.line not in known)]


def _of_file(path: Path) -> Iterator[Scheduled]:
    text = text_of(path)
    if text is None:
        return
    if path.parent.name in ("etc", "cron.d", "crontabs", "cron"):
        yield from _entries(str(path), text)
    else:  # what lies in cron.daily and the like is a script itself
        yield Scheduled(str(path.parent), path.name, ((str(path), text),))


def _entries(place: str, text: str) -> Iterator[Scheduled]:
    for line in text.splitlines():
        # An entry begins with a minute or @reboot; anything else is a comment or sets a variable.
        if re.match(r"\s*[\d*@]", line):
            yield Scheduled(place, " ".join(line.split()), tuple(scripts_in(line)))


def _own_crontab(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        return ""
    try:
        ran = subprocess.run(
            [found, "-l"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return os.fsdecode(ran.stdout) if ran.returncode == 0 else ""


def _there(pattern: str) -> list[Path]:
    return sorted(Path("/").glob(pattern.removeprefix("/")))
