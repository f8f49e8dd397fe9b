"""What lies around an app: its package.json, what is installed, what a build left, its texts.

Every look is bounded: folders that grow without end (node_modules, uploads) are not entered.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from msgspec.structs import replace

from usher.model.facts import Artefact, Package, Source, TextFile

_SIZE_LIMIT: Final = 256 * 1024
_FILES_LIMIT: Final = 4000
_SOURCE_FOLDERS: Final = ("src", "app", "pages", "lib", "server", "components")
_SOURCE_SUFFIXES: Final = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".sql")
_SKIPPED: Final = frozenset(
    {"node_modules", ".git", "dist", "build", ".next", "out", "coverage", "uploads", "__tests__"}
)
_TEXT_NAMES: Final = re.compile(
    r".*\.sh|(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml|(?:README|DEPLOY\w*|INSTALL|OPERATIONS)\w*\.md",
    re.IGNORECASE,
)
_TEXT_FOLDERS: Final = ("", "scripts", "deploy", "bin", "ops", "docs")
_MIGRATIONS: Final = (
    "migrations", "prisma/migrations", "src/migrations", "db/migrations", "alembic/versions",
)  # fmt: skip
_ORM_FILES: Final = re.compile(
    r"ormconfig\.(?:js|ts|json)|(?:.*[-.])?(?:data-?source|database|typeorm|app\.module|sequelize)"
    r"(?:[-.]\w+)*\.(?:js|ts|cjs|mjs)",
    re.IGNORECASE,
)
_SYNCHRONIZE: Final = re.compile(
    r"""(?<![\w.])["']?synchronize["']?\s*:\s*true\b|\.sync\(\{\s*(?:alter|force)\s*:\s*true"""
)


_SESSION: Final = re.compile(r"""["'](?:express-session|@fastify/session)["']""")
_STORE: Final = re.compile(r"(?<![\w.])store\s{0,4}:\s{0,4}[^\s,;}][^,;}\n]{0,80}")
_SESSION_FOLDERS: Final = ("src", "app", "lib", "server", "dist")


def package(cwd: str) -> Package | None:
    """Read the package.json at or above a folder; None when there is none."""
    for folder in (Path(cwd), *Path(cwd).parents):
        if (folder / "package.json").is_file():
            return _package(folder)
    return None


def _package(folder: Path) -> Package:
    read = _json(folder / "package.json")
    dependencies = tuple(_table(read.get("dependencies")))
    engines = _table(read.get("engines"))
    return Package(
        folder=str(folder),
        commands=tuple((name, str(text)) for name, text in _table(read.get("scripts")).items()),
        engines_node=str(engines.get("node", "")),
        dependencies=dependencies,
        missing=tuple(name for name in dependencies if not _is_installed(folder, name)),
    )


def with_sources(found: Package) -> Package:
    """Add which source file was changed last: a search, for which a start does not wait."""
    newest, changed = _newest(Path(found.folder))
    return replace(found, newest_source=newest, source_changed=changed)


def artefact(cwd: str, name: str) -> Artefact:
    """Look at what a build left; `name` is below `cwd` or absolute."""
    path = Path(cwd, name)
    try:
        return Artefact(str(path), exists=True, changed=path.stat().st_mtime)
    except OSError:
        return Artefact(str(path), exists=False)


def texts(cwd: str) -> list[TextFile]:
    """Read the scripts, compose files and notes that people keep beside an app."""
    return [
        TextFile(str(path), text)
        for name in _TEXT_FOLDERS
        for path in _listed(Path(cwd, name))
        if _TEXT_NAMES.fullmatch(path.name) and (text := _text(path)) is not None
    ]


def migrations(cwd: str) -> tuple[str, ...]:
    """Name what lies in the folder of migrations that an app has; none is known without one."""
    for name in _MIGRATIONS:
        folder = Path(cwd, name)
        if folder.is_dir():
            names = (path.name for path in _listed(folder))
            return tuple(sorted(each for each in names if not each.startswith((".", "__"))))
    return ()


def synchronizes(cwd: str) -> list[Source]:
    """Find the lines that let TypeORM or Sequelize change the schema, in files named for it."""
    found: list[Source] = []
    near = (str(path) for path in _listed(Path(cwd)))
    for path in (*near, *_below(Path(cwd, "src")), *_below(Path(cwd, "dist"))):
        if not _ORM_FILES.fullmatch(path.rpartition("/")[2]):
            continue
        for number, line in enumerate((_text(Path(path)) or "").splitlines(), 1):
            match = _SYNCHRONIZE.search(line[:500])
            if match and not line.lstrip().startswith(("//", "*", "#")):
                found.append(Source(path, number, match[0]))
                break
    return found


def session_stores(cwd: str) -> list[Source]:
    """Find where an app says in which store its sessions are, one line a file."""
    found: list[Source] = []
    near = (str(path) for path in _listed(Path(cwd)) if path.suffix in _SOURCE_SUFFIXES)
    for path in (*near, *(each for name in _SESSION_FOLDERS for each in _below(Path(cwd, name)))):
        text = _text(Path(path)) or ""
        if _SESSION.search(text) and (match := _STORE.search(text)):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Source(path, line, " ".join(match[0].split())))
    return found


def _is_installed(folder: Path, name: str) -> bool:
    """Look where Node would; with Yarn's Plug'n'Play there are no folders to look into."""
    above = (folder, *folder.parents)
    return any((each / "node_modules" / name).exists() for each in above) or any(
        (each / pnp).exists() for each in above for pnp in (".pnp.cjs", ".pnp.js")
    )


def _newest(folder: Path) -> tuple[str, float]:
    """Return the source file that was changed last; "" and 0 where there is no source folder."""
    newest, changed = "", 0.0
    for name in _SOURCE_FOLDERS:
        for path in _below(folder / name):
            if path.endswith(_SOURCE_SUFFIXES) and (modified := _changed(path)) > changed:
                newest, changed = path, modified
    return newest, changed


def _changed(path: str) -> float:
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0  # it was removed meanwhile, or is a link that leads nowhere


def _below(folder: Path) -> Iterator[str]:
    """Yield the files below a folder, at most a bounded number; links to folders end there."""
    seen = 0
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in files:
            seen += 1
            if seen > _FILES_LIMIT:
                return
            yield f"{top}/{name}"


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())[:500]
    except OSError:
        return []


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(_SIZE_LIMIT).decode(errors="replace")
    except OSError:
        return None


def _json(path: Path) -> dict[str, Any]:
    try:
        return _table(json.loads(_text(path) or "{}"))
    except ValueError:
        return {}


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
