"""How large a pool is, by what is written down; a guess is never passed off as knowledge.

What usher is told comes first, then variables and the parameters of the URL by their usual names,
then what the library does when nothing is said. An app may set its pool in code: then it has to be
declared (`pool.max`), and the sockets that it really has are shown beside.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from usher.guard import command_line
from usher.model.database import Target
from usher.model.spec import PoolSpec
from usher.model.value import Value

VARIABLES: Final = (
    "DB_POOL_MAX",
    "DB_POOL_SIZE",
    "DB_MAX_CONNECTIONS",
    "DATABASE_POOL_SIZE",
    "PG_POOL_MAX",
    "PGPOOL_MAX",
    "POOL_SIZE",
    "POOL_MAX",
    "TYPEORM_POOL_SIZE",
)
PARAMETERS: Final = ("connection_limit", "pool_size", "max_pool_size")

LIBRARIES: Final[Mapping[str, int]] = {
    "typeorm": 10,
    "sequelize": 5,
    "mysql2": 10,
    "pg": 10,
    "pg-pool": 10,
    "asyncpg": 10,
    "psycopg-pool": 4,
}
"""What a library takes when nothing is said, those first that use another of the list."""

_SQLALCHEMY: Final = (5, 10)
"""pool_size and max_overflow."""


class Sizing(Value, frozen=True):
    """What one instance may take."""

    size: int | None
    """Connections of one pool; None: unknown."""
    source: str = ""
    """Where the size is from: "pool.max", "POOL_MAX", "the default of typeorm"."""
    pools: int = 1
    processes: int = 1
    doubled: bool = False
    said: bool = False
    """Somebody said it; a library's default may be changed in code."""

    @property
    def per_instance(self) -> int | None:
        """Connections of one instance at most; None: unknown."""
        if self.size is None:
            return None
        return self.processes * self.pools * self.size * (2 if self.doubled else 1)


class Around(Value, frozen=True):
    """What is known of an app besides its definition."""

    env: Mapping[str, str]
    argv: tuple[str, ...] = ()
    libraries: frozenset[str] = frozenset()
    """Names of the packages that it depends on."""
    cpus: int = 1


def size_of(declared: PoolSpec | None, target: Target | None, around: Around) -> Sizing:
    """Find the size of the pool by the order above."""
    own = declared or PoolSpec()
    size, source, said = _size(own, target, around)
    processes = own.workers or _workers(around)
    return Sizing(size, source, own.pools, processes, own.doubled, said)


def _size(own: PoolSpec, target: Target | None, around: Around) -> tuple[int | None, str, bool]:
    if own.size is not None:
        return own.size, "pool.max", True
    for name in VARIABLES:
        if number := _positive(around.env.get(name, "")):
            return number, name, True
    if number := _positive(around.env.get("SQLALCHEMY_POOL_SIZE", "")):
        overflow = _positive(around.env.get("SQLALCHEMY_MAX_OVERFLOW", "0"))
        return number + overflow, "SQLALCHEMY_POOL_SIZE and SQLALCHEMY_MAX_OVERFLOW", True
    for name, value in target.options if target is not None else ():
        if name in PARAMETERS and (number := _positive(value)):
            return number, f"{name} in {target.source if target else ''}", True
    return _by_library(around)


def _by_library(around: Around) -> tuple[int | None, str, bool]:
    known: dict[str, int] = {}
    if "@prisma/client" in around.libraries:
        known["prisma"] = 2 * around.cpus + 1
    if "django" in around.libraries:
        known["django"] = _threads(around)
    elif "sqlalchemy" in around.libraries:
        known["sqlalchemy"] = sum(_SQLALCHEMY)
    known |= {name: size for name, size in LIBRARIES.items() if name in around.libraries}
    for name, size in known.items():
        return size, f"the default of {name}", False
    return None, "", False


def _workers(around: Around) -> int:
    """Count the processes that one instance of a Python server forks."""
    programs = [name for name, _ in command_line.programs(around.argv)]
    if "gunicorn" in programs:
        asked = _option(around.argv, "-w", "--workers") or around.env.get("WEB_CONCURRENCY", "")
    elif "uvicorn" in programs:
        asked = _option(around.argv, "--workers")
        asked = asked or around.env.get("UVICORN_WORKERS") or around.env.get("WEB_CONCURRENCY", "")
    else:
        asked = around.env.get("WEB_CONCURRENCY", "")
    return _positive(asked) or 1


def _threads(around: Around) -> int:
    """Django keeps one connection a thread."""
    return _positive(_option(around.argv, "--threads")) or 1


def _option(argv: Collection[str], *names: str) -> str:
    return next(_values(tuple(argv), names), "")


def _values(argv: tuple[str, ...], names: tuple[str, ...]) -> Iterator[str]:
    for at, word in enumerate(argv):
        following = argv[at + 1] if at + 1 < len(argv) else ""
        name, _, value = word.partition("=")
        if name in names:
            yield value or following
        elif word[:2] in names and word[2:].isdecimal():
            yield word[2:]


def _positive(text: str) -> int:
    """Read a number; 0 for what is none (a variable that means something else)."""
    fits = text.isascii() and text.isdecimal() and len(text) <= 5
    return int(text) if fits else 0
