"""usher role: which role this host has, by which evidence; pin it."""

import socket
from argparse import ArgumentParser, Namespace
from datetime import datetime
from pathlib import Path
from typing import Final

from usher.api.exit_codes import ExitCode
from usher.api.text import fit, printable
from usher.api.types import RoleStatus
from usher.cli.console import Console
from usher.cli.guarding import declared
from usher.client import UsherError, connect, ensure_running, usher_home
from usher.guard.shown import role_status

_STANDINGS: Final = {
    "undeclared": "nobody declares a role here: no guard",
    "unknown": "not known: nothing that is guarded starts",
    "contradictory": "unclear, the evidence contradicts itself: nothing that is guarded starts",
}


def configure(parser: ArgumentParser) -> None:
    """Take what to do: show (usual), set, or forget."""
    parser.add_argument(
        "action", nargs="?", choices=("show", "set", "forget"), default="show",
        help="show the role (usual), set ROLE, or forget a guard FILE that is gone for good",
    )  # fmt: skip
    parser.add_argument("value", nargs="?", metavar="ROLE|FILE")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; it is recorded")
    parser.add_argument(
        "--system", action="store_true", help="set it in /etc/usher, for every user (as root)"
    )


def run(options: Namespace, console: Console) -> int:
    """Show, set or forget; exit code 2 when a role is needed and none is known."""
    home = usher_home(options.home)
    if options.action == "show":
        return _show(home, console)
    if not options.value:
        what = "ROLE" if options.action == "set" else "FILE"
        raise UsherError(f"cannot {options.action}: {what} is missing", exit_code=ExitCode.USAGE)
    client = ensure_running(home)
    if options.action == "set":
        report = client.role_set(options.value, reason=options.reason, system=options.system)
    else:
        path = str(Path(options.value).absolute())
        report = client.role_forget(path, options.reason)
    if console.json:
        console.data(report)
    else:
        console.print(printable(report.detail))
    return report.exit_code


def _show(home: Path, console: Console) -> int:
    folder = Path.cwd()
    about = declared(home, [str(each) for each in (folder, *folder.parents)])
    seen = role_status(socket.gethostname(), about.host, about.rules, about.faults)
    ours = _of_daemon(home, folder)
    code = ExitCode.OK if seen.standing in ("known", "undeclared") else ExitCode.REFUSED
    if seen.faults:
        code = ExitCode.REFUSED
    if console.json:
        console.data({"here": seen, "daemon": ours, "exit_code": int(code)})
        return code
    _print(seen, console)
    for each in ours.overrides if ours is not None else ():
        until = datetime.fromtimestamp(each.until).astimezone().isoformat(" ", "minutes")
        told = f"forced: {each.service} in spite of {each.code} until {until}: {each.reason}"
        console.print(printable(told))
    if ours is not None and (ours.standing, ours.role) != (seen.standing, seen.role):
        said = _STANDINGS.get(ours.standing, repr(ours.role))
        console.print(f"usher itself sees another one, and decides: {said}")
        console.print("  (variables of this shell are not its own; `usher role set` pins a role)")
    return code


def _of_daemon(home: Path, folder: Path) -> RoleStatus | None:
    try:
        return connect(str(home)).role(str(folder))
    except UsherError:
        return None


def _print(seen: RoleStatus, console: Console) -> None:
    console.print(f"role: {_STANDINGS.get(seen.standing, seen.role)}")
    for each in seen.evidence:
        role = " or ".join(each.roles) or "-"
        pinned = " (pinned)" if each.pinned else ""
        declared_in = ", ".join(each.declared_in)
        said = printable(f"{each.said}{pinned}")
        console.print(f"  {fit(each.weight, 9)} {fit(role, 12)} {said}  [{declared_in}]".rstrip())
    for path in seen.guards:
        console.print(printable(f"guard: {path}"))
    for fault in seen.faults:
        console.note(f"usher: {printable(fault)}")
