"""What interpreters say about scripts. They read only: nothing of an app is executed."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from usher.model.facts import Syntax

TIME_LIMIT: Final = 2.5
"""Seconds an interpreter may take; reading a script takes tenths."""

_OUTPUT_LIMIT: Final = 65536
_NODE: Final = re.compile(r"node(?:js)?[\d.]*")
_PYTHON: Final = re.compile(r"python[\d.]*")
_SHELL: Final = re.compile(r"(?:ba|da|z|k)?sh")
_NODE_SUFFIXES: Final = (".js", ".cjs", ".mjs")
_TRANSLATES: Final = re.compile(
    r"-r|--require(?:=.*)?|--(?:experimental-)?loader(?:=.*)?|--import(?:=.*)?|--eval|-e|-p|--print"
)
"""Options with which Node may read what is no plain JavaScript."""

_COMPILE: Final = (
    "import sys\n"
    "path = sys.argv[1]\n"
    "try:\n"
    "    compile(open(path, 'rb').read(), path, 'exec', dont_inherit=True)\n"
    "except (SyntaxError, ValueError) as error:\n"
    "    line = getattr(error, 'lineno', None) or 0\n"
    "    sys.exit(f'{path}:{line}\\n{type(error).__name__}: {getattr(error, \"msg\", error)}')\n"
)
_PLACE: Final = re.compile(r"^(?P<file>/[^\n:]+):(?:\s?line )?(?P<line>\d+)", re.MULTILINE)
_SAID: Final = re.compile(r"^(?P<said>\w*Error: .*|.*[Ss]yntax error.*)$", re.MULTILINE)


def check(
    argv: Sequence[str], cwd: str, env: Mapping[str, str], *, version: bool = True
) -> Syntax | None:
    """Let the interpreter of a command read its script; None where it is not known how.

    Returns the fault with file and line, and Node's version where `version` asks for it.
    """
    program, options, script = _split(argv, cwd)
    found = shutil.which(program, path=env.get("PATH")) if program else None
    if found is None or not script:
        return None
    name = Path(program).name
    if _NODE.fullmatch(name):
        node = _run([found, "--version"], cwd, env)[1].strip().removeprefix("v") if version else ""
        if Path(script).suffix not in _NODE_SUFFIXES or any(map(_TRANSLATES.fullmatch, options)):
            return Syntax(script, node=node)
        return _judged(script, _run([found, "--check", script], cwd, env), node)
    if _PYTHON.fullmatch(name) and script.endswith(".py"):
        return _judged(script, _run([found, "-I", "-S", "-c", _COMPILE, script], cwd, env))
    if _SHELL.fullmatch(name) and script.endswith(".sh"):
        return _judged(script, _run([found, "-n", script], cwd, env))
    return None


def _split(argv: Sequence[str], cwd: str) -> tuple[str, list[str], str]:
    """Return interpreter, its options and the script; the script is empty when there is none."""
    options: list[str] = []
    for word in argv[1:]:
        if not word.startswith("-"):
            path = Path(cwd, word)
            return argv[0], options, str(path) if path.is_file() else ""
        options.append(word)
    return (argv[0] if argv else ""), options, ""


def _judged(script: str, ran: tuple[int, str], node: str = "") -> Syntax:
    code, output = ran
    if code == 0:
        return Syntax(script, node=node)
    said, place = _SAID.search(output), _PLACE.search(output)
    if said is None:
        return Syntax(script, node=node)  # it could not be asked: that is no fault of the script
    line = int(place["line"]) if place else 0
    return Syntax(script, said["said"][:200], line, place["file"] if place else "", node)


def _run(argv: list[str], cwd: str, env: Mapping[str, str]) -> tuple[int, str]:
    """Return exit code and output; 0 and nothing when it cannot be run or takes too long.

    NODE_OPTIONS of the app are left out: they could execute its modules.
    """
    kept = {name: value for name, value in env.items() if name not in ("NODE_OPTIONS", "BASH_ENV")}
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=kept,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError:
        return 0, ""
    try:
        output, _ = process.communicate(timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return 0, ""
    return process.returncode, output[:_OUTPUT_LIMIT].decode(errors="replace")
