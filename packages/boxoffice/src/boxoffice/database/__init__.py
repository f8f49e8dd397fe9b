"""The embedded PostgreSQL: one folder, one server at a time, no administrator needed.

`boxoffice database` turns itself into the server (`become_server`); commands borrow one for as long
as they run (`open_database`). Who may run, and as whom, is told in `account`, `lock` and
`postmaster`; how the files are made in `cluster`.
"""

from boxoffice.database.errors import DatabaseError
from boxoffice.database.session import (
    become_server,
    open_database,
    running_database,
    server_answers,
    superuser_url,
)

__all__ = [
    "DatabaseError",
    "become_server",
    "open_database",
    "running_database",
    "server_answers",
    "superuser_url",
]
