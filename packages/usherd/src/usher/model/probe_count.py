"""What the answers of one probe add up to."""

from usher.model.target import Expiry
from usher.model.value import Value


class ProbeCount(Value, frozen=True):
    """Answers of one probe, counted. `ok` None: not asked in this run yet."""

    ok: bool | None = None
    in_row: int = 0
    failing: bool = False
    """Set by `failures` in a row or too many of late, cleared by `passes` in a row."""
    failed_since: float | None = None
    """When the present row of failures began, or the first of those of late."""
    lately: tuple[float | None, ...] = ()
    """When each of the last answers came if it was bad, and None for a good one, the oldest first:
    those since it passed for the first time, or was well again."""
    passed_ever: bool = False
    """In any run; a probe that never passed is badly configured and restarts nothing."""
    last: str = ""
    """What the latest answer was, in words ..."""
    at: float = 0.0
    """... when it came ..."""
    wrong: str = ""
    """... and why the question itself is wrong, as far as the answer shows; in a sentence."""
    certificate: Expiry = ""
    """What is wrong with the certificate that was shown: that is a finding, and no outage."""
    status: int | None = None
    """What HTTP said in the latest answer; None: it said nothing, or was not asked."""
    back_at: float | None = None
    """When it passed again after it had counted as failed."""
