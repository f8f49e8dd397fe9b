"""Runs a configuration file in the embedded engine, where there is no Node; a process of its own.

Takes the same arguments as `node.cjs` and answers in the same form. A file sees `process`,
`__dirname` and what ecosystem files commonly require: JSON, modules beside it, `path`, `os` and
`dotenv`. It reaches neither network nor other programs. Whoever starts this bounds its time: the
engine's own limit would forbid it to ask the functions below.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import quickjs

from usher.config.dotenv import read_dotenv

MEMORY: Final = 64 * 1024 * 1024
_SHIM: Final = Path(__file__).with_name("embedded.js")

_ESM: Final = (
    (re.compile(r"^export\s+default\s+", re.MULTILINE), "module.exports = "),
    (re.compile(r"^export\s+(?:const|let|var)\s+(\w+)\s*=", re.MULTILINE), r"exports.\1 ="),
    (
        re.compile(r"^import\s+(?:\*\s+as\s+)?(\w+)\s+from\s+(['\"][^'\"]+['\"])", re.MULTILINE),
        r"const \1 = require(\2)",
    ),
    (
        re.compile(r"^import\s+(\{[^}]*\})\s+from\s+(['\"][^'\"]+['\"])", re.MULTILINE),
        r"const \1 = require(\2)",
    ),
    (re.compile(r"^import\s+(['\"][^'\"]+['\"])", re.MULTILINE), r"require(\1)"),
    (re.compile(r"\bimport\.meta\.dirname\b"), "__dirname"),
    (re.compile(r"\bimport\.meta\.filename\b"), "__filename"),
)
"""The forms of import and export that stand in configuration files, as CommonJS."""


def as_commonjs(text: str) -> str:
    """Rewrite the imports and exports that begin a line; CommonJS stays as it is."""
    for pattern, replacement in _ESM:
        text = pattern.sub(replacement, text)
    return text


def evaluate(mode: str, file: str, more: list[str], text: str) -> dict[str, object]:
    """Evaluate `text` as the file; returns {"value", "reads"} or {"fault", "reads"}."""
    context = quickjs.Context()
    context.set_memory_limit(MEMORY)
    context.add_callable("hostRead", _read)
    context.add_callable("hostDotenv", _dotenv)
    context.set("hostInput", json.dumps(_surroundings(mode, file, more, text)))
    try:
        answer: object = context.eval(_SHIM.read_text())
    except quickjs.JSException as error:
        return {"fault": _fault(str(error)), "reads": {}}
    return json.loads(str(answer))


def _surroundings(mode: str, file: str, more: list[str], text: str) -> Mapping[str, object]:
    return {
        "mode": mode,
        "file": os.path.normpath(Path.cwd() / file),
        "text": text if mode == "expression" else as_commonjs(text),
        "argv": ["node", "pm2", "start", file, *more],
        "env": dict(os.environ),
        "cwd": str(Path.cwd()),
        "cpus": os.cpu_count() or 1,
        "hostname": os.uname().nodename,
        "platform": sys.platform,
    }


def _read(path: str) -> str:
    """Give the shim's `require` the text of a module; "" when there is none."""
    if Path(path).suffix not in (".js", ".cjs", ".mjs", ".json"):
        return ""
    try:
        text = Path(path).read_text()
    except (OSError, UnicodeDecodeError):
        return ""
    return text if path.endswith(".json") else as_commonjs(text)


def _dotenv(path: str) -> str:
    try:
        return json.dumps(read_dotenv(Path(path).read_text())[0])
    except (OSError, UnicodeDecodeError):
        return ""


def _fault(said: str) -> dict[str, object]:
    """Take the engine's text apart: "Name: message", then a stack."""
    first, _, stack = said.partition("\n")
    name, _, message = first.partition(": ")
    line = re.search(r":(\d+):\d+\)?$", stack, re.MULTILINE)
    return {"name": name, "message": message, "line": int(line[1]) if line else 0}


def main() -> None:
    """Evaluate what the command line names and answer on its descriptor."""
    descriptor, mode, file, *more = sys.argv[1:]
    data = sys.stdin.buffer.read() if mode == "expression" else Path(file).read_bytes()
    answer = evaluate(mode, file, more, data.decode("utf-8-sig"))
    with os.fdopen(int(descriptor), "w") as out:
        out.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
