"""usher adopt: take over what a living PM2 runs, one app after the other."""

import contextlib
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.text import printable
from usher.api.types import Forced, Report
from usher.cli import guarding
from usher.cli.command import seconds
from usher.cli.console import Console
from usher.cli.follow import explain, follow
from usher.cli.refusing import refusal
from usher.client import UsherError, ensure_running, usher_home
from usher.config.load import load
from usher.config.pm2.dump import read_dump
from usher.host import adoption, beside
from usher.host.adoption import Takeover
from usher.host.pm2_command import Pm2Command, Pm2Error
from usher.model.spec import Plan


def configure(parser: ArgumentParser) -> None:
    """Take which apps, and how sure the person is."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these apps of PM2")
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument("--dry-run", action="store_true", help="only show the plan")
    parser.add_argument(
        "--compare",
        metavar="FILE",
        help="only compare what PM2 runs with the apps of a file; exit code 6 where it differs",
    )
    parser.add_argument(
        "--pm2-home", metavar="DIR", help="home of the PM2 that is meant ($PM2_HOME)"
    )
    parser.add_argument("--pm2", metavar="PROGRAM", help="the pm2 command, where it is not on PATH")
    parser.add_argument(
        "--timeout", type=seconds, default=90.0, metavar="TIME", help="for each app (90s)"
    )


def run(options: Namespace, console: Console) -> int:
    """Show the plan, then carry it out; an app that does not become ready goes back to PM2."""
    living = _choose(beside.find(), options.pm2_home or os.environ.get("PM2_HOME"))
    try:
        pm2 = Pm2Command(living.home, options.pm2)
        processes = pm2.processes()
        chosen, left = _plan(processes, options.names)
        if options.compare:
            return _compare(chosen, options.compare, console)
        _show(living, chosen, left, console)
        home = usher_home(options.home)
        _refuse(chosen, home)
        if options.dry_run or not chosen:
            return ExitCode.OK
        _confirm(options, console)
        mover = Mover(pm2, home, options.timeout, console)
        if not all(mover.take_over(each) for each in chosen):
            return ExitCode.ROLLED_BACK
        return _conclude(pm2, processes, chosen, console)
    except Pm2Error as error:
        raise UsherError(str(error), hint="give the command with --pm2 PROGRAM") from None


def _choose(living: Sequence[beside.Living], home: str | None) -> beside.Living:
    wanted = [each for each in living if home is None or each.home == Path(home).absolute()]
    if len(wanted) == 1:
        return wanted[0]
    if not wanted:
        raise UsherError(
            "cannot adopt: no PM2 of yours is running",
            hint="`usher pm2 resurrect` starts what an ended PM2 saved in its dump.pm2",
            exit_code=ExitCode.REFUSED,
        )
    homes = ", ".join(str(each.home) for each in wanted)
    raise UsherError(
        f"cannot adopt: {len(wanted)} PM2 are running ({homes})",
        hint="name one with --pm2-home",
        exit_code=ExitCode.USAGE,
    )


def _plan(
    processes: Sequence[adoption.Process], names: Sequence[str]
) -> tuple[list[Takeover], list[str]]:
    """Read PM2's list as its dump is read; it holds secrets and never touches the disk."""
    memory = os.memfd_create("usher-adopt", os.MFD_CLOEXEC)
    try:
        os.write(memory, json.dumps([each["pm2_env"] for each in processes]).encode())
        loaded = read_dump(Path(f"/proc/self/fd/{memory}"))
    finally:
        os.close(memory)
    chosen, left = adoption.takeovers(loaded.plan.services, processes)
    left += [str(finding) for finding in loaded.findings]
    known = {each.spec.name for each in chosen}
    for name in names:
        if name not in known:
            raise UsherError(f"cannot adopt {name!r}: PM2 runs no such app", hint="usher adopt")
    return [each for each in chosen if not names or each.spec.name in names], left


def _compare(chosen: Sequence[Takeover], file: str, console: Console) -> int:
    """Say what runs under PM2 in another way than a file declares. Raises ConfigError."""
    found = adoption.compared(chosen, load(Path(file)).plan.services, file)
    if console.json:
        console.data({"file": file, "differences": [each._asdict() for each in found]})
    else:
        for each in found:
            console.print(printable(f"{each.what:<9} {each.app}: {each.said}"))
        if not found:
            console.print(printable(f"PM2 runs what {file} declares"))
    return ExitCode.FINDINGS if found else ExitCode.OK


def _refuse(chosen: Sequence[Takeover], home: Path) -> None:
    """Refuse what the guard would, before PM2 has ended anything. Raises UsherError."""
    found = guarding.findings([each.spec for each in chosen if each.is_up], home)
    refused = refusal(found, Forced())
    if refused is not None:
        raise refused


def _show(
    living: beside.Living, chosen: Sequence[Takeover], left: Sequence[str], console: Console
) -> None:
    if console.json:
        plan = [
            {"name": each.spec.name, "ids": each.ids, "up": each.is_up, "what": _said(each)}
            for each in chosen
        ]
        console.data({"pm2": living.pid, "pm2_home": str(living.home), "apps": plan, "left": left})
        return
    console.print(f"PM2 (pid {living.pid}) in {living.home} runs, and usher would take over:")
    for each in chosen:
        for number, line in enumerate(_said(each)):
            console.print(f"  {'  ' * bool(number)}{printable(line)}")
    for line in left:
        console.print(f"  left out: {printable(line)}")
    if chosen:
        console.print("each app is ended by PM2 and started by usher at once; one that does not")
        console.print("become ready is given back to PM2, and nothing after it is touched")


def _said(takeover: Takeover) -> list[str]:
    lines = adoption.environment(takeover)
    return [adoption.sentence(takeover), *(f"environment: {line}" for line in lines)]


def _confirm(options: Namespace, console: Console) -> None:
    if options.yes:
        return
    if not sys.stdin.isatty() or console.json:
        raise UsherError(
            "cannot adopt without a yes: nobody can be asked here",
            hint="usher adopt --yes",
            exit_code=ExitCode.REFUSED,
        )
    sys.stderr.write("take over now? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsherError("cannot adopt: you said no", exit_code=ExitCode.REFUSED)


class Mover:
    """Moves one app at a time from PM2 to the usher of `home`; `patience` in seconds for each."""

    def __init__(self, pm2: Pm2Command, home: Path, patience: float, console: Console) -> None:
        self._pm2 = pm2
        self._home = home
        self._patience = patience
        self._console = console
        self._client = ensure_running(home)

    def take_over(self, takeover: Takeover) -> bool:
        """Have PM2 end it (its port becomes free), start and prove it, else give it back."""
        self._pm2.delete(takeover.ids)
        report = self._start(takeover)
        if report is not None and report.outcome == "done":
            state = "ready" if takeover.is_up else "stopped"
            self._console.note(f"{printable(takeover.spec.name)}: {state} under usher")
            return True
        if report is not None:
            explain(report, self._console)
        self._give_back(takeover)
        return False

    def _start(self, takeover: Takeover) -> Report | None:
        names = [takeover.spec.name] if takeover.is_up else []
        plan = Plan(services=(takeover.spec,), source="PM2")
        try:
            frames = self._client.apply(plan, names, timeout=self._patience)
            return follow(frames, self._console)
        except UsherError as error:
            self._console.fail(str(error), hint=error.hint, details=error.details)
            return None

    def _give_back(self, takeover: Takeover) -> None:
        """Undo one takeover; the file with its environment exists only while PM2 reads it."""
        name = takeover.spec.name
        with contextlib.suppress(UsherError):  # it may never have been defined
            follow(self._client.delete([name]), self._console)
        file = self._home / f"back-to-pm2-{os.getpid()}.json"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(file, flags, 0o600), "wb") as stream:
            stream.write(msgspec.json.encode({"apps": [adoption.back(takeover)]}))
        try:
            self._pm2.start(file)
        finally:
            file.unlink()
        self._console.note(f"{printable(name)}: given back to PM2")


def _conclude(
    pm2: Pm2Command,
    before: Sequence[dict[str, Any]],
    chosen: Sequence[Takeover],
    console: Console,
) -> ExitCode:
    """Have PM2 remember what is left, so that the next boot does not start an app twice."""
    taken = {ident for each in chosen for ident in each.ids}
    rest = [str(each["name"]) for each in before if each["pm_id"] not in taken]
    pm2.save()
    if not rest:
        pm2.end()
    if not console.json:
        console.print(f"usher runs {len(chosen)} app(s) of PM2 now")
        if rest:
            console.print(f"PM2 keeps {', '.join(rest)}")
        else:
            console.print("PM2 has ended with an empty list (the former one is dump.pm2.bak)")
        console.print("next: `usher startup`, and `pm2 unstartup` where PM2 starts at boot")
    return ExitCode.OK
