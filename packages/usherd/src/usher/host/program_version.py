"""Which version of an interpreter a process runs, asked of the very file that it runs."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

_KNOWN: Final = re.compile(r"(?:node(?:js)?|python|bun|deno|ruby|php)[\d.]*")
"""They answer `--version` with one line and read nothing of an app for it."""

_DELETED: Final = " (deleted)"
_WIDTH: Final = 60


class UnknownVersionError(Exception):
    """It cannot be told; the words say why."""


def of_process(pid: int, timeout: float) -> str:
    """Return "node v20.11.1"; blocks for at most `timeout` seconds. Raises UnknownVersionError.

    A file that somebody else may have written is not run: the answer is not worth that.
    """
    try:
        path = os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 (the kernel's text, as it is)
    except OSError as error:
        raise UnknownVersionError(f"its program is not shown: {error.strerror}") from error
    name = Path(path).name
    if path.endswith(_DELETED):
        raise UnknownVersionError(f"{path.removesuffix(_DELETED)} was replaced since its start")
    if not _KNOWN.fullmatch(name):
        raise UnknownVersionError(f"{name!r} is no interpreter that usher knows")
    try:
        found = Path(path).stat()
    except OSError as error:
        raise UnknownVersionError(f"{path} cannot be seen: {error.strerror}") from error
    if found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o002:
        raise UnknownVersionError(f"{path} belongs to another user, so it is not run")
    return f"{name} {_asked(path, timeout)}"


def _asked(path: str, timeout: float) -> str:
    try:
        done = subprocess.run(
            [path, "--version"],
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnknownVersionError(f"{path} --version gave no answer in {timeout:g} s") from error
    said = (done.stdout or done.stderr).decode(errors="replace").strip()
    return said.partition("\n")[0][:_WIDTH]
