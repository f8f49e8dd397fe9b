"""Put the managers under test into places of their own, never into the project's environment.

usher is installed as its users get it: not editable, its modules compiled. PM2 and supervisor
are kept in a cache folder by version; usher is installed anew each time.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rig.command import BenchmarkError, Command

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

PM2_VERSION = "7.0.4"
SUPERVISOR_VERSION = "4.3.0"
USHER_SOURCE = Path(__file__).parents[2] / "packages" / "usherd"


@dataclass(frozen=True, slots=True)
class Installs:
    """Where the programs are."""

    usher: Path
    pm2: Path
    supervisor: Path
    """The folder of supervisord and supervisorctl."""
    python: Path
    """The interpreter of usher's environment."""


def install(names: Collection[str], cache: Path) -> Installs:
    """Install what `names` needs and is not there yet; BenchmarkError when a tool is missing."""
    cache.mkdir(parents=True, exist_ok=True)
    usher = cache / "usher"
    shutil.rmtree(usher, ignore_errors=True)
    _once(usher, lambda: _environment(usher, str(USHER_SOURCE)))
    pm2 = cache / f"pm2-{PM2_VERSION}"
    if "pm2" in names:
        _once(pm2, lambda: _npm_install(pm2, f"pm2@{PM2_VERSION}"))
    supervisor = cache / f"supervisor-{SUPERVISOR_VERSION}"
    if "supervisor" in names:
        _once(supervisor, lambda: _environment(supervisor, f"supervisor=={SUPERVISOR_VERSION}"))
    return Installs(
        usher=usher / "bin" / "usher",
        pm2=pm2 / "node_modules" / ".bin" / "pm2",
        supervisor=supervisor / "bin",
        python=usher / "bin" / "python",
    )


def build_child(folder: Path) -> tuple[str, ...]:
    """Compile the service that is managed; return how it is called, its own path last."""
    source = Path(__file__).parent
    compiler = shutil.which("cc")
    if compiler is None:
        script = shutil.copy(source / "child.py", folder / "child.py")
        return (sys.executable, "-S", "-E", str(script))
    program = folder / "child"
    _run(compiler, "-O2", "-o", str(program), str(source / "child.c"))
    return (str(program),)


def _once(folder: Path, fill: Callable[[], None]) -> None:
    """Fill `folder` unless that was done to the end before: half an installation is none."""
    complete = folder / "installed"
    if not complete.exists():
        shutil.rmtree(folder, ignore_errors=True)
        fill()
        complete.touch()


def _environment(folder: Path, requirement: str) -> None:
    """Make a virtual environment with `requirement` in it, by uv or else by pip."""
    python = str(folder / "bin" / "python")
    if uv := shutil.which("uv"):
        _run(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
        # --refresh: uv would take a wheel it built from the same folder's earlier content.
        options = ("--quiet", "--refresh", "--compile-bytecode")
        _run(uv, "pip", "install", *options, "--python", python, requirement)
    else:
        _run(sys.executable, "-m", "venv", str(folder))
        _run(python, "-m", "pip", "install", "--quiet", requirement)


def _npm_install(folder: Path, requirement: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise BenchmarkError(
            "cannot install PM2: there is no npm on PATH. Install Node.js, or leave PM2 out "
            "with --managers usher,supervisor"
        )
    _run(npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), requirement)


def _run(*argv: str) -> None:
    Command(argv, os.environ).run()
