"""A person's leave to start something in spite of a finding: one code, a reason, a time.

There is no switch for all codes at once: who overrides has read what is overridden.
"""

from collections.abc import Iterable, Mapping, Sequence

from usher.guard.code import Code
from usher.model.finding import Finding
from usher.model.graph import closest
from usher.model.guard import Override
from usher.model.value import Value

USUAL_TIME = 4 * 3600.0
"""Seconds for which an override holds unless another time is asked for."""

LONGEST_TIME = 7 * 86400.0
"""Seconds: what has to be so for longer is no exception and belongs into the rules."""

FORCED = Code(
    "guard.forced",
    "warning",
    "An app runs in spite of a finding",
    "A person overrode the finding with `--force`, for a while; the alert ends with the override.",
    "Put right what was found before the override ends: a restart is refused from then on.",
)

CODES = (FORCED,)


class Force(Value, frozen=True):
    """What a person asks to be overridden."""

    codes: tuple[str, ...] = ()
    """As given on the command line; "" stands for a bare --force."""
    reason: str = ""
    lasting: float = USUAL_TIME


def objection(force: Force, findings: Sequence[Finding], catalogue: Mapping[str, Code]) -> str:
    """Say why this cannot be asked for, "" if it can: no code, no reason, or not forceable."""
    if not force.codes:
        return ""
    applying = sorted({each.code for each in findings if each.severity == "error" and each.code})
    would = f"what applies here: {', '.join(applying) or 'nothing'}"
    for given in force.codes:
        if given not in catalogue:
            if not given:
                return f"cannot force everything at once: --force takes one CODE; {would}"
            said = "; ".join(part for part in (closest(given, catalogue), would) if part)
            return f"cannot force {given!r}: no such code; {said}"
        if not catalogue[given].forceable:
            return f"cannot force {given!r}: {catalogue[given].title}; this has to be mended"
    if not 0 < force.lasting <= LONGEST_TIME:
        return "cannot force for this long: at most 7 days; what has to stay belongs into the rules"
    return "" if force.reason.strip() else f"cannot force without --reason TEXT; {would}"


def granted(force: Force, findings: Iterable[Finding], *, at: float, who: str) -> list[Override]:
    """Return one override for each finding that is asked to be overridden."""
    wanted = {
        (each.app, each.code): each
        for each in findings
        if each.severity == "error" and each.code in force.codes
    }
    return [
        Override(app, code, at=at, until=at + force.lasting, who=who, reason=force.reason.strip())
        for app, code in wanted
    ]


def standing(
    findings: Iterable[Finding], overrides: Sequence[Override], now: float
) -> list[Finding]:
    """Leave out the errors for which an override holds at `now` (wall clock)."""
    lifted = {(each.service, each.code) for each in overrides if now < each.until}
    return [each for each in findings if (each.app, each.code) not in lifted]


def announced(overrides: Iterable[Override], now: float) -> list[Finding]:
    """Tell of every override that holds at `now` (wall clock), for as long as it does."""
    return [
        FORCED.finding(
            f"{each.service!r} may run in spite of {each.code}, for {each.lasting_words} by "
            f"{each.who}: {each.reason}",
            app=each.service,
            hint="usher audit",
        )
        for each in overrides
        if now < each.until
    ]
