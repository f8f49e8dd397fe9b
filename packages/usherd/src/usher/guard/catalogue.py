"""Every code a check can give: one list, for messages, documentation and `--force`."""

from collections.abc import Mapping
from typing import Final

from usher.guard import bindings, drift, env, overrides, roles, rules
from usher.guard.checks import (
    commands,
    configuration,
    files,
    mode,
    ports,
    programs,
    remote,
    room,
    running,
    unseen,
)
from usher.guard.code import Code
from usher.guard.database import budget, reach, signs

_CODES: Final = (
    *bindings.CODES,
    *roles.CODES,
    *rules.CODES,
    *overrides.CODES,
    *configuration.CODES,
    *programs.CODES,
    *env.CODES,
    *ports.CODES,
    *running.CODES,
    *mode.CODES,
    *commands.CODES,
    *room.CODES,
    *files.CODES,
    *remote.CODES,
    *unseen.CODES,
    *budget.CODES,
    *reach.CODES,
    *signs.CODES,
    *drift.CODES,
)

CATALOGUE: Final[Mapping[str, Code]] = {code.code: code for code in _CODES}
"""By code, in the order of the reference."""
