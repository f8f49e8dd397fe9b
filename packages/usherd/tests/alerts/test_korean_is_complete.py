"""Whatever usher can say of a service has Korean: its sentences are read off its own source.

A sentence is what is given to `Answer`, `UnansweredError`, `turn.say`, `turn.tell` and their like,
and what functions return that such sentences are made of. Values in it are filled with samples.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import Final

import pytest

import usher
from usher.alerts.korean import translated
from usher.diagnosis import exits
from usher.diagnosis.exits import Ending

HANGUL = re.compile("[가-힣]")
ROOT = Path(usher.__file__).parent

SAYERS: Final = {
    "Answer": ("detail", 1),
    "UnansweredError": ("detail", 0),
    "say": ("detail", 2),
    "tell": ("detail", 2),
    "Diagnosed": ("cause", 3),
    "ProbeResult": ("detail", 4),
    "Observed": ("text", 1),
    "_over": ("why", 2),
}
"""Who takes a sentence: the name of the argument, and its position."""

FILES: Final = sorted(
    path
    for pattern in (
        *("probe/*.py", "policy/*.py", "runtime/*.py"),
        *("model/expectation.py", "diagnosis/measured.py", "diagnosis/hang.py"),
        *("diagnosis/memory_kill.py", "diagnosis/listening.py"),
    )
    for path in ROOT.glob(pattern)
)

RETURNING: Final = {
    "model/expectation.py": ("failure",),
    "policy/blocked.py": ("words",),
    "policy/brake.py": ("reason",),
    "policy/escalation.py": ("too_early", "_words"),
    "policy/externals.py": ("words",),
    "policy/health.py": ("_wrong",),
    "policy/needs.py": ("unfulfilled_words",),
    "policy/remote.py": ("_withheld",),
    "policy/restart.py": ("decide",),
    "policy/rollout.py": ("_fault",),
    "policy/withholding.py": None,
    "policy/words.py": ("status_words",),
    "probe/http.py": ("_judge", "_unfulfilled"),
    "probe/websocket.py": ("hold", "_closed_with", "_exchange"),
    "runtime/examiner.py": None,
    "runtime/memory_kills.py": None,
    "runtime/obstacles.py": ("seen",),
    "diagnosis/hang.py": None,
    "diagnosis/memory_kill.py": None,
}
"""Functions that return a sentence (or yield some), by file; None: all of them."""

SAMPLES: Final = {
    "seconds": "12 s",
    "mebibytes": "12 MiB",
    "_duration": "12 s",
    "_bytes": "12 MiB",
    "_rate": "12 MiB a minute",
    "last": "status 500 in 12 ms",
    "wrong": "status 500 in 12 ms",
    "state": "stopped",
    "wanted": "5432",
    "reason": "restart 1",
    "peer": "127.0.0.1:5432",
    "addresses": "10.0.0.7",
    "address": "10.0.0.8",
    "text": "false",
    "_shown": "false",
    "kind": "postgres",
    "often": "3 restarts within 12 s",
    "condition": "ready",
    "when": "before it answered the ping",
    "_holders": "pid 12",
    "_words": "127.0.0.1:80",
    "well": "alive says status 200 in 6 ms",
    **dict.fromkeys(
        (
            *("status", "status_code", "low", "high", "size", "got", "code", "number"),
            *("received", "pid", "attempt", "generation", "port", "watched", "count"),
            *("bins", "inodes_free"),
        ),
        "12",
    ),
}
"""What stands for a value, by the name of the variable, attribute or function."""

WORD: Final = "page"
NUMBER: Final = "12"
MOST: Final = 60
"""Variants of one sentence that are tried."""


class Source:
    """The sentences of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path.relative_to(ROOT).as_posix()
        self.tree = ast.parse(path.read_text())
        self.functions = {
            each.name: each
            for each in ast.walk(self.tree)
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        self.tables = {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Dict)
        }

    def sentences(self) -> Iterator[str]:
        wanted = RETURNING.get(self.path, ())
        for name, function in self.functions.items():
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    said = _argument(node)
                    if said is not None:
                        yield from self.variants(said, function, 0)
            if wanted is None or name in wanted:
                for said in _returned(function):
                    yield from self.variants(said, function, 0)

    def variants(self, node: ast.expr, at: ast.AST | None, depth: int) -> list[str]:
        """What an expression can be, as far as that is seen here."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=parts):
                several = [self.variants(part, at, depth) for part in parts]
                return ["".join(each) for each in islice(product(*several), MOST)]
            case ast.FormattedValue():
                return self.of_value(node, at, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                both = (self.variants(left, at, depth), self.variants(right, at, depth))
                return ["".join(each) for each in islice(product(*both), MOST)]
            case ast.BinOp(left=left, op=ast.Mult()):
                return ["", *self.variants(left, at, depth)]
            case ast.BinOp():
                return [NUMBER]
            case ast.Await(value=value):
                return self.variants(value, at, depth)
            case ast.IfExp(body=body, orelse=orelse):
                return [*self.variants(body, at, depth), *self.variants(orelse, at, depth)]
            case ast.BoolOp(values=values):
                return [each for value in values for each in self.variants(value, at, depth)]
            case ast.Tuple(elts=elements):
                return [each for value in elements for each in self.variants(value, at, depth)]
            case ast.Subscript(value=ast.Name(id=name)) if name in self.tables:
                return self.of_table(name)
            case ast.Subscript(value=ast.Name(id=name)):
                return [SAMPLES.get(name, WORD)]
            case ast.Name(id=name):
                return self.of_name(name, at, depth)
            case ast.Attribute(attr=name):
                return [SAMPLES.get(name, WORD)]
            case ast.Call():
                return self.of_call(node, at, depth)
            case _:
                return [WORD]

    def of_value(self, node: ast.FormattedValue, at: ast.AST | None, depth: int) -> list[str]:
        if node.format_spec is not None:
            return [f"{NUMBER}%" if "%" in ast.unparse(node.format_spec) else NUMBER]
        inner = self.variants(node.value, at, depth)
        return [f"'{each}'" for each in inner] if node.conversion == ord("r") else inner

    def of_table(self, name: str) -> list[str]:
        values = self.tables[name].values
        return [e.value for e in values if isinstance(e, ast.Constant) and isinstance(e.value, str)]

    def of_name(self, name: str, at: ast.AST | None, depth: int) -> list[str]:
        given = _assigned(name, at) if at is not None and depth < 3 else ()
        return self.known(given, at, depth) or [SAMPLES.get(name, WORD)]

    def of_call(self, node: ast.Call, at: ast.AST | None, depth: int) -> list[str]:
        name = _name(node.func)
        if name == "count" and len(node.args) == 2:
            noun = node.args[1]
            return [f"3 {noun.value}s"] if isinstance(noun, ast.Constant) else [WORD]
        if name == "join":
            joined = node.args[0]
            if isinstance(joined, ast.GeneratorExp):
                return self.variants(joined.elt, at, depth)
            return [SAMPLES.get(_name(joined), WORD)]
        if name in ("int", "len", "sum"):
            return [NUMBER]
        if name in ("dict", "get") and isinstance(node.func, ast.Attribute):
            table = node.func.value
            if isinstance(table, ast.Name) and table.id in self.tables:
                default = [each for e in node.args[1:] for each in self.variants(e, at, depth)]
                return [*self.of_table(table.id), *default]
        function = self.functions.get(name)
        returned = _returned(function) if function is not None and depth < 3 else ()
        return self.known(returned, function, depth) or [SAMPLES.get(name, WORD)]

    def known(self, several: Iterable[ast.expr], at: ast.AST | None, depth: int) -> list[str]:
        """What the expressions of a function are, but for those of which nothing is known."""
        found = (each for node in several for each in self.variants(node, at, depth + 1))
        return [each for each in dict.fromkeys(found) if each != WORD][:MOST]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _argument(call: ast.Call) -> ast.expr | None:
    taken = SAYERS.get(_name(call.func))
    if taken is None:
        return None
    by_name = [each.value for each in call.keywords if each.arg == taken[0]]
    return by_name[0] if by_name else next(iter(call.args[taken[1] : taken[1] + 1]), None)


def _returned(function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node.value


def _assigned(name: str, at: ast.AST) -> Iterator[ast.expr]:
    """What a variable is set to, and with what was added to that."""
    given: list[ast.expr] = []
    for node in ast.walk(at):
        match node:
            case ast.Assign(targets=targets, value=value):
                if any(isinstance(each, ast.Name) and each.id == name for each in targets):
                    given.append(value)
            case ast.AugAssign(target=ast.Name(id=other), op=ast.Add(), value=value):
                if other == name:
                    given += [ast.BinOp(each, ast.Add(), value) for each in given]
            case _:
                pass
    yield from given


def _is_sentence(text: str) -> bool:
    return " " in text and re.search("[a-z]{2,}", text.replace(WORD, "")) is not None


def _said(path: Path) -> list[str]:
    found = {each.strip().removeprefix("; ") for each in Source(path).sentences()}
    return sorted(filter(_is_sentence, found))


PARTS: Final = {
    "page for lack of memory": "a part of what `memory_kill` says of a counter, and tested there",
    "false is false\N{HORIZONTAL ELLIPSIS}": "what is false is never so long",
    "expired 12 days ago, expected 12": "what has expired is not said to be expected",
}
"""What is no sentence, and why it is found nevertheless."""

SENTENCES: Final = [
    pytest.param(text, id=f"{path.relative_to(ROOT)}: {text}")
    for path in FILES
    for text in _said(path)
    if text not in PARTS
]


@pytest.mark.parametrize("text", SENTENCES)
def test_every_sentence_of_usher_has_korean(text: str) -> None:
    assert HANGUL.search(translated(text))


def test_the_sentences_are_found() -> None:
    """The search itself works: of each kind one that it must find."""
    texts = {str(each.values[0]) for each in SENTENCES}
    assert {
        "status 12 instead of 101 (the path answers plain HTTP)",
        "cannot find page: no name of a host",
        "page still fails; done: page; a person has to look at it",
        "page passes again 12 s after its first failure; nothing was done",
        "valid for 12 more days, expected 12",
    } <= texts


ENDINGS: Final = [each for each in vars(exits).values() if isinstance(each, Ending)]


@pytest.mark.parametrize("ending", [*ENDINGS, *exits.BY_CODE.values()], ids=lambda each: each.id)
def test_every_ending_has_korean(ending: Ending) -> None:
    assert HANGUL.search(translated(ending.meaning))
