"""Our `util.inspect` beside Node's own, and the rules of its layout one by one."""

import json
import random
import subprocess
from typing import TYPE_CHECKING

import pytest

from usher.api.inspect import inspect

if TYPE_CHECKING:
    from collections.abc import Callable

LAYOUTS = {
    "empty": ({}, "{}"),
    "an id": ([0], "[ 0 ]"),
    "an id as a word": (["0"], "[ '0' ]"),
    "nothing": ([], "[]"),
    "seven numbers in columns": ([0, 1, 2, 3, 4, 5, 6], "[\n  0, 1, 2, 3,\n  4, 5, 6\n]"),
    "names of keys": ({"a_1": 1, "b.c": None}, "{ a_1: 1, 'b.c': null }"),
    "quotes": (["it's", 'say "it\'s"'], '[ "it\'s", `say "it\'s"` ]'),
    "no quote is free": ("'\"`\n", "'\\'\"`\\n'"),
    "too long for a line": (
        {"first": "x" * 40, "second": "y" * 40},
        f"{{\n  first: '{'x' * 40}',\n  second: '{'y' * 40}'\n}}",
    ),
    "three levels on a line": ({"a": {"b": {"c": True}}}, "{ a: { b: { c: true } } }"),
    "four levels on two": ({"a": {"b": {"c": {}}}}, "{ a: { b: { c: {} } } }"),
    "numbers": ([1.0, 2.5, -3, True], "[ 1, 2.5, -3, true ]"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout(name: str) -> None:
    value, shown = LAYOUTS[name]

    assert inspect(value) == shown


PROGRAM = """
const values = JSON.parse(require('fs').readFileSync(0));
const options = {depth: null, maxArrayLength: null, maxStringLength: null};
console.log(JSON.stringify(values.map(value => require('util').inspect(value, options))));
"""


@pytest.mark.process
@pytest.mark.parametrize("seed", range(3))
def test_what_node_shows_is_what_we_show(seed: int, node: str) -> None:
    values = [_value(random.Random(f"{seed}.{index}"), 4) for index in range(200)]  # noqa: S311
    values += [each for each, _ in LAYOUTS.values()]

    shown = subprocess.run(
        [node, "-e", PROGRAM], input=json.dumps(values).encode(), capture_output=True, check=True
    )

    for value, expected in zip(values, json.loads(shown.stdout), strict=True):
        assert inspect(value) == expected


def _value(chance: random.Random, depth: int) -> object:
    kinds: list[Callable[[random.Random, int], object]] = [_text, _scalar, _scalar]
    kinds += [_object, _array, _numbers] if depth else []
    return chance.choice(kinds)(chance, depth)


def _object(chance: random.Random, depth: int) -> object:
    names = ["a", "c_d", "x.y", "two words", "0", "_z9", "it's"]
    return {
        f"{chance.choice(names)}{number}": _value(chance, depth - 1)
        for number in range(chance.randrange(6))
    }


def _array(chance: random.Random, depth: int) -> object:
    return [_value(chance, depth - 1) for _ in range(chance.choice([0, 1, 3, 6, 7, 9, 20, 40]))]


def _numbers(chance: random.Random, depth: int) -> object:
    return [chance.randrange(10 ** chance.randrange(1, 6)) for _ in range(chance.randrange(30))]


def _text(chance: random.Random, depth: int) -> object:
    return "".join(
        chance.choice("ab cdé'\"`\n\t\\\x01x") for _ in range(chance.choice([0, 3, 10, 30, 90]))
    )


def _scalar(chance: random.Random, depth: int) -> object:
    return chance.choice([None, True, False, 1, 2.5, -3, 123456789, 0.1])
