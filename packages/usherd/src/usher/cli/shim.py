"""usher shim: a `pm2` command that is usher, for scripts that call PM2 by its name."""

import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from usher.api.exit_codes import ExitCode
from usher.cli.console import Console
from usher.client import UsherError

COMMANDS: Final = {name: (name,) for name in ("pm2", "pm2-runtime", "pm2-docker", "pm2-dev")}
"""PM2's programs, and the words of usher behind each."""

MARK: Final = "# Written by `usher shim`; it may be replaced or removed by it."

_PROGRAM: Final = "import sys; from usher.main import main; sys.exit(main())"


def configure(parser: ArgumentParser) -> None:
    """Take which command, and the folder to write it to."""
    parser.add_argument("name", choices=["pm2"], help="the command to stand in for")
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder on your PATH")
    parser.add_argument("--remove", action="store_true", help="take it away again")


def run(options: Namespace, console: Console) -> int:
    """Write the command, or remove it; a file that is not ours stays untouched."""
    folder: Path = options.folder.absolute()
    if not folder.is_dir():
        raise UsherError(
            f"cannot write into {str(folder)!r}: there is no such folder",
            hint="create it first: it belongs on your PATH",
            exit_code=ExitCode.USAGE,
        )
    for name in COMMANDS:
        _check(folder / name)
    for name, words in COMMANDS.items():
        if options.remove:
            (folder / name).unlink(missing_ok=True)
        else:
            _write(folder / name, script(words))
    written = [str(folder / name) for name in COMMANDS]
    if console.json:
        console.data({"removed" if options.remove else "written": written, "exit_code": 0})
    else:
        verb = "removed" if options.remove else "wrote"
        console.print(f"{verb} {' and '.join(written)}")
    return ExitCode.OK


def script(words: tuple[str, ...]) -> str:
    """Return a shell script that hands its words, each as it is, to this installation."""
    command = shlex.join([sys.executable, "-I", "-c", _PROGRAM, *words])
    return f'#!/bin/sh\n{MARK}\nexec {command} "$@"\n'


def _check(path: Path) -> None:
    """Raise UsherError for a file that somebody else wrote (PM2's own, most likely)."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsherError(f"cannot read {str(path)!r}: {error.strerror}") from None
    if MARK.encode() not in head:
        raise UsherError(
            f"cannot replace {str(path)!r}: it was not written by `usher shim`",
            hint="choose a folder that stands before it on your PATH",
            exit_code=ExitCode.REFUSED,
        )


def _write(path: Path, text: str) -> None:
    """Replace the file as a whole, executable."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o755), "w") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        raise UsherError(
            f"cannot write {str(path)!r}: {error.strerror}",
            exit_code=ExitCode.REFUSED,
        ) from None
