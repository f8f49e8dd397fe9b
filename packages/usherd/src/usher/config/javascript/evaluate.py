"""Evaluates configuration files that are programs: in Node when there is one, else embedded.

The file runs in a process of its own, in the caller's folder and environment, bounded in time,
memory and size of its answer, which comes on a descriptor of its own: nothing that the file
prints can get into it. As root it runs with the rights of the file's owner.
"""

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec

from usher.model.finding import Finding

TIME_LIMIT: Final = 10.0
"""Seconds a file may take; PM2's files take tenths."""

ANSWER_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of the exported value as JSON."""

MEMORY_LIMIT: Final = 256
"""MiB of Node's heap."""

Mode = Literal["module", "expression"]

_OWN_WORDS: Final = frozenset({"SyntaxError", "ReferenceError", "TypeError", "RangeError"})


class EnvRead(NamedTuple):
    """A variable of the caller's environment that a file looked at."""

    name: str
    was_set: bool


class Evaluated(NamedTuple):
    """What a file exports, in JSON's types and the marks `$re`, `$undef` and `$fn`."""

    tree: object
    reads: tuple[EnvRead, ...]
    changed: Mapping[str, str | None] = {}
    """What it did to `process.env`; None: deleted."""


def is_marked(value: object, *marks: str) -> bool:
    """Tell whether a value stands for one that JSON does not know: "$re", "$undef" or "$fn"."""
    return isinstance(value, dict) and any(mark in value for mark in marks)


class Program(NamedTuple):
    """A file that is a program, and who calls it from where."""

    name: str
    """As the caller wrote it, for messages."""
    path: Path
    """Absolute."""
    mode: Mode
    text: str
    env: Mapping[str, str]
    cwd: Path
    env_name: str = ""
    """What `--env` says; files that look at the arguments find it there."""


class _Fault(msgspec.Struct):
    """What the file's author is told about it; `line` 0: unknown."""

    name: str
    message: str
    line: int = 0


class _Answer(msgspec.Struct):
    """What both evaluators write."""

    reads: dict[str, bool]
    value: object = None
    changed: dict[str, str | None] = {}
    fault: _Fault | None = None


class _Rights(NamedTuple):
    """Whose rights the process has; None: those of the caller."""

    user: int | None = None
    group: int | None = None
    groups: list[int] | None = None


def evaluate(program: Program, engine: str | None = None) -> Evaluated | Finding:
    """Run the program in `engine` (path of a node, or "" for the embedded one; None chooses)."""
    if engine is None:
        engine = shutil.which("node", path=program.env.get("PATH", os.defpath)) or ""
    try:
        answer = msgspec.json.decode(_answer(program, engine), type=_Answer)
    except _NoAnswerError as error:
        return Finding(f"cannot evaluate the file: {error}", file=program.name)
    except (msgspec.DecodeError, RecursionError):
        return Finding("cannot evaluate the file: its answer is damaged", file=program.name)
    if answer.fault is not None:
        return _finding(program, answer.fault)
    reads = tuple(EnvRead(name, was_set) for name, was_set in sorted(answer.reads.items()))
    return Evaluated(answer.value, reads, answer.changed)


class _NoAnswerError(Exception):
    """The process ended, or was ended, without an answer; the text says why."""


def _command(program: Program, engine: str, descriptor: int) -> list[str]:
    here = Path(__file__).parent
    more = ["--env", program.env_name] if program.env_name else []
    words = [str(descriptor), program.mode, str(program.path), *more]
    if engine:
        heap = f"--max-old-space-size={MEMORY_LIMIT}"
        return [engine, heap, "--no-warnings", str(here / "node.cjs"), *words]
    return [sys.executable, "-I", str(here / "embedded.py"), *words]


def _answer(program: Program, engine: str) -> bytes:
    """Run the program and return what it writes to its descriptor. Raises _NoAnswerError."""
    rights = _rights(program.path)
    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(
            _command(program, engine, writer),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=program.cwd,
            env=dict(program.env),
            pass_fds=(writer,),
            start_new_session=True,
            user=rights.user,
            group=rights.group,
            extra_groups=rights.groups,
        )
    except OSError as error:
        os.close(reader)
        said = f"{engine or sys.executable!r} cannot be run: {error.strerror}"
        if rights.user is not None:
            said += f" (as user {rights.user}, who owns the file: give it to root, or open the way)"
        raise _NoAnswerError(said) from None
    finally:
        os.close(writer)
    try:
        return _read(program, process, reader)
    finally:
        os.close(reader)
        _end(process)


def _rights(path: Path) -> _Rights:
    """As root, take the rights of the file's owner: his file could do anything else with ours."""
    owner = path.stat() if os.geteuid() == 0 and path.is_file() else None
    if owner is None or owner.st_uid == 0:
        return _Rights()
    return _Rights(owner.st_uid, owner.st_gid, [])


def _read(program: Program, process: subprocess.Popen[bytes], reader: int) -> bytes:
    deadline = time.monotonic() + TIME_LIMIT
    _feed(program, process)
    answer = bytearray()
    # One line: what the file started may hold the descriptor open for longer.
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while not answer.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise _NoAnswerError(f"it took longer than {TIME_LIMIT:g} s")
            chunk = os.read(reader, 1 << 16)
            if not chunk:
                break
            answer += chunk
            if len(answer) > ANSWER_LIMIT:
                raise _NoAnswerError(f"it exports more than {ANSWER_LIMIT >> 20} MiB")
    if not answer:
        raise _NoAnswerError("it ended by itself and exported nothing (process.exit, or memory)")
    return bytes(answer)


def _feed(program: Program, process: subprocess.Popen[bytes]) -> None:
    """Give the text of an expression; a file is at most 1 MiB and is read before it runs."""
    if process.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError):
        if program.mode == "expression":
            process.stdin.write(program.text.encode())
        process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what the file may have started with it; the group is ours alone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _finding(program: Program, fault: _Fault) -> Finding:
    message = _redacted(fault, program.env)
    said = f"{fault.name}: {message}" if fault.name in _OWN_WORDS else message
    missing = re.match(r"Cannot find module '([^'./][^']*)'", message)
    hint = f"npm install {missing[1]}" if missing else ""
    said = f"cannot evaluate the file: {said}"
    return Finding(said, file=program.name, line=fault.line, hint=hint)


def _redacted(fault: _Fault, env: Mapping[str, str]) -> str:
    """Take out what may be a secret: quoted source text, and values of the environment."""
    message = re.sub(r'"[^"]*"', '"..."', fault.message)
    if fault.name == "SyntaxError":
        message = re.sub(r"'[^']{4,}'", "'...'", message)
    message = re.sub(r"://[^/@\s]*@", "://***@", message)
    for variable, value in env.items():
        if len(value) >= 6 and variable not in ("PWD", "HOME", "OLDPWD"):
            message = message.replace(value, f"<{variable}>")
    return message[:300]
