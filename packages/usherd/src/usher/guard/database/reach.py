"""Whether an app's database answers, and takes the app: a finding of its own, beside the budget.

A server that is not there yet may come while the app waits for it; one that knows the app and
refuses it will refuse it again.
"""

import re
from collections.abc import Iterable
from typing import Final

from usher.guard.code import Code
from usher.model.finding import Finding

UNREACHABLE: Final = Code(
    "db.unreachable",
    "warning",
    "The database cannot be reached",
    "Nothing answers at the host and port that the app's variables name, or not as a database: it "
    "is down, still starting, elsewhere, or a firewall stands between.",
    "Start the database, or correct host and port; `usher check` says it again until it answers.",
)
REFUSED: Final = Code(
    "db.refused",
    "error",
    "The database refuses the app's role",
    "The server is there and does not take the user, the password or the host that asks. A restart "
    "does not change that.",
    "Correct the credentials, or grant the role its rights (`GRANT CONNECT`, pg_hba.conf).",
    forceable=True,
)
NO_DATABASE: Final = Code(
    "db.no_database",
    "error",
    "The server has no such database",
    "The name is wrong, or the database was never created or restored.",
    "Create or restore it, or correct the name.",
    forceable=True,
)
CODES: Final = (UNREACHABLE, REFUSED, NO_DATABASE)

_MISSING: Final = re.compile(r'database "[^"]*" does not exist|Unknown database|\b3D000\b')
_DENIED: Final = re.compile(
    r"password authentication failed|Access denied for user|no pg_hba\.conf entry"
    r"|no password supplied"
    r'|role "[^"]*" (?:does not exist|is not permitted to log in)|authentication failed for user'
    r"|permission denied for database|\b28P01\b|\b28000\b",
    re.IGNORECASE,
)
_CROWDED: Final = re.compile(
    r"too many (?:clients|connections)|remaining connection slots|max_user_connections",
    re.IGNORECASE,
)
_OURS: Final = re.compile(r"the driver is not installed")
"""What keeps us from asking, and the app perhaps not."""


def judge(server: str, role: str, fault: str, apps: Iterable[str]) -> list[Finding]:
    """Say for each app why `server` gave its `role` no connection, in the driver's words.

    That it has no connection left is the budget's affair.
    """
    if not fault or _CROWDED.search(fault) or _OURS.search(fault):
        return []
    if _MISSING.search(fault):
        code, said = NO_DATABASE, f"{server} does not have the database: {fault}"
    elif _DENIED.search(fault):
        code, said = REFUSED, f"{server} refuses role {role!r}: {fault}"
    else:
        code, said = UNREACHABLE, f"{server} cannot be reached: {fault}"
    return [code.finding(said, app=app, field="env", hint=code.fix) for app in apps]
