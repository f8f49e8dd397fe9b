"""The process that reads one uploaded file: `python -m boxoffice.workbook.program <order>`.

The file comes on standard input, the reading goes to standard output. Whatever the file does to
its reader (endless work, gigabytes, a panic inside the .xls library), the operating system ends
this process and nothing else. See docs/decisions/0011.
"""

import resource
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from boxoffice.workbook.book import Rejected, read_book
from boxoffice.workbook.delivery import packed, read_order
from boxoffice.workbook.findings import Code, Finding
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.xls import open_xls

CPU_SECONDS = 10
"""Processor time for one file: after it the reader gives up."""
_GRACE_SECONDS = 2
"""What it may take to notice; then the kernel kills."""
MEMORY_BYTES = 272 * 1024 * 1024
"""Address space, interpreter included: the process stays under 300 MB whatever it reads."""


class _Clock:
    """Knows that the processor time is over, because the kernel has said so."""

    def __init__(self) -> None:
        self._is_over = False
        signal.signal(signal.SIGXCPU, self._end)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + _GRACE_SECONDS))

    def is_over(self) -> bool:
        """The time is over."""
        return self._is_over

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._is_over = True


def main(arguments: Sequence[str]) -> int:
    """Read standard input as the order says; the exit code is 0 for read and for refused."""
    order = read_order(arguments[0])
    # A stop of the server is for the server, which then lets its running imports end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    limits = Limits(expired=_Clock().is_over)
    _confine()
    content = sys.stdin.buffer.read()
    try:
        reading = read_book(content, order.extension, order.expectation, limits, open_xls)
        delivered = packed(reading)
    except MemoryError:
        delivered = packed(Rejected((_TOO_LARGE,)))
    sys.stdout.buffer.write(delivered)
    return 0


_TOO_LARGE = Finding(
    Code.WORKBOOK_TOO_LARGE, value=f"reading takes more than {MEMORY_BYTES >> 20} MiB"
)


def _confine() -> None:
    """No more memory than one workbook needs, no file written, no core left behind."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
