"""Settings by key, in the file and shape that PM2's `set` and `get` use: module_conf.json.

A key is a path, `module:key` or `module.key`; values are text. What is ours alone (`usher:...`) may
stand there too.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

FILE: Final = "module_conf.json"

_DEEPEST: Final = 8


class SettingsError(ValueError):
    """str() is "cannot <verb> <what>: <cause>"."""


def path(folder: Path) -> Path:
    """Return the file in `folder`, which is PM2's."""
    return folder / FILE


def load(folder: Path) -> dict[str, Json]:
    """Read all settings; none when there is no file. Raises SettingsError, OSError."""
    try:
        content = path(folder).read_bytes()
    except FileNotFoundError:
        return {}
    try:
        return msgspec.json.decode(content or b"{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise SettingsError(f"cannot read {str(path(folder))!r}: {error}") from None


def lookup(settings: dict[str, Json], key: str) -> Json:
    """Return what stands under `key`: a value, the settings of a whole module, or None."""
    found: Json = settings
    for part in _parts(key):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found


def put(folder: Path, key: str, value: str) -> dict[str, Json]:
    """Set `key` to `value` and return all settings. Raises SettingsError, OSError."""
    settings = load(folder)
    *above, last = _parts(key)
    place = settings
    for part in above:
        below = place.get(part)
        if not isinstance(below, dict):
            below = place[part] = {}
        place = below
    place[last] = value
    _write(folder, settings)
    return settings


def remove(folder: Path, key: str) -> bool:
    """Remove `key`, or everything with `all`; False when it was not there."""
    settings = load(folder)
    if key == "all":
        _write(folder, {})
        return bool(settings)
    *above, last = _parts(key)
    place = lookup(settings, ":".join(above)) if above else settings
    if not isinstance(place, dict) or last not in place:
        return False
    del place[last]
    _write(folder, settings)
    return True


def flat(settings: dict[str, Json]) -> list[tuple[str, str]]:
    """List every value under its whole key, `module:key`, sorted."""
    return sorted(_flat(settings, ""))


def _flat(value: Json, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}:{name}" if key else name)
    else:
        yield key, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _parts(key: str) -> list[str]:
    parts = key.replace(".", ":").split(":")
    if not all(parts) or len(parts) > _DEEPEST:
        raise SettingsError(f"cannot use {key!r} as a key: expected name or module:name")
    return parts


def _write(folder: Path, settings: dict[str, Json]) -> None:
    """Replace the file as a whole: temporary file (0600), fsync, rename."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = path(folder)
    temporary = folder / f".{FILE}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(settings), indent=4))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)
