"""Which database an app uses, as its environment says it."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from usher.model.database import Kind, Target

URL_VARIABLES: Final = (
    "DATABASE_URL",
    "DB_URL",
    "POSTGRES_URL",
    "POSTGRESQL_URL",
    "PG_URL",
    "MYSQL_URL",
    "TYPEORM_URL",
    "SQLALCHEMY_DATABASE_URI",
)

_SCHEMES: Final[Mapping[str, Kind]] = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_PORTS: Final[Mapping[Kind, int]] = {"postgresql": 5432, "mysql": 3306}
_KIND_BY_PORT: Final[Mapping[int, Kind]] = {3306: "mysql", 3307: "mysql"}


_PREFIXES: Final = ("DB_", "DATABASE_", "POSTGRES_", "TYPEORM_", "PG", "MYSQL_")


def concerned(env: Mapping[str, str], variable: str = "") -> dict[str, str]:
    """Return the variables that `target_of` reads, and those of libpq itself."""
    names = (variable, *URL_VARIABLES)
    return {
        name: value for name, value in env.items() if name in names or name.startswith(_PREFIXES)
    }


def target_of(env: Mapping[str, str], variable: str = "") -> Target | None:
    """Find the database; `variable` names the one to look at. None: nothing says so."""
    for name in (variable,) if variable else URL_VARIABLES:
        found = parse(env.get(name, ""), name)
        if found is not None:
            return found
    return None if variable else _from_parts(env)


def parse(url: str, source: str = "") -> Target | None:
    """Read a URL; None when it is none of a database we know."""
    try:
        parts = urlsplit(url.strip())
        kind = _SCHEMES.get(parts.scheme.partition("+")[0])
        port = parts.port
    except ValueError:
        return None
    if kind is None:
        return None
    options = tuple(parse_qsl(parts.query))
    given = dict(options)
    name = unquote(parts.path.removeprefix("/"))
    user = unquote(parts.username or given.get("user", ""))
    return Target(
        kind=kind,
        host=unquote(parts.hostname or given.get("host", "localhost")),
        port=port or _number(given.get("port", "")) or _PORTS[kind],
        user=user,
        database=name or given.get("dbname") or _usual_database(kind, user),
        password=unquote(parts.password or given.get("password", "")),
        options=options,
        source=source,
    )


def _from_parts(env: Mapping[str, str]) -> Target | None:
    """Read DB_HOST and its like, or libpq's own variables."""
    for prefix in _PREFIXES:
        host = env.get(f"{prefix}HOST", "")
        if not host:
            continue
        said = env.get(f"{prefix}DIALECT") or env.get(f"{prefix}TYPE") or prefix.strip("_").lower()
        port = _number(env.get(f"{prefix}PORT", ""))
        kind = _SCHEMES.get(said.lower(), _KIND_BY_PORT.get(port, "postgresql"))
        user = _first(env, prefix, "USERNAME", "USER")
        return Target(
            kind=kind,
            host=host,
            port=port or _PORTS[kind],
            user=user,
            database=_first(env, prefix, "NAME", "DATABASE", "DB") or _usual_database(kind, user),
            password=_first(env, prefix, "PASSWORD", "PASS"),
            source=f"{prefix}HOST",
        )
    return None


def _usual_database(kind: Kind, user: str) -> str:
    """PostgreSQL takes the one that is called like the user, MySQL takes none."""
    return user if kind == "postgresql" else ""


def _first(env: Mapping[str, str], prefix: str, *names: str) -> str:
    return next((env[prefix + name] for name in names if env.get(prefix + name)), "")


def _number(text: str) -> int:
    fits = text.isascii() and text.isdecimal() and len(text) <= 5
    return int(text) if fits and int(text) < 65536 else 0
