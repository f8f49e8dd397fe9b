"""Commands in scripts and documents beside an app, held against what the app is told.

A health check that asks another port restarts a healthy app; a restore that goes to another
database restores nothing. Commands that run inside a container mean the container's own port and
say nothing here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from usher.guard.checks.ports import wanted
from usher.guard.code import Code
from usher.guard.definition import Definition
from usher.model.facts import TextFile
from usher.model.finding import Finding

DATABASE_PORT: Final = Code(
    "db.port_differs",
    "warning",
    "A command uses another database port than the app",
    "The app is told one port, and a script, document or compose file beside it names another: "
    "one of them reaches the wrong database, or none.",
    "Write the port down once, and let both read it from there.",
)
PORT_COMMAND: Final = Code(
    "port.command_differs",
    "warning",
    "A script asks a port that no app listens on",
    "A health check beside the apps asks this host on a port that none of them has: it fails "
    "although all is well, and whatever it restarts is restarted for nothing.",
    "Ask the port of the app, or let a probe of usher ask it.",
)

CODES: Final = (DATABASE_PORT, PORT_COMMAND)

_DATABASE: Final = re.compile(
    r"\b(?:psql|pg_dump|pg_restore|pg_isready|createdb|dropdb|mysql|mysqldump|mariadb)\b"
    r"[^\n|;&]{0,200}?\s(?:-p\s{0,4}|-P\s{0,4}|--port[= ]\s{0,4})(?P<port>\d{2,5})\b"
)
_CONTAINER: Final = re.compile(r"\b(?:docker(?:-compose)?|podman|kubectl)\b[^\n]{0,80}\bexec\b")
_PUBLISHED: Final = re.compile(
    r"""^\s*-\s*["']?(?:[\d.]+:)?(?P<port>\d{2,5}):(?P<inside>5432|3306)["']?\s*$"""
)
_RUN: Final = re.compile(
    r"\b(?:docker|podman)\b[^\n]{0,200}\s-p\s?(?:[\d.]+:)?(?P<port>\d{2,5}):(?:5432|3306)\b"
)
_HTTP: Final = re.compile(
    r"\b(?:curl|wget|http|nc)\b[^\n]{0,200}?"
    r"(?:localhost|127\.0\.0\.1|\[::1\])[: ](?P<port>\d{2,5})\b"
)
_ASSIGNED: Final = re.compile(
    r"""^\s*(?:export\s+)?\w*URL=["']?https?://(?:localhost|127\.0\.0\.1):(?P<port>\d{2,5})\b"""
)
_DATABASE_URL: Final = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb)(?:\+\w+)?://(?:[^@/]*@)?(?P<host>[^:/?]+)(?::(?P<port>\d+))?.*"
)
_PORT_NAMES: Final = (
    *("DB_PORT", "DATABASE_PORT", "PGPORT", "POSTGRES_PORT", "MYSQL_PORT", "TYPEORM_PORT"),
)
_HOST_NAMES: Final = (
    *("DB_HOST", "DATABASE_HOST", "PGHOST", "POSTGRES_HOST", "MYSQL_HOST", "TYPEORM_HOST"),
)
_HERE: Final = re.compile(r"localhost|127(?:\.\d+){3}|::1|\[::1\]|")


class DatabasePort(NamedTuple):
    """A port on this host that an app is told to find its database at."""

    port: int
    variable: str


def database_port(app: Definition) -> DatabasePort | None:
    """Return where on this host the app looks for its database; None: elsewhere or unknown."""
    env = app.spec.env
    host = next((env[name] for name in _HOST_NAMES if env.get(name)), "")
    for name in _PORT_NAMES:
        value = env.get(name, "").strip()
        if value.isascii() and value.isdecimal() and _HERE.fullmatch(host):
            return DatabasePort(int(value[:6]), name)
    for name in ("DATABASE_URL", "DB_URL", "POSTGRES_URL", "MYSQL_URL"):
        url = _DATABASE_URL.fullmatch(env.get(name, "").strip())
        if url and url["port"] and _HERE.fullmatch(url["host"]):
            return DatabasePort(int(url["port"][:6]), name)
    return None


def judge(apps: Sequence[Definition], texts: Iterable[TextFile]) -> list[Finding]:
    """Hold the commands in `texts`, which lie beside the apps, against the apps."""
    kept = tuple(texts)
    return [*_databases(apps, kept), *_health_checks(apps, kept)]


def _databases(apps: Sequence[Definition], texts: Sequence[TextFile]) -> Iterator[Finding]:
    for app in apps:
        told = database_port(app)
        if told is None:
            continue
        for text in texts:
            if not _beside(app, text):
                continue
            for number, line in enumerate(text.content.splitlines(), 1):
                port = _database_port_in(line)
                if port not in (None, told.port):
                    message = (
                        f"{told.variable} is {told.port}, and {text.path}:{number} says {port}"
                    )
                    hint = f"the command: {line.strip()[:100]}"
                    field = app.variable(told.variable)
                    yield app.finding(DATABASE_PORT, message, field, hint)
                    break


def _database_port_in(line: str) -> int | None:
    if len(line) > 1000 or _CONTAINER.search(line):
        return None
    found = _PUBLISHED.match(line) or _RUN.search(line) or _DATABASE.search(line)
    return int(found["port"]) if found else None


def _health_checks(apps: Sequence[Definition], texts: Sequence[TextFile]) -> Iterator[Finding]:
    for text in texts:
        around = [app for app in apps if _beside(app, text)]
        known = {each.port for app in apps for each in wanted(app)}
        if not text.path.endswith(".sh") or not around or not known:
            continue
        for number, line in enumerate(text.content.splitlines(), 1):
            found = _HTTP.search(line[:1000]) or _ASSIGNED.match(line[:1000])
            if not found or _CONTAINER.search(line) or int(found["port"]) in known:
                continue
            ports = ", ".join(map(str, sorted(known)))
            message = f"it asks port {found['port']}, and the apps listen on {ports}"
            app = around[0].name
            yield PORT_COMMAND.finding(message, app=app, file=text.path, line=number)


def _beside(app: Definition, text: TextFile) -> bool:
    return text.path.startswith(f"{app.spec.cwd}/")
