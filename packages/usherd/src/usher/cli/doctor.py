"""usher doctor: is usher itself set up so that apps are looked after, after a reboot as well?"""

import os
import pwd
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from usher import __version__
from usher.api.exit_codes import ExitCode
from usher.api.text import fit, printable, size, width
from usher.api.types import Pong, ServiceStatus
from usher.cli import guarding
from usher.cli.console import Console
from usher.cli.startup import takes_service
from usher.client import Client, UsherError, connect, usher_home, was_killed
from usher.guard import installation as judge
from usher.guard.checks.files import judge_modes
from usher.guard.checks.room import judge_folders
from usher.host import beside, boot, daemon_hang, installation, lifetime, room, timers
from usher.model.installation import App, Grade, Line, OtherManager, Processes

_CODES: Final[dict[Grade, ExitCode]] = {
    "ok": ExitCode.OK,
    "warning": ExitCode.FINDINGS,
    "refused": ExitCode.REFUSED,
    "not-ready": ExitCode.NOT_READY,
}
_COLORS: Final[dict[Grade, str]] = {
    "ok": "green",
    "warning": "yellow",
    "refused": "red",
    "not-ready": "red",
}
_GRADE: Final = 9
"""Columns of the longest grade."""


def configure(parser: ArgumentParser) -> None:
    """Take whose unit is looked for."""
    takes_service(parser)


def run(options: Namespace, console: Console) -> int:
    """Print a line for each thing that was looked at; 0, or the code of the worst.

    6: something to look at; 2: starts are refused; 3: nobody looks after the apps. Nothing is
    started, and nothing is changed.
    """
    home = usher_home(options.home)
    client = connect(str(home))
    pong, services = _asked(client)
    lines = [
        _boot(options, home),
        *judge.judge_processes(_processes(home, pong), __version__),
        *judge.judge_hang(_last_hang(home)),
        *_home(home),
        *_disks(home, services),
        *_guard(home),
        *_beside(client, services),
    ]
    code = _CODES[judge.worst(lines)]
    if console.json:
        console.data({"lines": lines, "exit_code": int(code)})
        return code
    for text in _table(lines, console):
        console.print(text)
    return code


def _table(lines: Sequence[Line], console: Console) -> Iterator[str]:
    """In columns; what to do stands below what was found."""
    what = max(width(line.what) for line in lines)
    for line in lines:
        grade = console.paint(fit(line.grade, _GRADE), _COLORS[line.grade])
        yield f"{grade}  {fit(line.what, what)}  {printable(line.found)}"
        if line.fix:
            yield f"{'':<{_GRADE + 2 + what + 2}}-> {printable(line.fix)}"


def _asked(client: Client) -> tuple[Pong | None, Sequence[ServiceStatus]]:
    try:
        return client.ping(), client.services()
    except UsherError:
        return None, ()


def _boot(options: Namespace, home: Path) -> Line:
    kind = options.platform or boot.detect()
    folder = None if options.folder is None else Path(options.folder)
    try:
        described = boot.boot_of(options.user or _owner(home), home)
    except boot.BootError as error:
        return Line(f"start at boot ({kind})", "warning", str(error), "usher startup --user NAME")
    unit = installation.boot_unit(kind, described, folder)
    return judge.judge_boot(unit, str(home), sys.executable)


def _owner(home: Path) -> str:
    """Whose usher this is: root may ask about another user's."""
    uid = home.stat().st_uid if home.exists() else os.geteuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _processes(home: Path, pong: Pong | None) -> Processes:
    if pong is None:
        return Processes(was_killed=was_killed(home))
    keeper = pong.keeper
    return Processes(
        daemon_pid=pong.daemon.pid,
        daemon_version=pong.daemon.version,
        keeper_pid=keeper.pid if keeper else None,
        keeper_version=keeper.version if keeper else "",
        safe_mode=pong.safe_mode,
        end_of_keeper=lifetime.end_of_keeper(keeper.pid) if keeper else "",
        nofile=installation.nofile_of(keeper.pid) if keeper else None,
    )


def _last_hang(home: Path) -> str:
    hang = daemon_hang.last(home)
    if hang is None:
        return ""
    at = datetime.fromtimestamp(hang.at).astimezone().isoformat(" ", "seconds")
    return f"at {at}: in {daemon_hang.place(hang.stacks)}"


def _home(home: Path) -> list[Line]:
    seen = room.plain_file(str(home), "state")
    if seen is None:
        return [Line("state folder", "ok", f"{str(home)!r} does not exist yet")]
    good = f"{seen.path!r} has mode {seen.mode:04o} (owner {seen.owner!r})"
    return judge.judge_findings("state folder", judge_modes([seen]), good)


def _disks(home: Path, services: Sequence[ServiceStatus]) -> list[Line]:
    """Look at each file system that logs or state are written to, once."""
    logs = {
        str(Path(path).parent)
        for service in services
        for path in (service.out_log, service.err_log)
        if path.startswith("/") and not path.startswith("/dev/")
    }
    folders = {each.device: each for each in map(room.folder, [*sorted(logs), str(home)])}
    lines: list[Line] = []
    for each in folders.values():
        good = f"{size(each.free)} of {size(each.size)} are free at {each.existing!r}"
        found = judge_folders((), {}, each)
        lines += judge.judge_findings("disk", found, good, "make room; `usher flush` empties logs")
    return lines


def _guard(home: Path) -> list[Line]:
    folder = Path.cwd()
    about = guarding.declared(home, [str(each) for each in (folder, *folder.parents)])
    return judge.judge_guard(about.rules, about.faults, about.host)


def _beside(client: Client, services: Sequence[ServiceStatus]) -> list[Line]:
    """Look for who else starts or ends what we run, and whether all of it runs."""
    apps = [App(each.name, tuple(each.argv), each.cwd) for each in services]
    others = [
        OtherManager(
            pm2.pid, str(pm2.home), tuple((app.name, str(app.script or "")) for app in pm2.apps)
        )
        for pm2 in beside.find()
    ]
    lines = judge.judge_managers(others, installation.pm2_at_boot(), apps)
    scheduled = [*installation.scheduled(), *timers.timers(timers.FOLDERS)]
    lines += judge.judge_schedules(scheduled, apps)
    if not services:
        return lines
    up = [each.name for each in services if each.want == "up" and each.kind != "job"]
    saved = installation.saved_list(Path(client.ping().home))
    lines.append(judge.judge_saved(saved, [each.name for each in services], up))
    runs = client.drift().findings
    good = "everything that should run does, and nothing else of it"
    return [*lines, *judge.judge_findings("what runs", runs, good, "usher monitor")]
