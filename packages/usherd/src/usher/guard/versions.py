"""Whether a version lies in a range as package.json writes it (node-semver's grammar)."""

import re
from typing import Final, TypeAlias

Version: TypeAlias = tuple[int, int, int]

_PARTIAL: Final = re.compile(
    r"v?(?P<major>\d+|[xX*])(?:\.(?P<minor>\d+|[xX*]))?(?:\.(?P<patch>\d+|[xX*]))?(?:[-+].*)?"
)
_TERM: Final = re.compile(r"(?P<operator>>=|<=|>|<|=|\^|~>?|)\s*(?P<version>[v\dxX*][\w.*+-]*)")
_HYPHEN: Final = re.compile(r"(\S+)\s+-\s+(\S+)")
_ABOVE_ALL: Final = (1 << 30, 0, 0)


def satisfies(version: str, wanted: str) -> bool | None:
    """Tell whether `version` is in the range `wanted`; None when the range cannot be read."""
    at = _version(version)
    if at is None:
        return None
    answers = [_in_set(at, each.strip()) for each in wanted.split("||")]
    if True in answers:
        return True
    return None if None in answers else False


def _in_set(at: Version, text: str) -> bool | None:
    """Judge comparators that must all hold, with blanks between them."""
    if hyphen := _HYPHEN.fullmatch(text):
        text = f">={hyphen[1]} <={hyphen[2]}"
    position = 0
    for term in _TERM.finditer(text):
        if text[position : term.start()].strip():
            return None
        position = term.end()
        bounds = _bounds(term["operator"], term["version"])
        if bounds is None:
            return None
        if not bounds[0] <= at < bounds[1]:
            return False
    return None if text[position:].strip() else True


def _bounds(operator: str, text: str) -> tuple[Version, Version] | None:
    """Return the first version that fits and the first that no longer does."""
    partial = _PARTIAL.fullmatch(text)
    if partial is None:
        return None
    numbers = [int(part) for part in partial.groups() if part and part.isdecimal()]
    low = _filled(numbers)
    match operator:
        case ">=":
            return low, _ABOVE_ALL
        case ">":
            return _after(numbers), _ABOVE_ALL
        case "<":
            return (0, 0, 0), low
        case "<=":
            return (0, 0, 0), _after(numbers)
        case "^":
            first = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
            return low, _after(numbers[: first + 1])
        case "~" | "~>":
            return low, _after(numbers[:2])
        case _:
            return low, _after(numbers)


def _after(numbers: list[int]) -> Version:
    """Return the first version behind all that begin with these numbers."""
    if not numbers:
        return _ABOVE_ALL
    return _filled([*numbers[:-1], numbers[-1] + 1])


def _filled(numbers: list[int]) -> Version:
    major, minor, patch, *_ = (*numbers, 0, 0, 0)
    return major, minor, patch


def _version(text: str) -> Version | None:
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None
