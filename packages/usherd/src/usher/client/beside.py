"""The rule beside a living PM2: nothing of it is started or written over; it can be adopted."""

from collections.abc import Sequence
from pathlib import Path

from usher.api.exit_codes import ExitCode
from usher.client.errors import UsherError
from usher.host import beside
from usher.model.spec import ServiceSpec

_HINT = "`usher adopt` shows how usher takes over what PM2 runs, one app after the other"


def refuse(services: Sequence[ServiceSpec], *, writes: Path | None = None) -> None:
    """Raise UsherError (refused) where a living PM2 is in the way.

    `services` are about to be started; `writes` is a PM2 home about to be written into.
    """
    living = beside.find()
    for pm2 in living:
        if writes is not None and pm2.home.resolve() == writes.resolve():
            raise UsherError(
                f"cannot write into {str(writes)!r}: PM2 (pid {pm2.pid}) lives there",
                hint=_HINT,
                exit_code=ExitCode.REFUSED,
            )
    found = beside.conflicts(services, living)
    if found:
        raise UsherError(
            f"cannot start {len(found)} app(s): PM2 runs them already",
            details=tuple(found),
            hint=_HINT,
            exit_code=ExitCode.REFUSED,
        )
