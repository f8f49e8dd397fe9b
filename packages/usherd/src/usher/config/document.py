"""From bytes to a tree of plain values, with the line of every key. Never raises on bad input."""

import json
import tomllib
from pathlib import PurePath
from typing import Final, NamedTuple

from usher.config.positions import Positions, scan_json, scan_toml
from usher.model.finding import Finding

SIZE_LIMIT: Final = 1024 * 1024
"""Bytes of a configuration file; no real one comes near, and parsers need a bound."""

SUFFIXES: Final = (".toml", ".json", ".yaml", ".yml")


class Document(NamedTuple):
    """A parsed file."""

    tree: object
    positions: Positions


def parse(name: str, data: bytes) -> Document | Finding:
    """Parse the bytes of a file by the suffix of its name; a Finding says why it cannot be."""
    suffix = PurePath(name).suffix
    if suffix not in SUFFIXES:
        return Finding(
            f"cannot read {PurePath(name).name!r}: the format {suffix!r} is not known",
            file=name,
            hint="use .toml, .json, .yaml or .yml",
        )
    if len(data) > SIZE_LIMIT:
        return Finding(f"cannot read {len(data)} bytes: at most 1 MiB is read", file=name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Finding("the text is not UTF-8", file=name, line=line)
    try:
        match suffix:
            case ".toml":
                return _toml(name, text)
            case ".json":
                return _json(name, text)
            case _:
                return _yaml(name, text)
    except RecursionError:
        return Finding("the text is nested too deeply", file=name)


def _toml(name: str, text: str) -> Document | Finding:
    try:
        tree = tomllib.loads(text)
    except ValueError as error:
        message, line = _split_toml_error(str(error), text)
        return Finding(f"cannot parse TOML: {message}", file=name, line=line)
    return Document(tree, scan_toml(text))


def _split_toml_error(said: str, text: str) -> tuple[str, int]:
    """Take "(at line 3, column 7)" off tomllib's message; 3.11 has no attributes for it."""
    message, _, place = said.partition(" (at ")
    if place.startswith("end of document"):
        return f"{message} at the end of the file", text.rstrip().count("\n") + 1
    digits = place.removeprefix("line ").split(",")[0]
    return message, int(digits) if digits.isdecimal() else 0


def _json(name: str, text: str) -> Document | Finding:
    try:
        tree: object = json.loads(text)
    except json.JSONDecodeError as error:
        return Finding(f"cannot parse JSON: {error.msg}", file=name, line=error.lineno)
    except ValueError:
        return Finding("cannot parse JSON: a number has too many digits", file=name)
    positions = scan_json(text)
    if positions.repeated:
        path, line = positions.repeated[0]
        message = f"cannot parse JSON: the key {path[-1]!r} stands there twice"
        return Finding(message, file=name, line=line)
    return Document(tree, positions)


def _yaml(name: str, text: str) -> Document | Finding:
    # The YAML parser costs more to load than everything else here together.
    from usher.config.yaml import YamlError, read_yaml

    try:
        return Document(*read_yaml(text))
    except YamlError as error:
        return Finding(f"cannot parse YAML: {error}", file=name, line=error.line)
