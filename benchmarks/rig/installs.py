"""Put the managers under test into places of their own, never into the project's environment.

usher is installed as its users get it: not editable, its modules compiled, anew each time. The
peers are kept in a cache folder by version. Debian's packages are unpacked there, not installed:
their installation would start services on this machine.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rig.command import BenchmarkError, Command

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

PM2_VERSION = "7.0.4"
SUPERVISOR_VERSION = "4.3.0"
CIRCUS_VERSION = "0.19.0"
USHER_SOURCE = Path(__file__).parents[2] / "packages" / "usherd"
DEBIAN_PACKAGES = {
    "runit": ["runit"],
    "s6": ["s6", "libs6-2.11", "libskarnet2.13", "libexecline2.9"],
}
"""What Debian 12 calls a manager and the libraries it needs, by manager."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Debian packages below a folder."""

    root: Path

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return `base` so that programs and libraries below the folder are found first."""
        programs = [str(self.root / folder) for folder in ("usr/bin", "usr/sbin", "bin", "sbin")]
        libraries = {str(file.parent) for file in self.root.glob("**/lib*.so.*")}
        return {
            **base,
            "PATH": ":".join([*programs, base["PATH"]]),
            "LD_LIBRARY_PATH": ":".join(sorted(libraries)),
        }

    def in_place(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return `argv` so that it sees the programs in /usr/bin, alone on this machine.

        s6's programs call each other by that path. A user who is not root becomes it within a
        namespace of his own for that.
        """
        become = () if os.geteuid() == 0 else ("--map-root-user",)
        mount = 'mount -t overlay overlay -o lowerdir="$0/usr/bin:/usr/bin" /usr/bin && exec "$@"'
        return ("unshare", "--mount", *become, "sh", "-c", mount, str(self.root), *argv)

    def version(self, package: str) -> str:
        """Return a package's version, which its file's name tells."""
        files = [file.name for file in self.root.glob(f"{package}_*.deb")]
        return files[0].split("_")[1] if files else "none"


@dataclass(frozen=True, slots=True)
class Installs:
    """Where the programs are; those that could not be installed are named in `missing`."""

    usher: Path
    python: Path
    """The interpreter of usher's environment."""
    pm2: Path
    supervisor: Path
    """The folder of supervisord and supervisorctl."""
    circus: Path
    """The folder of circusd and circusctl."""
    debian: Unpacked
    missing: dict[str, str]
    """Why a manager is not there, by its name."""


def install(names: Collection[str], cache: Path) -> Installs:
    """Install what `names` needs and is not there yet; BenchmarkError when that fails for us."""
    cache.mkdir(parents=True, exist_ok=True)
    usher = cache / "usher"
    shutil.rmtree(usher, ignore_errors=True)
    _once(usher, lambda: _environment(usher, str(USHER_SOURCE)))
    pm2 = cache / f"pm2-{PM2_VERSION}"
    supervisor = cache / f"supervisor-{SUPERVISOR_VERSION}"
    circus = cache / f"circus-{CIRCUS_VERSION}"
    debian = cache / "debian"
    fill: dict[str, tuple[Path, Callable[[Path], None]]] = {
        "pm2": (pm2, lambda folder: _npm_install(folder, f"pm2@{PM2_VERSION}")),
        "supervisor": (
            supervisor,
            lambda folder: _environment(folder, f"supervisor=={SUPERVISOR_VERSION}"),
        ),
        "circus": (circus, lambda folder: _environment(folder, f"circus=={CIRCUS_VERSION}")),
        "runit": (debian, _unpack_packages),
        "s6": (debian, _unpack_packages),
    }
    missing: dict[str, str] = {}
    for name in names:
        if name in fill:
            folder, how = fill[name]
            try:
                _once(folder, lambda folder=folder, how=how: how(folder))
            except BenchmarkError as error:
                missing[name] = str(error).splitlines()[0]
    return Installs(
        usher=usher / "bin" / "usher",
        python=usher / "bin" / "python",
        pm2=pm2 / "node_modules" / ".bin" / "pm2",
        supervisor=supervisor / "bin",
        circus=circus / "bin",
        debian=Unpacked(debian),
        missing=missing,
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
        raise BenchmarkError("cannot install PM2: there is no npm on PATH. Install Node.js")
    _run(npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), requirement)


def _unpack_packages(folder: Path) -> None:
    """Fetch and unpack all of DEBIAN_PACKAGES: the folder is one, whoever is measured."""
    folder.mkdir()
    packages = [package for needed in DEBIAN_PACKAGES.values() for package in needed]
    Command(("apt-get", "download", "-qq", *packages), os.environ, folder).run()
    for file in sorted(folder.glob("*.deb")):
        _run("dpkg-deb", "--extract", str(file), str(folder))


def _run(*argv: str) -> None:
    Command(argv, os.environ).run()
