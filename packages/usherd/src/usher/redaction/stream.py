"""A stream of lines: a private key goes over many of them, and others may stand between."""

import re
from typing import Final

from usher.redaction.redactor import Redactor

LONGEST: Final = 400
"""Lines after which a block without an end is given up: the largest key has some 100."""

_BEGIN: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_END: Final = re.compile(r"-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY")
_BODY: Final = re.compile(r"(?:^|(?<=[\s|>:]))[A-Za-z0-9+/]{2,512}={0,3}\s*$")
_LONE: Final = re.compile(
    r"^[ \t]{0,16}(?=[^\n]{0,60}[a-z])(?=[^\n]{0,60}[A-Z])[A-Za-z0-9+/]{60,512}={0,3}$"
)
"""A line of a key alone: somebody looks at the end of a log, and its beginning is not there."""
_RANDOM: Final = re.compile(r"[A-Z+/=\d]")


class Stream:
    """One stream of lines. Streams that are interleaved have one each."""

    def __init__(self, redactor: Redactor | None = None, open_for: int = 0) -> None:
        """Begin outside of any block, or where another stream ended.

        The redactor may be replaced at any time.
        """
        self.redactor = redactor or Redactor()
        self.open_for = open_for
        """Lines that may follow in the block that is open now; 0: none is."""

    def line(self, text: str) -> str:
        """Return the next line without its secrets."""
        if self.open_for:
            self.open_for = 0 if _END.search(text) else self.open_for - 1
            if (body := _BODY.search(text)) and _is_body(body):
                return text[: body.start()] + "[redacted:pem]"
        elif _LONE.match(text):
            return "[redacted:pem]"
        begins = _BEGIN.search(text)
        if begins and not _END.search(text, begins.end()):
            self.open_for = LONGEST
        return self.redactor.line(text)


def _is_body(body: re.Match[str]) -> bool:
    """Tell what belongs to a key from a word at the end of another line."""
    return body.start() == 0 or len(body[0]) >= 32 or _RANDOM.search(body[0]) is not None
