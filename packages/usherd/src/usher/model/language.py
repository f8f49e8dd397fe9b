"""The languages in which reports and alerts are written."""

from typing import Literal, TypeAlias

Language: TypeAlias = Literal["ko", "en"]
