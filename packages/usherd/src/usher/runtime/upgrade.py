"""New code for the keeper, while every service goes on; the daemon makes room for its own after.

The order matters: the keeper speaks its own protocol and the one before, so it goes first. Before
it is asked, the new program has to say that it reads what ours writes: a keeper that executes
something broken is gone (its services live on, but their parent does not).
"""

import json
import os
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from usher.keeper import upgrade, wire
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError

CHECK_TIME: Final = 10.0
"""Seconds the new program has for saying what it is."""


class UpgradeError(Exception):
    """str() is "cannot update: <cause>"; nothing has changed then."""


class Edition(msgspec.Struct, frozen=True):
    """What a keeper's program answers to `--check`."""

    version: str
    protocol: int
    ledger: int


class Keeper(Protocol):
    """What is needed of runtime.keeper.Keeper."""

    pid: int | None
    upgrades: int

    async def request(self, kind: str, descriptors: Sequence[int] = (), **fields: object) -> object:
        """Ask the keeper."""
        ...

    async def run_helper(self, argv: Sequence[str], **fields: object) -> wire.Message:
        """Run a short command under the keeper."""
        ...

    async def until_back(self) -> None:
        """Wait until a keeper answers."""
        ...


async def replace(keeper: Keeper, program: Sequence[str]) -> Edition:
    """Have the keeper execute `program`; return what it is now. Raises UpgradeError."""
    edition = await check(keeper, program)
    pid, count = keeper.pid, keeper.upgrades
    try:
        await keeper.request("upgrade", program=list(program))
    except RefusedError as refused:
        raise UpgradeError(f"cannot update: {refused}") from None
    except KeeperGoneError:
        await keeper.until_back()
    if (keeper.pid, keeper.upgrades) != (pid, count + 1):
        raise UpgradeError(
            f"cannot update: the keeper (pid {pid}) ended; another (pid {keeper.pid}) has taken "
            "over its services"
        )
    return edition


async def check(keeper: Keeper, program: Sequence[str]) -> Edition:
    """Ask the new program what it reads. Raises UpgradeError when that is not what ours writes."""
    try:
        done = await keeper.run_helper(
            [*program, "--check"], env=dict(os.environ), cwd="/", timeout=CHECK_TIME
        )
        answer = msgspec.json.decode(done["output"], type=Edition)
    except (KeeperGoneError, RefusedError) as error:
        raise UpgradeError(f"cannot update: the keeper does not answer: {error}") from None
    except msgspec.DecodeError:
        raise UpgradeError(
            f"cannot update: {json.dumps(list(program))} is no keeper, or does not work"
        ) from None
    if wire.PROTOCOL not in (answer.protocol, answer.protocol - 1):
        raise UpgradeError(
            f"cannot update to {answer.version}: it speaks protocol {answer.protocol}, "
            f"this is {wire.PROTOCOL}; update to a version between them first"
        )
    if upgrade.EDITION not in (answer.ledger, answer.ledger - 1):
        raise UpgradeError(
            f"cannot update to {answer.version}: it reads ledger {answer.ledger}, "
            f"this is {upgrade.EDITION}; update to a version between them first"
        )
    return answer
