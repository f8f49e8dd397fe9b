"""Every code a check can give: one list, for messages, documentation and `--force`."""

from collections.abc import Mapping
from typing import Final

from usher.guard.code import Code

CATALOGUE: Final[Mapping[str, Code]] = {}
"""By code, in the order of the reference."""
