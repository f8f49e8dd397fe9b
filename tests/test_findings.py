"""docs/reference/pm2-findings.md promises a test for each thing PM2 gets wrong: it must exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "pm2-findings.md"

_ROW = re.compile(r"^\| (\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/.-]+\.py)::(test_\w+)`")

ROWS = {int(number): _TEST.findall(tests) for number, tests in _ROW.findall(PAGE.read_text())}


def test_every_finding_has_a_row() -> None:
    assert list(ROWS) == list(range(1, 17))


@pytest.mark.parametrize("number", ROWS)
def test_its_tests_exist(number: int) -> None:
    assert ROWS[number], "no test is named"
    for path, name in ROWS[number]:
        tree = ast.parse((ROOT / path).read_text())
        names = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
        assert name in names, f"{path} has no {name}"
