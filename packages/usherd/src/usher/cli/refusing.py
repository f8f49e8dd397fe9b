"""Refuses a start for what a check found, unless single codes are forced."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.types import Forced
from usher.client import UsherError, connect
from usher.guard import overrides
from usher.model.finding import Finding
from usher.model.guard import Override


def refusal(
    found: Sequence[Finding], forced: Forced, home: Path | None = None
) -> UsherError | None:
    """Return what a start is refused with; None when it may go on.

    `home`: of the usher that may hold overrides of an earlier start.
    """
    force = overrides.Force(tuple(forced.force), forced.reason, forced.force_for)
    if force.codes:
        from usher.guard.catalogue import CATALOGUE  # with every rule: most starts force nothing

        if wrong := overrides.objection(force, found, CATALOGUE):
            return UsherError(wrong, exit_code=ExitCode.REFUSED)
    given = overrides.granted(force, found, at=0, who="")
    left = [each for each in overrides.standing(found, given, 0) if each.severity == "error"]
    if left and home is not None:
        left = overrides.standing(left, _holding(home), 0)
    codes = tuple(dict.fromkeys(each.code for each in left))
    if len(left) == 1:
        one = left[0]
        return UsherError(_said(one), hint=one.hint, codes=codes, exit_code=ExitCode.REFUSED)
    if not left:
        return None
    names = ", ".join(dict.fromkeys(repr(each.app) for each in left if each.app))
    return UsherError(
        f"cannot start {names}: {len(left)} findings are against it",
        hint=_way_on(codes),
        details=tuple(f"[{each.code}] {_with_hint(each)}" for each in left),
        codes=codes,
        exit_code=ExitCode.REFUSED,
    )


def _holding(home: Path) -> list[Override]:
    """Ask a running daemon which overrides hold now."""
    try:
        standing = connect(str(home)).role().overrides
    except UsherError:
        return []
    return [Override(**msgspec.structs.asdict(each)) for each in standing]


def _said(finding: Finding) -> str:
    if finding.message.startswith("cannot start"):
        return finding.message
    return f"cannot start {finding.app!r}: {finding.message} [{finding.code}]"


def _with_hint(finding: Finding) -> str:
    about = "" if finding.message.startswith("cannot start") else f"{finding.app}: "
    return f"{about}{finding.message}" + (f"; {finding.hint}" if finding.hint else "")


def _way_on(codes: Sequence[str]) -> str:
    if all(code.startswith("guard.") for code in codes):
        return "`usher role` shows the role of this host and its evidence"
    return "`usher check` shows everything with cause and fix"
