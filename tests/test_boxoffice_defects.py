"""docs/reference/boxoffice-defects.md promises a test for each defect: it must exist, so named."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "boxoffice-defects.md"

# V13 is three defects; the others are counted through.
NUMBERS = [
    *(f"U{number}" for number in range(1, 14)),
    *(f"V{number}" for number in (*range(1, 13), "13a", "13b", "13c", *range(14, 28))),
    *(f"A{number}" for number in range(1, 11)),
    *(f"S{number}" for number in range(1, 17)),
    *(f"R{number}" for number in range(1, 11)),
]

_ROW = re.compile(r"^\| ([UVASR]\d+[a-c]?) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/.-]+\.py)::(test_\w+)`")

ROWS = dict(_ROW.findall(PAGE.read_text("utf-8")))


def test_every_defect_has_a_row() -> None:
    assert list(ROWS) == NUMBERS


@pytest.mark.parametrize("number", ROWS)
def test_its_test_exists_and_is_named_after_it(number: str) -> None:
    tests = _TEST.findall(ROWS[number])
    if not tests:
        assert ROWS[number].startswith("does not apply: "), "no test is named, and no reason"
    for path, name in tests:
        assert name.startswith(f"test_{number.lower()}_")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        names = {each.name for each in tree.body if isinstance(each, functions)}
        assert name in names, f"{path} has no {name}"
