"""What people write in their own script, as it is sent: an IRI as a URI (RFC 3987, 3.1)."""

from typing import Final
from urllib.parse import SplitResult, quote

_SAFE: Final = bytes(range(0x21, 0x7F)).decode()
"""All that may be sent as it is: what is percent-encoded already stays so."""


def resource(parts: SplitResult) -> str:
    """Return path and query, what is not ASCII in them percent-encoded, as are spaces."""
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_SAFE)


def authority(written: str) -> str:
    """Return "host" or "host:port", a name of another script as IDNA. Raises UnicodeError."""
    return written if written.isascii() else written.encode("idna").decode()
