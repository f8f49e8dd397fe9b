"""Assertions on a JSON answer: `checks.database == "ok"`, `queue.waiting < 100`, `users[0].id`.

A path is names and [indices] with dots between; alone it says that the value is there and not
false, null or 0. Compared with ==, !=, <, <=, > or >=, the right side is JSON.
"""

import json
import operator
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

_ASSERTION: Final = re.compile(
    r"\s*(?P<path>(?:[\w$-]+|\[\d+\])(?:\.[\w$-]+|\[\d+\])*)"
    r"\s*(?:(?P<operator>==|!=|<=|>=|<|>)\s*(?P<value>.+?))?\s*"
)
_STEP: Final = re.compile(r"[\w$-]+|\[\d+\]")

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_SHOWN: Final = 60


class Expectation(NamedTuple):
    """One assertion, read."""

    text: str
    steps: tuple[str | int, ...]
    operator: str
    """Empty: the value only has to be there and true."""
    value: Any

    def failure(self, document: Any) -> str:
        """Why `document`, a decoded JSON value, does not fulfil it; empty when it does."""
        found = document
        for step in self.steps:
            try:
                found = _child(found, step)
            except (KeyError, IndexError, TypeError):
                return f"{self.text}: not in the answer"
        if not self.operator:
            return "" if found else f"{self.text} is {_shown(found)}"
        return "" if self._holds(found) else f"expected {self.text}, found {_shown(found)}"

    def _holds(self, found: Any) -> bool:
        if self.operator not in ("==", "!="):
            numbers = all(_is_number(each) for each in (found, self.value))
            if not numbers and not (isinstance(found, str) and isinstance(self.value, str)):
                return False
        return _COMPARE[self.operator](found, self.value)


def parse(text: str) -> Expectation:
    """Read an assertion. Raises ValueError."""
    found = _ASSERTION.fullmatch(text)
    if found is None:
        raise ValueError(
            f'cannot read the assertion {text!r}: expected a path, as in checks.database == "ok"'
        )
    steps = tuple(
        int(step[1:-1]) if step.startswith("[") else step for step in _STEP.findall(found["path"])
    )
    value = None
    if found["operator"]:
        try:
            value = json.loads(found["value"])
        except (ValueError, RecursionError):
            raise ValueError(
                f"cannot read the assertion {text!r}: {found['value']!r} is no JSON; "
                'text stands in quotes, as in status == "ok"'
            ) from None
    return Expectation(text.strip(), steps, found["operator"] or "", value)


def _child(value: Any, step: str | int) -> Any:
    if isinstance(value, str):  # its characters are no children
        raise TypeError
    return value[step]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
