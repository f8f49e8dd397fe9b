"""The top of PM2's files: which apps there are, whatever shape the file has.

PM2 takes `{apps: [...]}`, `{apps: {...}}` for one app, the same under `pm2`, a bare array and a
bare app. `deploy` stands beside them, `static` asks PM2's own file server.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, cast

from usher.config.check import Path
from usher.config.pm2.fields import canonical_name

BESIDE: Final = frozenset(
    {"apps", "pm2", "deploy", "static", "name", "version", "$schema", "usher"}
)
"""Keys that may stand at the top of a file that lists its apps."""


class Ecosystem(NamedTuple):
    """A file of PM2's form."""

    apps: tuple[tuple[Path, object], ...]
    """Each app as written, with its place."""
    deploy: Mapping[str, object]
    static: tuple[tuple[Path, object], ...]
    """Each static server as written, with its place."""
    unknown: tuple[str, ...]
    """Keys at the top that mean nothing."""
    usher: Mapping[str, object] = {}
    """What stands under `usher` beside the apps: usher's own keys for the whole file."""


def is_native(tree: object) -> bool:
    """Tell usher's own form, a table of apps by name, from PM2's, which are lists or one app."""
    if not isinstance(tree, dict):
        return not isinstance(tree, list)
    table = cast("dict[str, object]", tree)
    if "apps" not in table:
        return "pm2" not in table and not _is_app(table)
    return not isinstance(table["apps"], list) and not _is_app(table["apps"])


def _is_app(value: object) -> bool:
    """Tell whether a value is one app of PM2: something names its program by a text."""
    return any(
        canonical_name(key) == "script" and isinstance(item, str)
        for key, item in _table(value).items()
    )


def _table(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def survey(tree: object) -> Ecosystem:
    """Find the apps of a file of PM2's form."""
    table = _table(tree)
    for key in ("apps", "pm2"):
        if key in table:
            static = _listed(("static",), table["static"]) if "static" in table else ()
            return Ecosystem(
                tuple(_listed((key,), table[key])),
                _table(table.get("deploy")),
                tuple(static),
                tuple(key for key in table if key not in BESIDE),
                _table(table.get("usher")),
            )
    return Ecosystem(tuple(_listed((), tree)), {}, (), ())


def _listed(path: Path, value: object) -> Iterator[tuple[Path, object]]:
    """Yield the items of an array, or the one value that stands for an array of one."""
    if isinstance(value, list):
        for position, item in enumerate(cast("list[object]", value)):
            yield (*path, position), item
    else:
        yield path, value
