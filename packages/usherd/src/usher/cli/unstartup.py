"""usher unstartup: the host does not start usher at boot any more."""

from argparse import ArgumentParser, Namespace
from getpass import getuser

from usher.api.exit_codes import ExitCode
from usher.cli.console import Console
from usher.cli.startup import takes_service, target_of
from usher.client import UsherError
from usher.host import boot, units


def configure(parser: ArgumentParser) -> None:
    """Take whose service."""
    takes_service(parser)


def run(options: Namespace, console: Console) -> int:
    """Remove the unit; what runs goes on."""
    kind = options.platform or boot.detect()
    user = options.user or getuser()
    try:
        target = target_of(options, kind, user)
        commands = units.disabling(kind, user)
    except boot.BootError as error:
        raise UsherError(str(error), exit_code=ExitCode.USAGE) from None
    if kind != "systemd":
        console.print("as root:")
        for command in commands:
            console.print(f"  {command}")
        return ExitCode.OK
    if not target.exists():
        console.print(f"nothing to remove: {target} does not exist")
        return ExitCode.OK
    link = target.parent / "multi-user.target.wants" / target.name
    try:
        link.unlink(missing_ok=True)
        target.unlink()
    except OSError as error:
        raise UsherError(
            f"cannot remove {str(target)!r}: {error.strerror}",
            hint="run it as root",
            exit_code=ExitCode.REFUSED,
        ) from None
    console.print(f"removed {target}; apps go on, `usher kill` stops them")
    return ExitCode.OK
