"""Lines that tell whether they are whole: ``<crc32, 8 hex digits> <body>`` and a line feed."""

import zlib


def seal(body: bytes) -> bytes:
    """Make a line of `body`, which holds no line feed."""
    return b"%08x %s\n" % (zlib.crc32(body), body)


def unseal(line: bytes) -> bytes | None:
    """Take a line apart; None when it is torn or damaged."""
    checksum, _, body = line.partition(b" ")
    if not body.endswith(b"\n"):
        return None
    body = body[:-1]
    return body if checksum == b"%08x" % zlib.crc32(body) else None
