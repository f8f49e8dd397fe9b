"""Provokes the faults of the corpus with the real software and writes down what it said.

    sudo .venv/bin/python tools/provoke/provoke.py SCRATCH [--only FAULT/STACK ...]

SCRATCH keeps what is installed from npm and PyPI between runs. Needed on the PATH: Node 20, npm,
PostgreSQL 15, Redis 7, nginx, iproute2 and util-linux. See README.md.
"""

import argparse
import contextlib
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from scenes import SCENES, Setting
from stacks import STACKS, Stack
from stage import APP, DATA, Postgres, Redis, Stage

HERE: Final = Path(__file__).parent
CORPUS: Final = HERE.parents[1] / "packages/usherd/tests/diagnosis/corpus"
_INSIDE: Final = "--inside"
_LONGEST: Final = 200
"""Lines of a fixture."""
_WIDEST: Final = 2000
"""Characters of a line: Node shows the line that threw, and a packed one is a whole library."""


def main() -> None:
    """Install, enter a machine of our own, and play every scene."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--only", nargs="*", default=["*"], metavar="FAULT/STACK")
    parser.add_argument(_INSIDE, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    scratch: Path = options.scratch.resolve()
    if options.inside:
        play(scratch, options.only)
        return
    install(scratch)
    apart = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--uts"]
    again = [sys.executable, __file__, str(scratch), _INSIDE, "--only", *options.only]
    subprocess.run([*apart, *again], check=True)


def install(scratch: Path) -> None:
    """Put the apps and what they need into `scratch`; what is there already is kept."""
    app = scratch / "app"
    shutil.copytree(HERE / "apps", app, dirs_exist_ok=True)
    shutil.copy(HERE / "package.json", app)
    if not (app / "node_modules").exists():
        subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=app, check=True)
        engine = app / "no-engine"  # the client has none; without these Prisma fetches its own
        engine.touch()
        engines = dict.fromkeys(
            ("PRISMA_SCHEMA_ENGINE_BINARY", "PRISMA_QUERY_ENGINE_LIBRARY"), str(engine)
        )
        generate = ["npx", "prisma", "generate", "--schema", "schema.prisma"]
        subprocess.run(generate, cwd=app, env={**os.environ, **engines}, check=True)
    if not (app / "next/.next/BUILD_ID").exists():
        built = {**os.environ, "DATABASE_URL": "postgresql://", "AUTH_SECRET": "x"}
        subprocess.run(["npx", "next", "build"], cwd=app / "next", env=built, check=True)
    if not (app / ".venv").exists():
        subprocess.run([sys.executable, "-m", "venv", app / ".venv"], check=True)
        pip = [app / ".venv/bin/python", "-m", "pip", "install", "-q"]
        subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True)


def play(scratch: Path, only: list[str]) -> None:
    """Inside of the namespaces: mount everything where a server has it, and play."""
    subprocess.run(["hostname", "web-1"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/srv"], check=True)
    APP.mkdir()
    DATA.mkdir()
    subprocess.run(["mount", "--bind", scratch / "app", APP], check=True)
    postgres, redis = Postgres(), Redis()
    try:
        for fault, stack in _wanted(only):
            scene, _stacks = SCENES[fault]
            stage = Stage(DATA / f"{fault}-{stack.name}.log")
            stage.log.touch()
            try:
                scene(Setting(stack, stage, postgres, redis))
            except RuntimeError as error:
                print(f"{fault}/{stack.name}: {error}", file=sys.stderr)
                continue
            finally:
                stage.clear()
            write(fault, stack, stage)
    finally:
        redis.stop()
        postgres.stop()


def _wanted(only: list[str]) -> Iterator[tuple[str, Stack]]:
    for fault, (_scene, names) in SCENES.items():
        for name in names:
            if any(fnmatch(f"{fault}/{name}", pattern) for pattern in only):
                yield fault, STACKS[name]


def write(fault: str, stack: Stack, stage: Stage) -> None:
    """Write what was said as a fixture of the corpus."""
    lines = stage.log.read_text(errors="replace").splitlines()
    if len(lines) > _LONGEST:
        lines = [*lines[: _LONGEST // 4], *lines[-_LONGEST * 3 // 4 :]]
    head = [
        'source = "provoked"',
        f"date = {datetime.datetime.now(datetime.UTC).date()}",
        f"versions = {json.dumps(versions(stack))}",
    ]
    for probe in stage.probes:
        head += ["", "[[probes]]"]
        head += [f"{name} = {json.dumps(value)}" for name, value in probe._asdict().items()]
    target = CORPUS / fault / f"{stack.name}.log"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join([*head, "+++", *map(_tidy, lines)]) + "\n")


def _tidy(line: str) -> str:
    """Without what is of this machine only, and no wider than is kept."""
    line = line.replace(sys.base_prefix, "/usr").replace(platform.release(), "6.1.0")
    return line[:_WIDEST].rstrip(" \t")


def versions(stack: Stack) -> str:
    """The versions of what the stack is made of."""
    return ", ".join(_versions(stack))


def _versions(stack: Stack) -> Iterator[str]:
    if stack.node:
        node = subprocess.run(["node", "-v"], capture_output=True, text=True, check=True)
        yield f"node {node.stdout.strip().removeprefix('v')}"
        for name in stack.packages:
            package = json.loads((APP / "node_modules" / name / "package.json").read_text())
            yield f"{name} {package['version']}"
        return
    yield f"python {sys.version.split()[0]}"
    for name in stack.packages:
        pattern = f"lib/python3.*/site-packages/{name.replace('-', '_')}-*.dist-info"
        with contextlib.suppress(StopIteration):
            found = next(iter((APP / ".venv").glob(pattern)))
            yield f"{name} {found.name.removesuffix('.dist-info').rpartition('-')[2]}"


if __name__ == "__main__":
    main()
