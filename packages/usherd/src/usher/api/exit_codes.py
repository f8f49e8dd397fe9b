"""Exit codes of every command (design 2.5); docs/reference/exit-codes.md is compared with it."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command ends with."""

    OK = 0
    USAGE = 1
    """Wrong usage, or a configuration that cannot be used."""
    REFUSED = 2
    """It could be done and must not be, or not here."""
    NOT_READY = 3
    """Did not become ready, or nothing proved that it did."""
    CRASHED = 4
    TIMEOUT = 5
    """The command gave up waiting; the work goes on."""
    FINDINGS = 6
    BUSY = 8
    """Another request holds what this one needs."""
    ROLLED_BACK = 9
    NEEDS_PERSON = 10
    INTERRUPTED = 130
    """Ctrl-C: the command ended, no service was touched."""
