"""Reads YAML 1.2 into plain values and positions in one walk over the parser's nodes.

Only JSON's types exist: no dates, no tags, no objects. Anchors share values (an alias costs
nothing), and a value that contains itself is refused.
"""

import re
from typing import Any, Final, Protocol, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from usher.config.check import Path
from usher.config.positions import Positions

_TAG: Final = "tag:yaml.org,2002:"
_INTEGER: Final = re.compile(r"[-+]?(0o[0-7]+|0x[0-9a-fA-F]+|[0-9]+)", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?", re.ASCII)


class _Mark(Protocol):
    line: int


class _Node(Protocol):
    """The part of ruamel's nodes that is read here; ruamel itself is untyped."""

    id: str
    """mapping, sequence or scalar."""
    tag: str
    value: Any
    """Pairs of nodes, nodes, or text."""
    start_mark: _Mark


class YamlError(Exception):
    """The text is no YAML of ours: what is wrong, and the line (0: unknown)."""

    def __init__(self, message: str, line: int) -> None:
        """Keep the line beside the message."""
        super().__init__(message)
        self.line = line


def read_yaml(text: str) -> tuple[object, Positions]:
    """Read one document. Raises YamlError."""
    try:
        composed: Any = YAML(typ="safe", pure=True).compose(text)  # pyright: ignore[reportUnknownMemberType] (untyped)
    except (YAMLError, ValueError) as error:
        raise _problem(error) from None
    node = cast("_Node | None", composed)
    builder = _Builder()
    return (None if node is None else builder.build(node, ())), builder.positions


def _problem(error: Exception) -> YamlError:
    """Take from the parser's error what names no content of the file."""
    mark = cast("_Mark | None", getattr(error, "problem_mark", None))
    message = getattr(error, "problem", None) or "the text is damaged"
    return YamlError(str(message), mark.line + 1 if mark else 0)


class _Builder:
    def __init__(self) -> None:
        self.positions = Positions()
        self._built: dict[int, object] = {}
        """Values by node, so that an alias is the same value and is walked once."""
        self._open: set[int] = set()

    def build(self, node: _Node, path: Path) -> object:
        """Return the value of a node and note where it stands."""
        if id(node) in self._open:
            raise YamlError("an anchor contains itself", _line(node))
        if id(node) not in self._built:
            self._open.add(id(node))
            self._built[id(node)] = self._construct(node, path)
            self._open.discard(id(node))
        return self._built[id(node)]

    def _construct(self, node: _Node, path: Path) -> object:
        if (node.id, node.tag) == ("mapping", f"{_TAG}map"):
            return self._mapping(node, path)
        if (node.id, node.tag) == ("sequence", f"{_TAG}seq"):
            return self._sequence(node, path)
        if node.id == "scalar":
            return _scalar(node)
        raise YamlError(f"the tag {node.tag!r} is not supported", _line(node))

    def _sequence(self, node: _Node, path: Path) -> list[object]:
        items: list[object] = []
        children: list[_Node] = node.value
        for position, child in enumerate(children):
            self.positions.record((*path, position), _line(child))
            items.append(self.build(child, (*path, position)))
        return items

    def _mapping(self, node: _Node, path: Path) -> dict[str, object]:
        own: dict[str, object] = {}
        merged: dict[str, object] = {}
        pairs: list[tuple[_Node, _Node]] = node.value
        for key_node, value_node in pairs:
            if key_node.tag == f"{_TAG}merge" or key_node.value == "<<":
                self._merge(value_node, merged, path)
                continue
            key = _key(key_node)
            if key in own:
                raise YamlError(f"the key {key!r} stands there twice", _line(key_node))
            self.positions.record((*path, key), _line(key_node))
            own[key] = self.build(value_node, (*path, key))
        return merged | own

    def _merge(self, node: _Node, into: dict[str, object], path: Path) -> None:
        """Take in `<<: *anchor` or `<<: [*a, *b]`; what came first wins, own keys win over all."""
        parts: list[_Node] = node.value if node.id == "sequence" else [node]
        for part in parts:
            value = self.build(part, path)
            if not isinstance(value, dict):
                raise YamlError("'<<' takes a mapping", _line(part))
            into.update(cast("dict[str, object]", value) | into)


def _key(node: _Node) -> str:
    if node.id != "scalar":
        raise YamlError("a key must be text", _line(node))
    return _joined(str(node.value))


def _scalar(node: _Node) -> object:
    """Read a scalar as JSON's types; what is none of them stays text."""
    text = str(node.value)
    match node.tag.removeprefix(_TAG):
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int" if _INTEGER.fullmatch(text):
            return int(text, 0 if "o" in text or "x" in text else 10)
        case "float" if _FLOAT.fullmatch(text):
            return float(text)
        case _:
            return _joined(text)


def _joined(text: str) -> str:
    """Join surrogate pairs, as JSON writes characters beyond U+FFFF; a lone half stays."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _line(node: _Node) -> int:
    return int(node.start_mark.line) + 1
