"""Holds a parsed tree against the schema and finds everything that is wrong, not only the first.

msgspec decides about single values; this walk goes through tables and lists, so that one bad
value costs one finding and not the rest of the file. What could be read is returned.
"""

from functools import cache
from typing import Annotated, Any, Literal, Protocol, TypeAlias, TypeVar, cast, get_args, get_origin

import msgspec

from usher.config.units import decode
from usher.model.finding import UNKNOWN_KEY, VALUE
from usher.model.graph import closest

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list positions from the top of the file."""


class Report(Protocol):
    """Takes a path, what is wrong there, a hint (or ""), and what kind of mistake it is."""

    def __call__(self, path: Path, message: str, hint: str, code: str = VALUE, /) -> None:
        """Take one mistake."""
        ...


TableT = TypeVar("TableT", bound=msgspec.Struct)

_PLAIN: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def read_table(kind: type[TableT], value: object, path: Path, report: Report) -> TableT | None:
    """Read a table; None when it is none or a key that it needs is missing.

    Keys with a bad value are reported and left at their default.
    """
    if not isinstance(value, dict):
        report(path, f"cannot use {quote(value)}: expected a table", "")
        return None
    table = cast("dict[str, object]", value)  # parsers yield text keys only
    fields = _fields(kind)
    for key in table.keys() - fields.keys():
        report((*path, key), f"unknown key {quote(key)}", closest(key, fields), UNKNOWN_KEY)
    read: dict[str, Any] = {}
    for key, field in fields.items():
        if key in table:
            good, item = _read(field.type, table[key], (*path, key), report)
            if good:
                read[field.name] = item
        elif field.required:
            report(path, f"the key {key!r} is missing", "")
    missing = any(field.required and field.name not in read for field in fields.values())
    return None if missing else kind(**read)


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """List the fields of a table by key; to resolve their types anew for each app takes long."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def read_value(kind: Any, value: object, path: Path, report: Report) -> object:
    """Read a single value of a type that the schema uses; None after a report."""
    good, item = _read(kind, value, path, report)
    return item if good else None


def quote(value: object) -> str:
    """Show a value of a file in a message: short, on one line, as the file's author knows it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # Of a path both ends tell something.
            return repr(value if len(value) <= 160 else f"{value[:77]}...{value[-80:]}")
        case int() if abs(value) >= 2**63:
            return "a number beyond 64 bits"
        case int() | float():
            return repr(value)
        case dict():
            return "a table"
        case list():
            return "a list"
        case None:
            return "nothing"
        case _:
            return f"a {type(value).__name__}"


def _read(kind: Any, value: object, path: Path, report: Report) -> tuple[bool, object]:
    member = _member_for(kind, type(value))
    if member is not None and _is_table(member):
        read = read_table(member, value, path, report)
        return read is not None, read
    if get_origin(member) is dict:
        return True, _read_mapping(member, cast("dict[str, object]", value), path, report)
    if get_origin(member) is list:
        return True, _read_list(member, cast("list[object]", value), path, report)
    if isinstance(value, str) and not _is_text(value):
        report(path, "cannot use this text: it holds half of a surrogate pair", "")
        return False, None
    try:
        return True, msgspec.convert(value, kind, dec_hook=decode)
    except (msgspec.ValidationError, OverflowError, RecursionError):
        report(path, *_fault(kind, value, path))
        return False, None


def _is_text(value: str) -> bool:
    """Tell whether it can be written down: JSON and YAML escapes can name half a character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_mapping(kind: Any, table: dict[str, object], path: Path, report: Report) -> object:
    key_kind, value_kind = get_args(kind)
    read: dict[str, object] = {}
    for key, value in table.items():
        good_key, _ = _read(key_kind, key, (*path, key), report)
        good, item = _read(value_kind, value, (*path, key), report)
        if good_key and good:
            read[key] = item
    return read


def _read_list(kind: Any, values: list[object], path: Path, report: Report) -> list[object]:
    (item_kind,) = get_args(kind)
    read: list[object] = []
    for position, value in enumerate(values):
        good, item = _read(item_kind, value, (*path, position), report)
        if good:
            read.append(item)
    return read


def _members(kind: Any) -> list[Any]:
    """Take a union apart; anything else is its only member."""
    if get_origin(kind) in (Annotated, Literal, list, dict) or isinstance(kind, type):
        return [kind]
    return [member for member in get_args(kind) if member is not type(None)]


def _member_for(kind: Any, found: type) -> Any:
    """Pick the member of a union that takes tables or lists, when one was found."""
    for member in _members(kind):
        takes = dict if _is_table(member) else get_origin(member)
        if found is takes and found in (dict, list):
            return member
    return None


def _is_table(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, msgspec.Struct)


def _fault(kind: Any, value: object, path: Path) -> tuple[str, str]:
    """Say what is wrong with a value. Values of variables are secrets and never shown."""
    shown = "this value" if "env" in path else quote(value)
    choices = [c for member in _members(kind) for c in _choices(member)]
    hint = closest(value, choices) if isinstance(value, str) else ""
    return f"cannot use {shown}: expected {_expected(kind)}", hint


def _choices(member: Any) -> tuple[str, ...]:
    return get_args(member) if get_origin(member) is Literal else ()


def _expected(kind: Any) -> str:
    return " or ".join(dict.fromkeys(_expected_member(member) for member in _members(kind)))


def _expected_member(member: Any) -> str:
    origin = get_origin(member)
    if origin is Annotated:
        metas = [meta for meta in get_args(member)[1:] if isinstance(meta, msgspec.Meta)]
        return next((m.description for m in metas if m.description), _expected(get_args(member)[0]))
    if origin is Literal:
        return " or ".join(repr(choice) for choice in get_args(member))
    if origin is list:
        return "a list"
    return getattr(member, "EXPECTED", None) or _PLAIN.get(member, "a table")
