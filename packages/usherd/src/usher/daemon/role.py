"""The role of this host: shown with its evidence and pinned; guard files that are gone."""

import os
import re
import socket
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import asdict, replace

from usher.api.exit_codes import ExitCode
from usher.api.types import ForgetGuard, OverrideStatus, Problem, Report, SetRole
from usher.daemon import ledger
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.guard.shown import role_status
from usher.host import identity
from usher.runtime import clock, files
from usher.runtime.supervisor import Supervisor

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}")


async def role(supervisor: Supervisor, call: Call) -> Answer:
    """Show the role, with the guard files of a folder if one is named."""
    folder = call.query.get("folder", "")
    around = [folder, *map(str, Path(folder).parents)] if folder.startswith("/") else []
    found = supervisor.gate.declared_in(around)
    seen = role_status(socket.gethostname(), found.host, found.rules, found.faults)
    now, overrides = clock.read().wall, supervisor.gate.memory.overrides
    standing = [OverrideStatus(**asdict(each)) for each in overrides if now < each.until]
    return reply(replace(seen, overrides=standing))


async def set_role(supervisor: Supervisor, call: Call) -> Answer:
    """Write the role file; another role that is pinned gives way with a reason only."""
    body = msgspec.json.decode(call.body, type=SetRole)
    if not _NAME.fullmatch(body.role):
        raise _cannot(f"cannot set role {body.role!r}: it is no name", ExitCode.USAGE)
    folder = identity.SYSTEM_FOLDER if body.system else str(supervisor.home)
    path = Path(folder, identity.ROLE_FILE)
    before = path.read_text().strip() if path.is_file() else ""
    entry = ledger.Entry(f"role set {body.role}", reason=body.reason)
    if before not in ("", body.role) and not body.reason.strip():
        problem = Problem(
            error=f"cannot set role {body.role!r}: {path} says {before!r}",
            exit_code=ExitCode.REFUSED,
            hint="if this host has changed: --reason TEXT",
        )
        ledger.refused(supervisor, call, entry, problem)
        raise HttpError(403, problem)
    ledger.noted(supervisor, call, entry)
    try:
        _write(path, body.role)
    except OSError as error:
        raise _cannot(f"cannot write {path}: {error.strerror}", ExitCode.REFUSED) from None
    supervisor.second_look.soon(0.0)
    return reply(_report(f"{path} says {body.role!r}"))


def _write(path: Path, role: str) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    files.write_atomically(path, f"{role}\n".encode())
    path.chmod(0o644)


async def forget(supervisor: Supervisor, call: Call) -> Answer:
    """Miss a guard file no more. It must be gone: one that is there holds."""
    body = msgspec.json.decode(call.body, type=ForgetGuard)
    entry = ledger.Entry(f"role forget {body.path}", reason=body.reason)
    if not body.reason.strip():
        raise _cannot("cannot forget a guard file without --reason TEXT", ExitCode.REFUSED)
    if os.path.lexists(body.path):
        raise _cannot(f"cannot forget {body.path!r}: it is there", ExitCode.REFUSED)
    if not supervisor.gate.memory.forget(body.path):
        raise _cannot(f"cannot forget {body.path!r}: it is not missed", ExitCode.USAGE)
    ledger.noted(supervisor, call, entry)
    supervisor.second_look.soon(0.0)
    return reply(_report(f"{body.path} is not missed any more"))


def _report(detail: str) -> Report:
    return Report(
        outcome="done", exit_code=ExitCode.OK, result="", detail=detail, services=[], tails=[]
    )


def _cannot(error: str, code: ExitCode) -> HttpError:
    return HttpError(409, Problem(error=error, exit_code=code, hint="`usher role` shows the role"))
