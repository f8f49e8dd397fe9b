"""The keys of PM2's module pm2-logrotate, as it would have read them, and what they mean here.

Rotation is built in, so `workerInterval` (how often the module looked) and `rotateModule` mean
nothing. What the module did for all apps holds for those that say nothing else themselves.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from cronsim import CronSim, CronSimError

from usher.config.units import Size
from usher.model.spec import LogSpec

MODULE: Final = "pm2-logrotate"
"""Where the keys stand in module_conf.json."""

EVERYTHING: Final = 100_000
"""How many rotated files "all" keeps."""

_DEFAULTS: Final = {
    "max_size": "10M",
    "retain": "30",
    "compress": "false",
    "dateFormat": "YYYY-MM-DD_HH-mm-ss",
    "rotateInterval": "0 0 * * *",
}
_ALL: Final = ("all", "undefined")
_WITHOUT_MEANING: Final = frozenset({"workerInterval", "rotateModule"})


class Rotation(NamedTuple):
    """What the keys ask for, and a sentence about each that was not understood."""

    max_size: int
    retain: int
    compress: bool
    rotated_names: str
    rotate: str
    complaints: tuple[str, ...]


def of_folder(folder: Path) -> Rotation | None:
    """Read the keys in PM2's folder; a file that cannot be read has none, as PM2 takes it."""
    try:
        content = (folder / "module_conf.json").read_bytes()
        return read(msgspec.json.decode(content, type=dict[str, object]))
    except (OSError, msgspec.DecodeError):
        return None


def read(settings: Mapping[str, object]) -> Rotation | None:
    """Read module_conf.json's settings; None where the module was never set up.

    A value that cannot be used counts as not set, which is the module's default.
    """
    module = settings.get(MODULE)
    if not isinstance(module, Mapping):
        return None
    given = {str(key): _text(value) for key, value in module.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] (JSON)
    complaints = [_complaint(key, given[key]) for key in sorted(given) if not _is_good(key, given)]
    usable = {key: value for key, value in given.items() if _is_good(key, given)}
    values = {**_DEFAULTS, **usable}
    return Rotation(
        max_size=int(Size.parse(values["max_size"])),
        retain=EVERYTHING if values["retain"] in _ALL else int(values["retain"]),
        compress=values["compress"] == "true",
        rotated_names=values["dateFormat"],
        rotate=values["rotateInterval"],
        complaints=tuple(complaints),
    )


def complaints(settings: Mapping[str, object]) -> tuple[str, ...]:
    """Return a sentence about each key that is set and has no effect."""
    rotation = read(settings)
    return () if rotation is None else rotation.complaints


def apply(logs: LogSpec, rotation: Rotation) -> LogSpec:
    """Set what the definition leaves at its default."""
    default = LogSpec()
    wanted = {
        name: getattr(rotation, name)
        for name in ("max_size", "retain", "compress", "rotated_names", "rotate")
        if getattr(logs, name) == getattr(default, name)
    }
    return msgspec.structs.replace(logs, **wanted)


def _is_good(key: str, given: Mapping[str, str]) -> bool:
    value = given[key]
    match key:
        case "max_size":
            return _is_size(value)
        case "retain":
            return value in _ALL or (value.isascii() and value.isdecimal() and len(value) < 7)
        case "compress":
            return value in ("true", "false")
        case "dateFormat":
            return value != ""
        case "rotateInterval":
            return _is_cron(value)
        case _:
            return key in _WITHOUT_MEANING


def _complaint(key: str, value: str) -> str:
    if key == "TZ":
        return f"{MODULE}:TZ is not used: times are those of this host"
    if key in _DEFAULTS:
        return f"cannot use {MODULE}:{key} {value!r}; {_DEFAULTS[key]!r} holds"
    return f"{MODULE}:{key} is no key of it"


def _is_size(text: str) -> bool:
    try:
        return Size.parse(text) > 0
    except ValueError:
        return False


def _is_cron(text: str) -> bool:
    try:
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError:
        return False
    return True


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip()
