"""One thing that is wrong with a definition, said so that a person can mend it."""

from typing import Final, Literal

from usher.model.spec import Value

UNREADABLE: Final = "config.unreadable"
SYNTAX: Final = "config.syntax"
UNKNOWN_KEY: Final = "config.unknown_key"
VALUE: Final = "config.value"
ADVICE: Final = "config.advice"
WRITABLE: Final = "config.writable"
NOT_HERE: Final = "config.not_here"
"""Codes of what a definition says wrongly by itself; usher.guard.checks.configuration has their
causes and fixes."""


class Finding(Value, frozen=True):
    """Where it is (as far as known), what is wrong, and what to do.

    An error keeps something from being used; a warning is only said. `line` counts from 1; 0
    stands for the whole file. `field` is written as in the file: "ready.timeout",
    "sockets[1].listen".
    """

    message: str
    app: str = ""
    field: str = ""
    file: str = ""
    line: int = 0
    hint: str = ""
    severity: Literal["error", "warning"] = "error"
    code: str = ""
    """Its kind, of usher.guard.catalogue."""
    since: float = 0.0
    """When what it is about began, seconds since 1970; 0: not known, or not one thing."""
    culprit: str = ""
    """Who brought it about, as far as that can be seen: "PM2 (pid 12)"."""

    def __str__(self) -> str:
        """Render as "file:line: app 'name', field: message (hint)"."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        grave = "warning" if self.severity == "warning" else ""
        about = ", ".join(part for part in (self.app and f"app {self.app!r}", self.field) if part)
        said = self.message + (f" ({self.hint})" if self.hint else "")
        return ": ".join(part for part in (place, grave, about, said) if part)
