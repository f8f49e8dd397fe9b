"""How much of an upload is read before it is refused.

What counts is what is really stored and inflated; what a file declares about itself is not
trusted. The reader knows no clock: whoever calls it says when its time is over.
"""

from collections.abc import Callable
from dataclasses import dataclass

MAX_FILE_BYTES = 10 * 1024 * 1024
"""Size of an upload."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading; the defaults are those of the specification where it names them."""

    member_bytes: int = 64 * 1024 * 1024
    """Inflated bytes of one member of the container."""
    total_bytes: int = 256 * 1024 * 1024
    """Inflated bytes of all members together (members may be many)."""
    ratio: int = 200
    """Inflated bytes per stored byte of a member; sheets of a workbook reach about 30."""
    ratio_free_bytes: int = 1024 * 1024
    """Inflated bytes of a member from which on its ratio counts."""
    members: int = 4096
    """Members of the container; a workbook has about ten and a few per picture."""
    rows: int = 200_000
    """Rows stored in a sheet."""
    columns: int = 256
    """Different columns of a sheet that hold something."""
    cells: int = 500_000
    """Cells of a sheet that hold something: what bounds the memory of the reader."""
    expired: Callable[[], bool] = _never
    """True once the time for this reading is over; asked about every megabyte."""
