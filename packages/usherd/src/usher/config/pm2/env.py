"""The environment of an app of PM2's files: who contributes, in which order, and who won.

Lowest first: what the caller's shell has (less what belongs to PM2, SSH, sudo or usher), env
files, `env`, `port`, `deploy.<env>.env`, `env_<env>`. A variable that is `undefined` in a
JavaScript file is taken away from what is below it.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, cast

from usher.config.check import quote
from usher.config.javascript.evaluate import is_marked

Sources = Mapping[str, str]
"""Variable -> where its value came from."""

_NOT_INHERITED: Final = re.compile(
    r"(?:PM2|SSH|SUDO|USHER)_\w*|NODE_CHANNEL_\w+|NODE_UNIQUE_ID|NODE_APP_INSTANCE|NOTIFY_SOCKET"
    r"|LISTEN_(?:FDS|PID|FDNAMES)|pm_\w+|unique_id"
)
"""Belong to the session or to another manager; PM2 itself puts its own fields there."""

SHELL: Final = "shell"


class Layer(NamedTuple):
    """Variables of one origin."""

    source: str
    values: Mapping[str, object]


class Environment(NamedTuple):
    """What an app sees, where each value came from, and what could not be used."""

    values: dict[str, str]
    sources: dict[str, str]
    faults: tuple[tuple[str, str, str], ...]
    """(source, variable, what is wrong)."""
    undefined: tuple[tuple[str, str], ...]
    """(source, variable) of those that a JavaScript file left undefined."""
    unquoted: tuple[str, ...] = ()
    """Variables that the file has as numbers or booleans: PM2's lists show them like that."""


def inherited(
    env: Mapping[str, str], filter_env: bool | str | list[str], least: frozenset[str]
) -> dict[str, str]:
    """Return what an app takes over from the caller's environment.

    `filter_env`: true leaves only `least`; a text takes away that variable; a list takes away
    every variable whose name contains one of its texts.
    """
    kept = {name: value for name, value in env.items() if not _NOT_INHERITED.fullmatch(name)}
    if filter_env is True:
        return {name: value for name, value in kept.items() if name in least}
    if isinstance(filter_env, str):
        kept.pop(filter_env, None)
    elif isinstance(filter_env, list):
        kept = {
            name: value
            for name, value in kept.items()
            if not any(part in name for part in filter_env)
        }
    return kept


def merge(layers: Iterable[Layer]) -> Environment:
    """Lay one layer over the other, the last on top."""
    values: dict[str, str] = {}
    sources: dict[str, str] = {}
    faults: list[tuple[str, str, str]] = []
    undefined: list[tuple[str, str]] = []
    unquoted: set[str] = set()
    for layer in layers:
        for name, value in layer.values.items():
            if not name or "=" in name or "\0" in name:
                fault = f"cannot set {quote(name)}: not possible in an environment"
                faults.append((layer.source, name, fault))
                continue
            values.pop(name, None)
            sources.pop(name, None)
            unquoted.discard(name)
            text = as_text(value)
            if text is None:
                undefined.append((layer.source, name))
            elif "\0" in text:
                faults.append((layer.source, name, "the value holds a zero byte"))
            else:
                values[name], sources[name] = text, layer.source
                if isinstance(value, bool | int | float):
                    unquoted.add(name)
    return Environment(values, sources, tuple(faults), tuple(undefined), tuple(sorted(unquoted)))


def as_text(value: object) -> str | None:
    """Write a value as Node puts it into an environment; None for `undefined`."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e21 else _decimal(value)
        case {"$undef": True} | {"$fn": str()}:
            return None
        case {"$re": str(source), "flags": str(flags)}:
            return f"/{source}/{flags}"
        case _:
            return json.dumps(_defined(value), separators=(",", ":"), ensure_ascii=False)


def _decimal(value: float) -> str:
    return "NaN" if math.isnan(value) else repr(value)


def _defined(value: object) -> object:
    """Leave out what JSON.stringify leaves out."""
    if isinstance(value, dict):
        table = cast("dict[str, object]", value)
        if "$re" in table:
            return {}
        return {
            key: _defined(item)
            for key, item in table.items()
            if not is_marked(item, "$undef", "$fn")
        }
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [None if is_marked(item, "$undef", "$fn") else _defined(item) for item in items]
    return value
