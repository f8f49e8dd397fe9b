"""usher startup: have the host's init system start usher at boot."""

import os
import shutil
import subprocess
from argparse import ArgumentParser, Namespace
from getpass import getuser
from pathlib import Path

from usher.api.exit_codes import ExitCode
from usher.cli.console import Console
from usher.client import UsherError
from usher.host import boot, units

_RUNNING = Path("/run/systemd/system")
"""There only where systemd is the init system that runs now."""


def configure(parser: ArgumentParser) -> None:
    """Take for whom and for which init system."""
    takes_service(parser)
    parser.add_argument(
        "--print", action="store_true", help="print the file; install and enable nothing"
    )


def takes_service(parser: ArgumentParser) -> None:
    """Take what names the service: also for unstartup."""
    parser.add_argument(
        "platform",
        nargs="?",
        choices=sorted(units.TEXTS),
        help="init system; the host's own when missing",
    )
    parser.add_argument("--user", metavar="NAME", help="whose usher (the user who asks)")
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="write here instead of the system's folder"
    )


def run(options: Namespace, console: Console) -> int:
    """Write the unit and enable it; it takes effect at the next boot, or when started by hand."""
    kind = options.platform or boot.detect()
    described = described_boot(options)
    text = units.TEXTS[kind](described)
    target = target_of(options, kind, described.user)
    commands = units.enabling(kind, described.user)
    if console.json:
        console.data({"platform": kind, "file": str(target), "text": text, "enable": commands})
        return ExitCode.OK
    if options.print or kind != "systemd":
        console.raw(text)
        console.note(f"\nto install it: write this to {target}, then as root")
        for command in commands:
            console.note(f"  {command}")
        return ExitCode.OK
    _install(target, text)
    console.print(f"wrote {target}")
    _verify(target, console)
    enabled = _enable(commands, console) if options.folder is None else False
    if not enabled:
        console.print("to enable it, as root:")
        for command in commands:
            console.print(f"  {command}")
    return ExitCode.OK


def described_boot(options: Namespace) -> boot.Boot:
    """Describe the boot that was asked for. Raises UsherError."""
    home = Path(options.home) if options.home else None
    user = options.user or getuser()
    if home is None and not options.user and os.environ.get("USHER_HOME"):
        home = Path(os.environ["USHER_HOME"])
    try:
        return boot.boot_of(user, home)
    except boot.BootError as error:
        raise UsherError(str(error), exit_code=ExitCode.USAGE) from None


def target_of(options: Namespace, kind: str, user: str) -> Path:
    """Return the file that is written."""
    target = units.target(kind, user)
    return target if options.folder is None else Path(options.folder) / target.name


def _install(target: Path, text: str) -> None:
    """Write the unit as a whole; everybody may read it, as the manager expects."""
    temporary = target.with_name(f".{target.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o644), "w") as file:
            file.write(text)
        temporary.replace(target)
    except OSError as error:
        raise UsherError(
            f"cannot write {str(target)!r}: {error.strerror}",
            hint="run it as root: sudo usher startup --user NAME; or look first: --print",
            exit_code=ExitCode.REFUSED,
        ) from None


def _verify(target: Path, console: Console) -> None:
    """Have systemd read the unit, where its tool is there; what it says is passed on."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        return
    done = subprocess.run(
        [tool, "verify", "--man=no", str(target)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    about = [line for line in done.stderr.splitlines() if target.name in line]
    for line in about:
        console.note(f"systemd-analyze: {line}")
    if done.returncode == 0 and not about:
        console.print("systemd-analyze verify finds nothing to object to")


def _enable(commands: list[str], console: Console) -> bool:
    """Enable the unit (it is not started now); False where systemd does not run."""
    if not _RUNNING.exists():
        return False
    for command in commands:
        words = [word for word in command.split() if word != "--now"]
        if subprocess.run(words, check=False).returncode != 0:
            return False
    console.print("enabled: it starts at the next boot; `usher kill` and `systemctl start` now")
    return True
