"""Opens an .xls in a process of its own, with limits that the operating system holds."""

import json
import subprocess
import sys
from collections.abc import Sequence

from boxoffice.workbook.book import Book
from boxoffice.workbook.findings import Code
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.refusal import UnreadableError
from boxoffice.workbook.xls_delivery import XLS_PROGRAM, Delivered, XlsBook

PARSING_SECONDS = 10
"""How long one file may be read."""


def open_xls(content: bytes, wanted: Sequence[str], limits: Limits) -> Book:
    """Read the wanted sheets; a process that dies of the file means that the file is damaged."""
    command = [sys.executable, "-I", "-m", XLS_PROGRAM, str(PARSING_SECONDS), str(limits.cells)]
    try:
        process = subprocess.run(
            [*command, *wanted],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a panic writes its stack there; the status tells enough
            timeout=PARSING_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableError(Code.WORKBOOK_TOO_LARGE, "time is over") from error
    except subprocess.CalledProcessError as error:
        reason = f"its reader ended with status {error.returncode}"
        raise UnreadableError(Code.FILE_DAMAGED, reason) from error
    delivered: Delivered = json.loads(process.stdout)
    return XlsBook(delivered)
