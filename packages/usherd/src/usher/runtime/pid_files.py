"""Pid files, for the scripts and monitors that read them; we never do."""

import contextlib
import logging
import os
from pathlib import Path

from usher.model.spec import ServiceSpec

log = logging.getLogger(__name__)


def path(spec: ServiceSpec, ident: int) -> Path | None:
    """Return where the pid of an instance is written: `-<id>` before the extension, as PM2 does."""
    if spec.pid_file is None:
        return None
    written = Path(spec.pid_file)
    return written.with_name(f"{written.stem}-{ident}{written.suffix}")


def write(spec: ServiceSpec, ident: int, pid: int) -> None:
    """Write it whole; that it cannot be written is no reason not to run.

    Everybody may read it (0644), for monitors run as users of their own; a pid is no secret. What
    stands there already, a link perhaps, is replaced and never written into.
    """
    file = path(spec, ident)
    if file is None:
        return
    new = file.with_name(f".{file.name}.{pid}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, flags, 0o644), "w") as opened:
            opened.write(str(pid))
        new.replace(file)
    except OSError as error:
        log.warning("cannot write the pid file %s: %s", file, error.strerror)


def remove(spec: ServiceSpec, ident: int, pid: int) -> None:
    """Remove it if it still names this process: after a reload it names the next one."""
    file = path(spec, ident)
    if file is None:
        return
    with contextlib.suppress(OSError):
        if file.read_text().strip() == str(pid):
            file.unlink()
