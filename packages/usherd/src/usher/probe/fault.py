"""What nobody thought of, as an answer: an odd question must not end the others.

A probe whose task dies would ask nothing more, and nobody would see it.
"""

from collections.abc import Iterable
from typing import Final

from usher.probe.answer import Answer
from usher.redaction.redactor import Redactor

_SHOWN: Final = 200
_LOOKED_AT: Final = 16 * 1024
"""Characters of a message that are looked at for secrets."""


def failed(error: Exception, secrets: Iterable[str] = ()) -> Answer:
    """Return the answer that an exception is; `secrets` are taken out of its words."""
    said = " ".join(Redactor(secrets).line(str(error)[:_LOOKED_AT]).split())[:_SHOWN]
    detail = f"cannot ask, or read the answer: {type(error).__name__}"
    return Answer(ok=False, detail=f"{detail}: {said}" if said else detail)
