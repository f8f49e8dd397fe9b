"""Whether usher itself is set up so that apps are looked after, after a reboot as well.

Each function judges one thing and says what was looked at, what was found, and what to do. What is
in order is said too: "nothing was wrong" would not tell what had been looked at.
"""

import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import Final

from usher.guard.command_line import is_launcher, script
from usher.guard.roles import HostRole
from usher.model.finding import Finding
from usher.model.guard import Rules
from usher.model.installation import (
    App,
    BootUnit,
    Grade,
    Line,
    OtherManager,
    Processes,
    SavedList,
    Scheduled,
)

FEWEST_FILES: Final = 4096
"""Open files that the keeper should be allowed: a pipe for each stream, a socket for each port."""

_WORST: Final[Sequence[Grade]] = ("ok", "warning", "refused", "not-ready")

_COMMAND: Final = re.compile(
    r"\b(?P<tool>pm2|usher|systemctl|service|supervisorctl|pkill|killall)\b(?P<rest>[^\n;|&]*)"
)
_ENDS_OR_STARTS: Final = re.compile(
    r"\b(?:re)?start\w*|\breload\w*|\bstop\w*|\bkill\w*|\bdelete\b|\bresurrect\b|\bgracefulReload\b"
)
_SHARED: Final = ("/usr/", "/bin/", "/sbin/")
"""Where programs are that say nothing of which app they run."""
_SEPARATORS: Final = re.compile(r"[;&|()]+")
"""Between the commands of a line."""


def worst(lines: Iterable[Line]) -> Grade:
    """Return the gravest grade."""
    return _WORST[max((_WORST.index(line.grade) for line in lines), default=0)]


def judge_boot(unit: BootUnit, home: str, program: str) -> Line:
    """Judge whether the host starts this usher at boot. `program`: the interpreter that we are."""
    what = f"start at boot ({unit.kind})"
    again = "usher startup, as root (look first: usher startup --print)"
    if unit.text is None:
        found = f"nothing starts usher at boot: {unit.path!r} does not exist"
        return Line(what, "warning", found, again)
    if home not in unit.text:
        return Line(what, "warning", f"{unit.path!r} starts another home than {home!r}", again)
    if program not in unit.text:
        found = f"{unit.path!r} starts another program than {program!r}"
        return Line(what, "warning", found, again)
    if not unit.enabled:
        return Line(what, "warning", f"{unit.path!r} is installed and not enabled", again)
    if _without_path(unit.text) != _without_path(unit.expected):
        found = f"{unit.path!r} is enabled, and is not what this version would write"
        return Line(what, "warning", found, again)
    return Line(what, "ok", f"{unit.path!r} is enabled and starts this home")


def _without_path(text: str) -> list[str]:
    """Leave out the PATH of whoever typed `usher startup`: each shell has another."""
    return [line for line in text.splitlines() if "PATH" not in line]


def judge_processes(seen: Processes, version: str) -> list[Line]:
    """Judge keeper and daemon. `version`: what is installed."""
    if seen.daemon_pid is None:
        how = "it was killed" if seen.was_killed else "it was never started, or was ended"
        fix = "usher list brings it back" if seen.was_killed else "usher start FILE"
        return [Line("daemon", "not-ready", f"nothing answers: {how}", fix)]
    lines = [_process("daemon", seen.daemon_pid, seen.daemon_version, version)]
    if seen.safe_mode:
        found = "it crashed often, and acts only when told to"
        lines.append(Line("daemon", "not-ready", found, "read logs/daemon.log; usher update"))
    if seen.keeper_pid is None:
        fix = "usher ping in a few seconds; logs/keeper.log"
        return [*lines, Line("keeper", "not-ready", "it is being started", fix)]
    lines.append(_process("keeper", seen.keeper_pid, seen.keeper_version, version))
    if seen.end_of_keeper:
        lines.append(Line("life of the keeper", "warning", seen.end_of_keeper, "usher startup"))
    return [*lines, _nofile(seen.nofile)]


def judge_hang(hung: str) -> list[Line]:
    """Judge the last hang of a daemon, in words; empty: there was none, or it is dealt with."""
    if not hung:
        return []
    fix = "report it with state/daemon-hang.txt, and remove that file then"
    return [Line("daemon", "warning", f"one hung and was replaced {hung}", fix)]


def _process(what: str, pid: int, running: str, installed: str) -> Line:
    found = f"pid {pid}, version {running or 'unknown'}"
    if running and running != installed:
        return Line(what, "warning", f"{found}; {installed} is installed", "usher update")
    return Line(what, "ok", found)


def _nofile(limit: int | None) -> Line:
    if limit is not None and limit < FEWEST_FILES:
        found = f"the keeper may have {limit} at most, and should be allowed {FEWEST_FILES}"
        fix = "LimitNOFILE= of the unit, or /etc/security/limits.conf; then usher update"
        return Line("open files", "warning", found, fix)
    return Line("open files", "ok", "no limit" if limit is None else f"at most {limit}")


def judge_findings(what: str, found: Sequence[Finding], good: str, fix: str = "") -> list[Line]:
    """Turn findings of another judgement into lines; one line says `good` when there is none."""
    if not found:
        return [Line(what, "ok", good)]
    return [Line(what, "warning", each.message, each.hint or fix) for each in found]


def judge_guard(rules: Sequence[Rules], faults: Sequence[Finding], host: HostRole) -> list[Line]:
    """Judge the guard's files and the role of the host."""
    lines = [
        Line("guard", "refused", str(each), "mend the file: nothing starts under it")
        for each in faults
    ]
    if not rules:
        fix = "usher.guard.toml, where apps of several hosts must be kept apart"
        return lines or [Line("guard", "ok", "no guard file is in force; no role is needed", fix)]
    lines += [Line("guard", "ok", f"{each.source!r} is in force") for each in rules]
    match host.standing:
        case "known":
            pinned = any(sign.evidence.pinned for sign in host.deciding)
            found = f"{host.role!r}" + (" (pinned)" if pinned else "")
            fix = "" if pinned else f"usher role set {host.role} pins it"
            return [*lines, Line("role", "ok", found, fix)]
        case "undeclared":
            return lines
        case "unknown" | "contradictory":
            found = f"{host.standing}: nothing that is guarded starts"
            fix = "usher role shows the evidence; usher role set ROLE"
            return [*lines, Line("role", "refused", found, fix)]


def judge_managers(
    others: Sequence[OtherManager], at_boot: Sequence[str], apps: Sequence[App]
) -> list[Line]:
    """Judge a PM2 beside us, and one that a boot would start."""
    lines: list[Line] = []
    for pm2 in others:
        same = sorted({app.name for app in apps for each in pm2.apps if _is_same(app, each)})
        apps_of_it = "1 app" if len(pm2.apps) == 1 else f"{len(pm2.apps)} apps"
        who = f"pid {pm2.pid} ({pm2.home!r}) runs {apps_of_it}"
        if same:
            found = f"{who}, of them the same as usher: {', '.join(same)}"
            lines.append(Line("PM2", "warning", found, "pm2 delete NAME, or usher adopt"))
        else:
            lines.append(Line("PM2", "warning", f"{who} beside usher", "usher adopt takes over"))
    for unit in at_boot:
        found = f"{unit!r} starts PM2's saved apps at the next boot, beside usher's"
        lines.append(Line("PM2 at boot", "warning", found, f"systemctl disable {unit}"))
    return lines or [Line("PM2", "ok", "none runs, none starts at boot")]


def _is_same(app: App, other: tuple[str, str]) -> bool:
    name, script = other
    paths = {word if word.startswith("/") else f"{app.cwd}/{word}" for word in app.words}
    return app.name == name or (bool(script) and script in paths)


def judge_schedules(entries: Sequence[Scheduled], apps: Sequence[App]) -> list[Line]:
    """Find entries of cron, and timers, that start, stop or kill what usher looks after.

    Two that restart the same app fight: one takes for a fault what the other one does.
    """
    found = [line for entry in entries if (line := _schedule(entry, apps)) is not None]
    told = {line.what for line in found}
    good = {"cron": "no entry that we may read restarts apps", "timers": "none restarts apps"}
    return [*found, *(Line(what, "ok", said) for what, said in good.items() if what not in told)]


def _schedule(entry: Scheduled, apps: Sequence[App]) -> Line | None:
    for path, text in (("", entry.line), *entry.scripts):
        command = _interferes(text, apps) or _runs(text, entry.folder, apps)
        if command:
            through = f" by {path!r}" if path else ""
            found = f"{entry.place}: {entry.line!r} runs {command!r}{through}"
            end = f"systemctl disable --now {entry.timer}" if entry.timer else "remove it"
            fix = f"{end}: usher restarts what hangs, and `cron_restart` of an app has the nightly"
            return Line("timers" if entry.timer else "cron", "warning", found, fix)
    return None


def _interferes(text: str, apps: Sequence[App]) -> str:
    """Return the first command of a script that starts or ends apps; empty: none."""
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        for found in _COMMAND.finditer(line):
            tool, rest = found["tool"], found["rest"]
            ends = tool in ("pkill", "killall") or _ENDS_OR_STARTS.search(rest)
            # The tools of a whole host concern us only where they name what we run.
            named = tool in ("pm2", "usher") or any(
                re.search(rf"(?<![\w-])(?:{re.escape(app.name)}|node|pm2[\w-]*)(?![\w-])", rest)
                for app in apps
            )
            if ends and named:
                return " ".join(found[0].split())
    return ""


def _runs(text: str, folder: str, apps: Sequence[App]) -> str:
    """Return the first command of a script that runs what an app runs; empty: none.

    The program stands first, or behind an interpreter: cron has times and a user before it.
    """
    scripts = {_path(app.cwd, word) for app in apps if (word := script(app.words))}
    scripts = {each for each in scripts if not each.startswith(_SHARED)}
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for command in (each for line in lines for each in _SEPARATORS.split(line)):
        words = tuple(re.findall(r"[^\s\"'<>]+", command))
        if "cd" in words[:-1]:
            folder = _path(folder, words[words.index("cd") + 1])
        begins = [at for at, word in enumerate(words) if at == 0 or is_launcher(word)]
        programs = (script(words[at:]) for at in begins)
        if any(_path(folder, program) in scripts for program in programs if program):
            return " ".join(words)
    return ""


def _path(*parts: str) -> str:
    return posixpath.normpath(posixpath.join("/", *parts))


def judge_saved(saved: SavedList | None, known: Sequence[str], up: Sequence[str]) -> Line:
    """Compare what `usher resurrect` would bring back with what is wanted now."""
    if saved is None:
        return Line("saved list", "ok", "none; a boot brings back what is wanted all the same")
    differs = [
        *(f"{name} is saved and unknown now" for name in saved.known if name not in known),
        *(f"{name} is wanted up and not saved so" for name in up if name not in saved.up),
        *(f"{name} is saved as up and wanted down" for name in saved.up
          if name in known and name not in up),
    ]  # fmt: skip
    if differs:
        return Line("saved list", "warning", "; ".join(differs), "usher save")
    return Line("saved list", "ok", "the same as what is wanted")
