"""Which program an app of PM2's files runs: script, interpreter and arguments.

The script is looked for in the app's folder, then on PATH; a script with a blank in it is a
command line for bash. The interpreter follows from the suffix; a program is run itself.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from usher.config.check import quote

INTERPRETERS: Final = {
    ".sh": ("bash",),
    ".py": ("python", "python3"),
    ".rb": ("ruby",),
    ".php": ("php",),
    ".pl": ("perl",),
    ".js": ("node",),
    ".mjs": ("node",),
    ".cjs": ("node",),
    ".ts": ("bun", "node"),
    ".tsx": ("bun",),
    ".coffee": ("coffee",),
    ".ls": ("lsc",),
}
"""By suffix, the first that is installed."""

NODE_LIKE: Final = re.compile(r"(?:node|nodejs|bun|deno|tsx|ts-node|babel-node|esr)[\d.]*")
"""Interpreters that know Node's IPC channel."""

_WORD: Final = re.compile(
    r"\"([^\"]*)\"|'([^']*)'|([^\s\"'=]+=(?:\"[^\"]*\"|'[^']*')|\S+)",
)
_NODE: Final = re.compile(r"node(?:js)?[\d.]*")
_PATIENCE: Final = 5.0
"""Seconds for `node --version`, which takes 0.05; nothing but a list's column waits for it."""
_READS_TYPESCRIPT: Final = (22, 18)
_NODE_VERSION: Final = re.compile(r"node@v?(\d+(?:\.\d+)*)")


class Asked(NamedTuple):
    """What the file says about the program."""

    script: str
    args: str | list[str | int | float | bool]
    interpreter: str | None
    node_args: str | list[str | int | float | bool]
    cwd: Path
    env: dict[str, str]


class Program(NamedTuple):
    """What is executed, and how PM2's outputs show it."""

    script: str
    """Absolute."""
    args: tuple[str, ...]
    interpreter: str
    """As PM2 shows it; "none": the script is executed itself."""
    interpreter_args: tuple[str, ...]
    executable: str
    """The interpreter as it is executed; "" when there is none."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The words that are executed."""
        head = (self.executable, *self.interpreter_args) if self.executable else ()
        return (*head, self.script, *self.args)

    @property
    def runs(self) -> str:
        """Name of the program that is executed."""
        return Path(self.executable or self.script).name

    @property
    def is_plain_node(self) -> bool:
        """Whether that is Node itself, which knows Node's options."""
        return _NODE.fullmatch(self.runs) is not None

    @property
    def is_node(self) -> bool:
        """Whether a JavaScript runtime is executed."""
        return NODE_LIKE.fullmatch(self.runs) is not None


class ProgramError(ValueError):
    """The program cannot be found or run: the field that says so, and what to do."""

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        """Take PM2's own name of the field."""
        super().__init__(message)
        self.field = field
        self.hint = hint


def find(asked: Asked) -> Program:
    """Find script and interpreter. Raises ProgramError."""
    if " " in asked.script:
        bash = shutil.which("bash", path=asked.env.get("PATH")) or "/bin/bash"
        return Program(bash, ("-c", asked.script), "none", (), "")
    script = _script(asked)
    interpreter, executable = _interpreter(asked, script)
    if not executable and not os.access(script, os.X_OK):
        message = f"cannot run {quote(str(script))}: not executable"
        raise ProgramError("script", message, f"chmod +x {script}, or name an interpreter")
    args = () if executable == "" else words(asked.node_args)
    return Program(str(script), words(asked.args), interpreter, args, executable)


def assumed(asked: Asked) -> Program:
    """Return what would be executed where all that is asked for is installed."""
    script = asked.script
    suffix = Path(script).suffix
    if "/" in script or suffix in INTERPRETERS:
        script = os.path.normpath(asked.cwd / script)
    interpreter = asked.interpreter or INTERPRETERS.get(suffix, ("none",))[0]
    executable = "" if interpreter == "none" else interpreter
    args = words(asked.node_args) if executable else ()
    return Program(script, words(asked.args), interpreter, args, executable)


def node_version(program: Program, env: Mapping[str, str]) -> str:
    """Return the version of the Node that runs a program; "" for all other interpreters."""
    if not program.is_plain_node:
        return ""
    executable = shutil.which(program.executable or program.script, path=env.get("PATH"))
    return _asked_for_version(executable) if executable else ""


@cache
def _asked_for_version(node: str) -> str:
    try:
        done = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    answer = done.stdout.strip().removeprefix("v")
    return answer if re.fullmatch(r"[\w.+-]{1,40}", answer) else ""


def words(text: str | list[str | int | float | bool]) -> tuple[str, ...]:
    """Split at blanks as PM2 does: quotes that begin a word, or a value after "=", hold together.

    The former are taken off, the latter stay.
    """
    if isinstance(text, list):
        return tuple(_word(item) for item in text)
    return tuple(match[1] or match[2] or match[3] or "" for match in _WORD.finditer(text))


def _word(item: str | float) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    return str(int(item)) if isinstance(item, float) and item.is_integer() else str(item)


def _script(asked: Asked) -> Path:
    home = asked.env.get("HOME", "~")
    written = f"{home}{asked.script[1:]}" if asked.script.startswith("~/") else asked.script
    local = Path(os.path.normpath(asked.cwd / written))
    if local.is_file():
        return local
    found = None if "/" in written else shutil.which(written, path=asked.env.get("PATH"))
    if found is None:
        raise ProgramError("script", f"cannot find the script {quote(str(local))}")
    return Path(found)


def _interpreter(asked: Asked, script: Path) -> tuple[str, str]:
    """Return the interpreter as PM2 shows it, and as it is executed ("": none)."""
    path = asked.env.get("PATH")
    if asked.interpreter == "none":
        return "none", ""
    if asked.interpreter:
        return asked.interpreter, _given_interpreter(asked, asked.interpreter)
    candidates = INTERPRETERS.get(script.suffix)
    if candidates is None:
        candidates = _by_content(script)
        if not candidates:
            return "none", ""
    for name in candidates:
        if found := shutil.which(name, path=path):
            _refuse_old_node(script, name, found)
            return name, name
    raise _not_installed(candidates[-1])


def _refuse_old_node(script: Path, interpreter: str, executable: str) -> None:
    """Node reads TypeScript from 22.18 on."""
    if script.suffix != ".ts" or interpreter != "node":
        return
    version = tuple(int(part) for part in re.findall(r"\d+", _asked_for_version(executable))[:2])
    if version and version < _READS_TYPESCRIPT:
        raise ProgramError(
            "interpreter",
            "TypeScript apps require bun, Node.js >= 22.18 (native type stripping) "
            "or a custom interpreter (e.g. --interpreter ts-node)",
        )


def _given_interpreter(asked: Asked, name: str) -> str:
    if version := _NODE_VERSION.fullmatch(name):
        return _installed_node(version[1], asked.env)
    if "/" in name:
        local = Path(os.path.normpath(asked.cwd / name))
        if os.access(local, os.X_OK) and local.is_file():
            return str(local)
        raise ProgramError("interpreter", f"cannot run the interpreter {quote(str(local))}")
    if shutil.which(name, path=asked.env.get("PATH")) is None:
        raise _not_installed(name)
    return name


def _not_installed(name: str) -> ProgramError:
    message = f"cannot find the interpreter {quote(name)} on PATH"
    return ProgramError("interpreter", message, "install it, or name another one")


def _installed_node(version: str, env: dict[str, str]) -> str:
    """Find the newest installed Node of a version under nvm; usher downloads nothing."""
    nvm = Path(env.get("NVM_DIR") or f"{env.get('HOME', '')}/.nvm")
    found = [
        (tuple(map(int, folder.name[1:].split("."))), folder / "bin" / "node")
        for folder in nvm.glob("versions/node/v*")
        if re.fullmatch(r"v\d+(\.\d+)*", folder.name)
        and f"{folder.name}.".startswith(f"v{version}.")
    ]
    if not found:
        message = f"cannot find Node {version} in {str(nvm)!r}"
        raise ProgramError("interpreter", message, f"nvm install {version}")
    return str(max(found)[1])


def _by_content(script: Path) -> tuple[str, ...]:
    """Choose by what a file without a known suffix holds; () for what is run itself.

    PM2 gives any text to Node. A file whose first line names another program cannot be meant so.
    """
    with script.open("rb") as file:
        head = file.read(1024)
    if b"\0" in head:
        return ()
    first = head.split(b"\n", 1)[0]
    if first.startswith(b"#!") and not re.search(rb"\b(?:node|nodejs)\b", first):
        return () if os.access(script, os.X_OK) else ("node",)
    return ("node",)
