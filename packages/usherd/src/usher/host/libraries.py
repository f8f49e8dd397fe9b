"""Which packages an app depends on, by the files that say so."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec

SIZE_LIMIT: Final = 1024 * 1024
"""Bytes that are read of a file; a list of dependencies is never longer."""

_REQUIREMENT: Final = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def dependencies(folder: str) -> frozenset[str]:
    """Name the packages of the nearest package.json and of the nearest Python project.

    Names of Python packages are normalised ("psycopg-pool").
    """
    found: set[str] = set()
    for read in (_of_node, _of_python):
        for place in (Path(folder), *Path(folder).parents):
            names = set(read(place))
            if names:
                found |= names
                break
    return frozenset(found)


def _of_node(folder: Path) -> Iterator[str]:
    try:
        package: object = msgspec.json.decode(_read(folder / "package.json"))
    except msgspec.DecodeError:
        return
    yield from _table(_table(package).get("dependencies"))


def _of_python(folder: Path) -> Iterator[str]:
    for line in _read(folder / "requirements.txt").decode(errors="replace").splitlines():
        yield from _named(line)
    try:
        project = tomllib.loads(_read(folder / "pyproject.toml").decode(errors="replace"))
    except tomllib.TOMLDecodeError:
        return
    listed: object = _table(project.get("project")).get("dependencies")
    for line in cast("list[object]", listed) if isinstance(listed, list) else ():
        yield from _named(str(line))
    poetry = _table(_table(_table(project.get("tool")).get("poetry")).get("dependencies"))
    for name in poetry:
        yield from _named(name)


def _named(line: str) -> Iterator[str]:
    if matched := _REQUIREMENT.match(line):
        yield re.sub(r"[-_.]+", "-", matched[1]).lower()
        # psycopg[pool] is how psycopg_pool is installed.
        if "[pool" in line.replace("binary,", ""):
            yield f"{matched[1].lower()}-pool"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT)
    except OSError:
        return b""


def _table(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
