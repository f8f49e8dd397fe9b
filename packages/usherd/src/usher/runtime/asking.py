"""Asking by a program: run by the keeper as a helper, with a deadline and a group kill."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from usher.model.target import Target
from usher.probe.answer import Answer
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError

_APART: Final = "usher.probe.apart"
_ANSWER_LIMIT: Final = 64 * 1024


class Helpers(Protocol):
    """Who runs programs (runtime.keeper.Keeper)."""

    async def run_helper(self, argv: Sequence[str], /, **fields: Any) -> dict[str, Any]:
        """Run a program and wait for its end. Raises KeeperGoneError, RefusedError."""
        ...


class Place(NamedTuple):
    """Where a program runs: its environment, its folder."""

    env: Mapping[str, str]
    cwd: str


async def run_command(helpers: Helpers, argv: Sequence[str], place: Place, limit: float) -> Answer:
    """Ask by a program, which must end with 0 within `limit` seconds."""
    try:
        done = await helpers.run_helper(argv, env=place.env, cwd=place.cwd, timeout=limit)
    except (KeeperGoneError, RefusedError) as error:
        return Answer(ok=False, detail=f"cannot run {argv[0]!r}: {error}")
    status: dict[str, Any] = done["status"] or {}
    if done["timed_out"]:
        return Answer(ok=False, detail=f"{argv[0]!r} did not end within {limit:g} s", late=True)
    if status.get("code") == 0:
        return Answer(ok=True, detail=f"{argv[0]!r} ended with 0")
    return Answer(ok=False, detail=f"{argv[0]!r} ended with {_words(status)}")


async def ask_apart(helpers: Helpers, target: Target, place: Place, limit: float) -> Answer:
    """Ask in a process of its own, which may load what the daemon does without."""
    words = msgspec.json.encode(target).decode()
    argv = (sys.executable, "-I", "-m", _APART, words, f"{limit:g}")
    try:
        done = await helpers.run_helper(
            argv, env=place.env, cwd=place.cwd, timeout=limit, max_output=_ANSWER_LIMIT
        )
    except (KeeperGoneError, RefusedError) as error:
        return Answer(ok=False, detail=f"could not be asked: {error}")
    if done["timed_out"]:
        # It was asked, and what it wrote until then is no answer.
        return Answer(ok=False, detail=f"no answer within {limit:g} s", late=True)
    last = str(done["output"]).strip().rpartition("\n")[2]
    try:
        return msgspec.json.decode(last, type=Answer)
    except msgspec.DecodeError:
        ended = f"the program that asks ended with {_words(done['status'] or {})}"
        return Answer(ok=False, detail=f"could not be asked: {ended}")


def _words(status: dict[str, Any]) -> str:
    if "signal" in status:
        return f"signal {status['signal']}"
    return f"exit code {status.get('code', 'unknown')}"
