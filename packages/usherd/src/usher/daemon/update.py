"""POST /v1/update: the keeper takes new code, then this daemon makes room for its successor."""

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.types import Problem, Report, Update
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.keeper.paths import keeper_program
from usher.runtime import upgrade
from usher.runtime.supervisor import Supervisor


async def update(supervisor: Supervisor, call: Call) -> Answer:
    """Answer when the keeper runs the new code; the daemon ends right after the answer.

    Services are not touched: the keeper keeps its pid and its children, and starts the new daemon.
    """
    body = msgspec.json.decode(call.body or b"{}", type=Update)
    try:
        edition = await upgrade.replace(supervisor.keeper, body.program or keeper_program())
    except upgrade.UpgradeError as error:
        hint = "nothing was changed; services go on"
        raise HttpError(
            409, Problem(error=str(error), exit_code=ExitCode.REFUSED, hint=hint)
        ) from None
    supervisor.make_room()
    report = Report(
        outcome="done",
        exit_code=ExitCode.OK,
        result="",
        detail=f"the keeper runs {edition.version}",
        services=[],
        tails=[],
    )
    return reply(report)
