"""Reads an uploaded file in a process of its own, with limits that the operating system holds."""

import logging
import signal
import subprocess
import sys

import msgspec

from boxoffice.workbook import Accepted, Code, Finding, Rejected
from boxoffice.workbook.delivery import READING_PROGRAM, Order, order_as_text, unpacked

_log = logging.getLogger(__name__)

WALL_SECONDS = 18
"""How long one file may take, also on a starved machine; its processor time ends before."""
_KILLED_BY_LIMIT = frozenset({-signal.SIGKILL, -signal.SIGXCPU})
_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
"""All it is told: no secret of ours is near the bytes of a stranger."""


def read_apart(content: bytes, order: Order) -> Accepted | Rejected:
    """The reading of a file; a process that dies of the file means that the file is damaged."""
    try:
        process = subprocess.run(
            [sys.executable, "-I", "-m", READING_PROGRAM, order_as_text(order)],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,  # a Ctrl-C or a stop of our group is not meant for it
            check=True,
        )
        return unpacked(process.stdout)
    except subprocess.TimeoutExpired:
        return _refused(Code.WORKBOOK_TOO_LARGE, "time is over")
    except subprocess.CalledProcessError as error:
        if error.returncode in _KILLED_BY_LIMIT:
            return _refused(Code.WORKBOOK_TOO_LARGE, "its reader went over its limits")
        last: list[str] = error.stderr.decode(errors="replace").splitlines()[-1:]
        _log.warning("the reader of a file ended with %s: %s", error.returncode, " ".join(last))
        return _refused(Code.FILE_DAMAGED, f"its reader ended with status {error.returncode}")
    except msgspec.DecodeError as error:
        return _refused(Code.FILE_DAMAGED, f"its reader delivered nonsense: {error}")


def _refused(code: Code, reason: str) -> Rejected:
    return Rejected((Finding(code, value=reason),))
