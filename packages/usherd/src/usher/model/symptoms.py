"""Words in a log that more than one part knows a fault by; regular expressions for one line.

The guard watches for them while an app runs, the diagnosis finds them in any log. Both were
provoked from the real software.
"""

from typing import Final

INITIALIZED_TWICE: Final = (
    "CannotConnectAlreadyConnectedError"
    r"|Cannot (?:initialize|create)[^\n]{0,60}already (?:connected|established)"
)
"""A connection is made that is there already."""

TOO_MANY_CONNECTIONS: Final = (
    "too many clients already|remaining connection slots are reserved"
    r"|Too many connections|ER_CON_COUNT_ERROR|\b53300\b"
    "|too many connections for (?:role|database)|MaxClientsInSessionMode"
    "|max clients reached"
)
"""A database, or a pooler before it, takes no further client."""
