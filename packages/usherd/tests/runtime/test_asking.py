"""Asking by a program: what its end says."""

from collections.abc import Sequence
from typing import Any

import pytest

from usher.model.target import HttpTarget
from usher.runtime.asking import Place, ask_apart, run_command

PLACE = Place({}, "/")
GOOD = '{"ok":true,"detail":"status 200 in 4 ms"}\n'


class Helpers:
    """Runs nothing, and says how it ended."""

    def __init__(self, **done: Any) -> None:
        self.done = {"status": {"code": 0}, "timed_out": False, "output": "", **done}

    async def run_helper(self, argv: Sequence[str], /, **fields: Any) -> dict[str, Any]:
        return self.done


@pytest.mark.parametrize(
    ("done", "ok", "late", "detail"),
    [
        ({"output": "a warning\n" + GOOD}, True, False, "status 200 in 4 ms"),
        ({"timed_out": True, "status": {"signal": 9}}, False, True, "no answer within 2 s"),
        (
            {"timed_out": True, "status": None, "output": GOOD[:9]},
            False,
            True,
            "no answer within 2 s",
        ),
        (
            {"status": {"code": 1}, "output": "Traceback\nImportError: x\n"},
            False,
            False,
            "could not be asked: the program that asks ended with exit code 1",
        ),
        (
            {"status": {"signal": 9}},
            False,
            False,
            "could not be asked: the program that asks ended with signal 9",
        ),
    ],
)
async def test_who_asks_apart(done: dict[str, Any], ok: bool, late: bool, detail: str) -> None:
    answer = await ask_apart(Helpers(**done), HttpTarget("https://api.example/"), PLACE, 2.0)
    assert (answer.ok, answer.late, answer.detail) == (ok, late, detail)


async def test_a_program_that_hangs_is_late() -> None:
    helpers = Helpers(timed_out=True, status=None)
    answer = await run_command(helpers, ["backup"], PLACE, 2.0)
    assert (answer.late, answer.detail) == (True, "'backup' did not end within 2 s")
