"""From bytes to a tree of plain values, with the line of every key. Never raises on bad input."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, Literal, NamedTuple

from usher.config.app import Surroundings
from usher.config.javascript.evaluate import EnvRead, Mode, Program, evaluate
from usher.config.javascript.lines import scan_javascript
from usher.config.jsonc import as_json
from usher.config.pm2.ecosystem import survey
from usher.config.positions import Positions, scan_json, scan_toml
from usher.model.finding import Finding

SIZE_LIMIT: Final = 1024 * 1024
"""Bytes of a configuration file; no real one comes near, and parsers need a bound."""

STDIN: Final = "-"
"""Name of standard input, which holds JSON."""

SUFFIXES: Final = (".toml", ".json", ".yaml", ".yml", ".js", ".cjs", ".mjs")

Format = Literal["toml", "json", "yaml", "javascript"]


class Document(NamedTuple):
    """A parsed file."""

    tree: object
    positions: Positions
    reads: tuple[EnvRead, ...] = ()
    """Variables of the caller that a program looked at."""
    changed: Mapping[str, str | None] = {}
    """What a program did to `process.env`; None: deleted."""
    is_program: bool = False
    """Whether it was evaluated: what it says depends on where and by whom."""


def is_config_file(name: str) -> bool:
    """Tell whether a target of a command is a configuration file; PM2 looks for parts of names."""
    return PurePath(name).suffix == ".toml" or _pm2_format(PurePath(name).name) is not None


def has_suffix(name: str) -> bool:
    """Tell whether a name ends as configuration files do; programs may end so too."""
    return PurePath(name).suffix in SUFFIXES


def _pm2_format(name: str) -> Format | None:
    """Choose as PM2 does: by what the name contains, so that "x.config.js.bak" is one too."""
    if ".json" in name:
        return "json"
    if ".yml" in name or ".yaml" in name:
        return "yaml"
    return "javascript" if re.search(r"\.config\.[cm]?js", name) else None


def format_of(name: str) -> Format | None:
    """Return the format of a file that a person names as a configuration file."""
    file = PurePath(name)
    if file.suffix == ".toml":
        return "toml"
    if file.suffix in (".js", ".cjs", ".mjs"):
        return "javascript"
    return "json" if name == STDIN else _pm2_format(file.name)


def parse(name: str, data: bytes, around: Surroundings, env_name: str = "") -> Document | Finding:
    """Parse the bytes of a file by its name; a Finding says why it cannot be."""
    form = format_of(name)
    if form is None:
        return Finding(
            f"cannot read {PurePath(name).name!r}: its format is not known",
            file=name,
            hint="use .toml, .json, .yaml, .yml, .js, .cjs or .mjs",
        )
    text = _text(name, data)
    if isinstance(text, Finding):
        return text
    try:
        match form:
            case "toml":
                return _toml(name, text)
            case "yaml":
                return _yaml(name, text)
            case "json":
                return _json(name, text, around, env_name)
            case "javascript":
                return _javascript(_program(name, text, "module", around, env_name), around)
    except RecursionError:
        return Finding("the text is nested too deeply", file=name)


def parse_toml(name: str, data: bytes) -> Document | Finding:
    """Parse the bytes of a TOML file, whatever its name; a Finding says why it cannot be."""
    text = _text(name, data)
    try:
        return text if isinstance(text, Finding) else _toml(name, text)
    except RecursionError:
        return Finding("the text is nested too deeply", file=name)


def _text(name: str, data: bytes) -> str | Finding:
    if len(data) > SIZE_LIMIT:
        return Finding(f"cannot read {len(data)} bytes: at most 1 MiB is read", file=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Finding("the text is not UTF-8", file=name, line=line)


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


def _json(name: str, text: str, around: Surroundings, env_name: str) -> Document | Finding:
    """Parse JSON; what is none may be a JavaScript expression, which PM2 takes under this name."""
    plain = as_json(text)
    try:
        tree: object = json.loads(plain)
    except json.JSONDecodeError as error:
        found = _javascript(_program(name, text, "expression", around, env_name), around)
        if isinstance(found, Document):
            return found
        if "SyntaxError" in found.message:
            return Finding(f"cannot parse JSON: {error.msg}", file=name, line=error.lineno)
        return found
    except ValueError:
        return Finding("cannot parse JSON: a number has too many digits", file=name)
    return Document(tree, scan_json(plain))


def _program(name: str, text: str, mode: Mode, around: Surroundings, env_name: str) -> Program:
    path = around.folder / PurePath(name).name
    return Program(name, path, mode, text, around.env, around.cwd, env_name)


def _javascript(program: Program, around: Surroundings) -> Document | Finding:
    found = evaluate(program, around.engine)
    if isinstance(found, Finding):
        return found
    apps = dict(survey(found.tree).apps)
    positions = scan_javascript(program.text, apps)
    return Document(found.tree, positions, found.reads, found.changed, is_program=True)


def _yaml(name: str, text: str) -> Document | Finding:
    # The YAML parser costs more to load than everything else here together.
    from usher.config.yaml import YamlError, read_yaml

    try:
        return Document(*read_yaml(text))
    except YamlError as error:
        return Finding(f"cannot parse YAML: {error}", file=name, line=error.line)
