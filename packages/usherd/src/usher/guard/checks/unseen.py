"""Checks that came to no answer: what is unknown is said, never passed over."""

from typing import Final

from usher.guard.code import Code

TOO_SLOW: Final = Code(
    "check.too_slow",
    "warning",
    "A check did not answer in time",
    "What it looks at (a network file system, a busy host, a server) took too long.",
    "Look at that part by hand, and check again.",
)
FAILED: Final = Code(
    "check.failed",
    "warning",
    "A check could not look",
    "The host does not let this user see what the check is about.",
    "Check again as a user who may, or look by hand.",
)

CODES: Final = (TOO_SLOW, FAILED)
